import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decimal, integer } from "waybill/contract";
import { decodeJson } from "../../src/model/json.ts";
import { broken, made } from "./broken.ts";

const digits = fc.stringMatching(/^\d{1,40}$/);

/** A decimal as a fraction of whole numbers, which is what it is. */
function exactly(text: string): readonly [bigint, bigint] {
  const [, sign, whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const all = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  const shift = Number(exponent) - fraction.length;
  return shift < 0 ? [all, 10n ** BigInt(-shift)] : [all * 10n ** BigInt(shift), 1n];
}
const same = ([a, b]: readonly [bigint, bigint], [c, d]: readonly [bigint, bigint]): boolean => a * d === c * b;

test("a decimal of any length is what was written, in text and in JSON", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      digits,
      fc.option(digits),
      fc.option(fc.integer({ min: -30, max: 30 })),
      async (minus, whole, fraction, exponent) => {
        const inText = `${minus ? "-" : ""}${whole}${fraction === null ? "" : `.${fraction}`}`;
        assert.ok(same(exactly(String(await made(decimal(), inText))), exactly(inText)), inText);
        const inJson = `${minus ? "-" : ""}${BigInt(whole)}${fraction === null ? "" : `.${fraction}`}${exponent === null ? "" : `e${exponent}`}`;
        assert.ok(same(exactly(String(await made(decimal(), decodeJson(inJson)))), exactly(inJson)), inJson);
      },
    ),
    { numRuns: 1_000 },
  );
});

test("equal decimals come out as one text, whatever zeros they were written with", async () => {
  for (const written of ["12.5", "012.50", "+12.500", 12.5]) assert.equal(await made(decimal(), written), "12.5");
  for (const written of ["0", "-0", "-0.00", "00", -0]) assert.equal(await made(decimal(), written), "0");
  for (const written of ["12.5", "12.50", 12.5]) assert.equal(await made(decimal({ places: 2 }), written), "12.50");
  assert.equal(await made(decimal({ places: 0 }), "12.0"), "12");
});

test("a whole number is what was written, or is refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.bigInt(), async (value) => {
      for (const given of [String(value), value, decodeJson(String(value))]) {
        assert.equal(await made(integer({ big: true }), given), value);
      }
      const read = await integer()["~standard"].validate(String(value));
      if (read.issues === undefined) assert.equal(BigInt(read.value), value);
      else assert.ok(value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER);
    }),
  );
});

test("bounds are compared by digits", async () => {
  const share = decimal({ min: "0.1", max: "0.30000000000000000000000001" });
  for (const given of ["0.1", 0.1, "0.10", "0.3", "0.30000000000000000000000001"]) await made(share, given);
  assert.equal(
    await broken(share, "0.09999999999999999999999"),
    "is less than 0.1, which is the least that is expected",
  );
  assert.match(await broken(share, 0.1 + 0.2), /is more than/);
  const below = integer({ min: -10, max: -2 });
  for (const given of ["-10", "-2", -5]) await made(below, given);
  for (const given of ["-11", "-1", 0, "5"]) await broken(below, given);
});

test("an exponent is read in text only where it is declared", async () => {
  const science = decimal({ exponent: true });
  assert.equal(await made(science, "1.50E-3"), "0.0015");
  assert.equal(await made(science, "+01e+02"), "100");
  assert.equal(await made(decimal(), 1e21), "1000000000000000000000");
  assert.equal(await made(decimal(), 1e-7), "0.0000001");
  assert.match(await broken(decimal(), "1.50E-3"), /exponent/);
  assert.match(await broken(science, decodeJson("1e99999")), /more than 1000 digits/);
  assert.match(await broken(decimal(), "1".repeat(5_000)), /it has 5000 characters/);
});
