import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { text } from "waybill/contract";
import { z } from "zod";
import { refuses, wrong } from "../define/refusal.ts";
import { broken, made } from "./broken.ts";

refuses([
  {
    name: "a mistyped option",
    made: () => text(wrong({ mx: 3 })),
    says: 'text(): there is no option "mx".',
    hints: '"max"',
  },
  {
    name: "a length below zero",
    made: () => text({ min: -1 }),
    says: "text(): min is -1, and a whole number from 0 to 10000000 is expected.",
  },
  {
    name: "a least that is more than the most",
    made: () => text({ min: 3, max: 2 }),
    says: "text(): min is 3, and max is 2, which is less.",
  },
  {
    name: "a pattern without an example",
    made: () => text({ pattern: /^\d+$/ }),
    says: "text(): pattern needs an example.",
    hints: "people read the example",
  },
  {
    name: "an example that its pattern does not match",
    made: () => text({ pattern: /^\d{5}$/, like: "2134" }),
    says: 'text(): like is "2134", which pattern /^\\d{5}$/ does not match.',
  },
  {
    name: "a pattern that remembers",
    made: () => text({ pattern: /\d/g, like: "1" }),
    says: "text(): pattern is /\\d/g, and its flags g and y remember where the last look ended.",
  },
]);

test("text is trimmed and composed, so that what looks alike is alike", async () => {
  const given: Readonly<Record<string, string>> = {
    "  A-1\r\n": "A-1",
    "\u00a0A-1\u2003": "A-1",
    "\ufeffA-1": "A-1",
    "Zoe\u0308": "Zo\u00eb",
    "\u212b": "\u00c5",
    "inner  spaces stay": "inner  spaces stay",
    "": "",
    "\u{1f600}": "\u{1f600}",
  };
  for (const [value, expected] of Object.entries(given)) assert.equal(await made(text(), value), expected);
});

test("control characters break the contract, and are named", async () => {
  assert.equal(await broken(text(), "A\u0000B"), "holds the control character U+0000 (NUL)");
  assert.equal(await broken(text(), "A\tB"), "holds the control character U+0009 (tab)");
  assert.equal(await broken(text(), "A\r\nB"), "holds the control character U+000D (carriage return)");
  assert.equal(await broken(text(), "A\u0085B"), "holds the control character U+0085");
  assert.equal(await broken(text({ lines: true }), "A\u001bB"), "holds the control character U+001B");
  assert.equal(await broken(text(), "A\ud800"), "holds half of a character (a lone surrogate)");
});

test("lines may be allowed, and are then ended in one way", async () => {
  assert.equal(await made(text({ lines: true }), "A\r\nB\rC\tD\n"), "A\nB\nC\tD");
});

test("lengths count characters after trimming", async () => {
  const short = text({ min: 2, max: 3 });
  assert.equal(await made(short, " \u{1f600}\u{1f600}\u{1f600} "), "\u{1f600}\u{1f600}\u{1f600}");
  assert.equal(await made(short, "e\u0301e\u0301e\u0301"), "\u00e9\u00e9\u00e9");
  assert.equal(await broken(short, "  "), "is empty");
  assert.equal(await broken(short, " a "), "has 1 character, and at least 2 are expected");
  assert.equal(await broken(short, "abcd"), "has 4 characters, and at most 3 are expected");
});

test("a text may have to be like an example, which is what people are told", async () => {
  const postcode = text({ pattern: /^\d{5}$/, like: "02134" });
  assert.equal(await made(postcode, " 02134 "), "02134");
  assert.equal(await broken(postcode, "2134"), 'is not written like "02134"');
  assert.equal(await broken(postcode, ""), "is empty");
});

const intact = text({ intact: true });
const latin = "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝ€’“”–…©°£«»½™";

test("text that was read in a wrong encoding breaks the contract where that is declared", async () => {
  for (const word of ["Mün", "Zoë", "voilà, là", "don’t", "5 €", "Ö", "«Ça»", "😀", "–", "½"]) {
    const garbled = new TextDecoder("windows-1252").decode(new TextEncoder().encode(word));
    assert.match(await broken(intact, garbled), /is garbled at ".+": it was written in UTF-8/, garbled);
    assert.equal(await made(text(), garbled), garbled.normalize("NFC").trim(), "undeclared, it is nobody's business");
  }
  assert.match(await broken(intact, "M\ufffdnchen"), /sign for a lost character/);
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom(...latin), minLength: 1, maxLength: 3 }),
      fc.stringMatching(/^[a-z]{1,5}$/),
      async (accents, letters) => {
        const written = `${letters}${accents}${letters}`;
        for (const encoding of ["windows-1252", "latin1"]) {
          const bytes = new TextEncoder().encode(written);
          const read =
            encoding === "latin1" ? Buffer.from(bytes).toString("latin1") : new TextDecoder(encoding).decode(bytes);
          await broken(intact, read);
        }
      },
    ),
  );
});

test("good text in any language is intact", async () => {
  for (const good of [
    "Zoë Müller-Lüdenscheidt, Größe 42½",
    "L’âge d’or – « À bientôt », dit-il…",
    "IRMÃ”, disse; SÃO JOÃO, AVIÕES, MAÇÃ",
    "»SMÅ ÅRÅ« og Ærø",
    "„MENÜ“ und „Ä“",
    "CÂMARA Âncora; ÎLE; DÂ» e Ă â î ș ț",
    "Tiếng Việt: Ã Â ẫ ậ; Điện Biên Phủ",
    "Łódź, Ťažký, Ğ, İstanbul, ð and þ: Seyðisfjörður",
    "日本語 русский ελληνικά עברית العربية",
    "5 € · 20 °C · 3 × 4 · 100 % · ±1 µm · ™ © ®",
  ]) {
    assert.equal(await made(intact, good), good.normalize("NFC"), good);
  }
});

test("what is looked for never changes what passes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom(..."ÂÃâïð€™œ¼aZ .\ufffd\u0081“”", "\u{1f600}") }),
      async (given) => {
        const checked = await intact["~standard"].validate(given);
        if (checked.issues === undefined) assert.equal(checked.value, await made(text(), given));
      },
    ),
    { numRuns: 2_000 },
  );
});

test("what is no text breaks the contract", async () => {
  for (const value of [7, null, undefined, {}, ["a"]]) await broken(text(), value);
});

test("a text that was made meets the contract again and stays as it is", async () => {
  const tidy = text({ lines: true });
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (given) => {
      const once = await tidy["~standard"].validate(given);
      if (once.issues !== undefined) return;
      assert.equal(await made(tidy, once.value), once.value);
    }),
  );
});

test("what passes is what came, but for spaces around it and composed letters", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" })), async (given) => {
      for (const schema of [text(), intact, text({ max: 10 })]) {
        const read = await schema["~standard"].validate(given);
        if (read.issues === undefined) assert.equal(read.value, given.normalize("NFC").trim());
      }
    }),
    { numRuns: 2_000 },
  );
});

test("its JSON Schema says what goes in", () => {
  const schema = z.toJSONSchema(z.object({ sku: text({ min: 1, max: 64 }), note: text().optional() }), { io: "input" });
  assert.deepEqual(schema.properties, {
    sku: { type: "string", minLength: 1, maxLength: 64, examples: ["sample"] },
    note: { type: "string", examples: ["sample"] },
  });
  assert.deepEqual(schema.required, ["sku"]);
});
