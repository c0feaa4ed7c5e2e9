import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Redaction } from "../../src/systems/redaction.ts";

/** So many others that texts are searched in one pass. */
function crowded(): Redaction {
  const redaction = new Redaction();
  for (let at = 0; at < 500; at++) redaction.know(`OTHER_${at}`, `another-tenant-secret-${at}-${(at * 7919) % 10_007}`);
  return redaction;
}

test("among thousands of values one is found wherever it stands, in each form, and nothing else is touched", () => {
  const redaction = crowded();
  redaction.know("TOKEN of shop-7", 'to"ken é+7 &x');
  const text = fc.string({ unit: fc.constantFrom("a", "t", "o", '"', " ", "é", "-", "7", "\\") });
  fc.assert(
    fc.property(text, text, fc.constantFrom(0, 1, 2, 3), (before, after, form) => {
      const value = 'to"ken é+7 &x';
      const written = [
        value,
        JSON.stringify(value).slice(1, -1),
        encodeURIComponent(value),
        Buffer.from(value).toString("base64"),
      ][form] as string;
      const shown = redaction.redact(`${before} ${written} ${after}`);
      assert.equal(shown, `${before} [secret TOKEN of shop-7] ${after}`);
    }),
  );
});

test("one that is cut off by the end of the text is hidden as well, however the text is closed", () => {
  const value = 'to"ken é+7 &xyz';
  const forms = [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString("hex"),
    Buffer.from(value).toString("base64"),
  ];
  for (const redaction of [crowded(), new Redaction()]) {
    redaction.know("TOKEN", value);
    fc.assert(
      fc.property(
        fc.constantFrom(...forms),
        fc.integer({ min: 0, max: 100 }),
        fc.constantFrom("", '"', "…", '"}', ")."),
        (form, share, close) => {
          const length = 6 + Math.floor(((form.length - 6) * share) / 100);
          const cut = form.slice(0, length);
          const shown = redaction.redact(`it said: ${cut}${close}`);
          assert.ok(shown.startsWith("it said: [secret TOKEN]") && shown.endsWith(close), shown);
          // The last letters of base64 mix with what stands beside them.
          assert.ok(shown.length - "it said: [secret TOKEN]".length - close.length <= 3, shown);
        },
      ),
    );
    assert.equal(redaction.redact('it said: to"ke'), 'it said: to"ke', "so few letters say nothing");
  }
});

test("texts without a secret come back as they are", () => {
  const redaction = crowded();
  fc.assert(fc.property(fc.string(), (text) => assert.equal(redaction.redact(text), text)));
});

test("one that is the beginning of another is not left half", () => {
  const redaction = crowded();
  redaction.know("SHORT", "abcdef");
  redaction.know("LONG", "abcdefghi");
  assert.equal(redaction.redact("abcdefghi abcdefgh"), "[secret LONG] [secret SHORT]gh");
});
