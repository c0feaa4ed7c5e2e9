import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WaybillError } from "../../src/model/errors.ts";
import { canonicalJson, decodeJson, encodeJson, UnreadableJson } from "../../src/model/json.ts";
import { isRawNumber, type RawNumber } from "../../src/model/number-text.ts";

function refusal(made: () => unknown): UnreadableJson {
  try {
    made();
  } catch (error) {
    assert.ok(error instanceof UnreadableJson, String(error));
    return error;
  }
  assert.fail("it was read");
}

const digitsOf = (value: unknown): string => (isRawNumber(value) ? value.rawJSON : String(value));

test("what is valid JSON reads as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      let value: unknown;
      try {
        value = decodeJson(text);
      } catch (error) {
        // fast-check makes keys such as "__proto__" on purpose.
        assert.ok(error instanceof UnreadableJson && error.flaw === "proto-key", String(error));
        return;
      }
      assert.equal(encodeJson(value), JSON.stringify(JSON.parse(text)));
    }),
    { numRuns: 500 },
  );
});

test("what is not JSON is refused as JSON.parse refuses it, whatever letters it is made of", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"',
    "\\",
    "a",
    "1",
    "-",
    ".",
    "e",
    " ",
    "true",
    '"k"',
    "\\u0041",
    "1e5",
    '""',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const text = pieces.join("");
      let readable = true;
      try {
        JSON.parse(text);
      } catch {
        readable = false;
      }
      try {
        decodeJson(text);
        assert.ok(readable, `read: ${text}`);
      } catch (error) {
        assert.ok(error instanceof UnreadableJson, String(error));
        assert.ok(!readable || error.readable, `refused: ${text}: ${error.message}`);
      }
    }),
    { numRuns: 3_000 },
  );
});

test("a number keeps its digits: a double, a bigint, or its text", () => {
  const table: [text: string, kind: "number" | "bigint" | "text"][] = [
    ["0", "number"],
    ["-1.5", "number"],
    ["1e5", "number"],
    ["1.50", "number"],
    ["0.1", "number"],
    ["9007199254740991", "number"],
    ["9007199254740992", "bigint"],
    ["-9007199254740993", "bigint"],
    ["12345678901234567890", "bigint"],
    ["100000000000000000000", "bigint"],
    ["0.1000000000000000055511151231257827", "text"],
    ["19.990000000000000001", "text"],
    ["9007199254740993.0", "text"],
    ["1e400", "text"],
    ["1e-400", "text"],
    ["1.2345e-320", "text"],
    ["123456789012345.67", "number"],
    ["999999999999999.99", "text"],
  ];
  for (const [text, kind] of table) {
    const value = (decodeJson(`{"n":${text}}`) as { n: unknown }).n;
    assert.equal(isRawNumber(value) ? "text" : typeof value, kind, text);
    if (kind !== "number") assert.equal(encodeJson({ n: value }), `{"n":${text}}`);
    else assert.equal(value, Number(text), text);
  }
});

test("any decimal written again has the same value, digit by digit", () => {
  const number = fc
    .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.option(fc.stringMatching(/^\d{1,25}$/)))
    .map(([minus, whole, fraction]) => `${minus ? "-" : ""}${whole}${fraction === null ? "" : `.${fraction}`}`);
  fc.assert(
    fc.property(number, (text) => {
      const trimmed = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
      const again = digitsOf(decodeJson(encodeJson(decodeJson(text))));
      // Numbers beyond 10^21 and tiny ones are written with an exponent: those are compared as fingerprints are.
      if (/e/.test(again)) assert.equal(canonicalJson(decodeJson(again)), canonicalJson(decodeJson(text)));
      else assert.equal(again.includes(".") ? again.replace(/\.?0+$/, "") : again, trimmed === "-0" ? "0" : trimmed);
    }),
    { numRuns: 1_000 },
  );
});

test("a key that stands twice is named with its path, however it is written", () => {
  const table: [text: string, path: string][] = [
    ['{"a":1,"a":2}', "a"],
    ['{"a":1,"b":{"c":[{"d":1},{"e":1,"\\u0065":2}]}}', "b.c.1.e"],
    ['[{"x":{"":1,"":2}}]', "0.x."],
    ['{"a":{"a":1},"b":{"a":1,"c":"\\"a\\":1","a":2}}', "b.a"],
    ['{"a" \n : 1, "a"\t:2}', "a"],
  ];
  for (const [text, path] of table) {
    const refused = refusal(() => decodeJson(text));
    assert.deepEqual([refused.flaw, refused.path, refused.code], ["duplicate-key", path, "unreadable"], text);
    assert.ok(refused.readable);
  }
});

test("__proto__ is refused and constructor is an ordinary key", () => {
  for (const key of ["__proto__", "\\u005f_proto__"]) {
    const refused = refusal(() => decodeJson(`{"order":{"${key}":{"admin":true}}}`));
    assert.deepEqual([refused.flaw, refused.path], ["proto-key", "order.__proto__"]);
  }
  const value = decodeJson('{"constructor":{"prototype":{"admin":true}},"toString":1}') as object;
  const copy: Record<string, unknown> = Object.assign({}, { ...value });
  assert.equal(copy.admin, undefined);
  assert.equal(({} as Record<string, unknown>).admin, undefined);
});

test("NUL and half characters are kept in a payload, and written again escaped", () => {
  const text = '{"a":"x\\u0000y","b":"\\ud800"}';
  const value = decodeJson(text) as { a: string; b: string };
  assert.deepEqual([value.a, value.b], ["x\0y", "\ud800"]);
  assert.equal(encodeJson(value), text);
});

test("what would hurt to read is refused before it is parsed", () => {
  const table: [name: string, made: () => unknown, flaw: string][] = [
    ["depth 100,000", () => decodeJson("[".repeat(100_000) + "]".repeat(100_000)), "too-deep"],
    ["depth 65 of objects", () => decodeJson(`${'{"a":'.repeat(65)}1${"}".repeat(65)}`), "too-deep"],
    [
      "many keys",
      () => decodeJson(`{${Array.from({ length: 11 }, (_, at) => `"k${at}":1`).join()}}`, { keysMax: 10 }),
      "too-many-keys",
    ],
    ["many bytes", () => decodeJson(new Uint8Array(11), { bytesMax: 10 }), "too-large"],
    ["a number without end", () => decodeJson("1".repeat(1_001)), "long-number"],
    ["nothing", () => decodeJson("  "), "syntax"],
    ["half", () => decodeJson('{"a":'), "syntax"],
  ];
  for (const [name, made, flaw] of table) assert.equal(refusal(made).flaw, flaw, name);
  assert.deepEqual(
    decodeJson("[".repeat(64) + "]".repeat(64), { depthMax: 64 }),
    JSON.parse("[".repeat(64) + "]".repeat(64)),
  );
  assert.equal(refusal(() => decodeJson(new Uint8Array(11), { bytesMax: 10 })).code, "too-large");
  assert.deepEqual(decodeJson('{"a":"[[[[{{{{::::"}', { depthMax: 1, keysMax: 1 }), { a: "[[[[{{{{::::" });
});

test("bytes are read in the charset that a mark or the sender names, and never guessed or mended", () => {
  const utf16 = (text: string, order: "le" | "be"): Buffer => {
    const bytes = Buffer.from(text, "utf16le");
    return order === "le" ? bytes : bytes.swap16();
  };
  const json = '{"a":"ä€😀"}';
  const expected = { a: "ä€😀" };
  const table: [name: string, bytes: Uint8Array, charset?: string][] = [
    ["UTF-8", Buffer.from(json)],
    ["UTF-8, declared", Buffer.from(json), "UTF-8"],
    ["UTF-8 with a mark", Buffer.from(`\ufeff${json}`)],
    ["UTF-16 by its mark", Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(json, "le")])],
    [
      "UTF-16 big endian by its mark, against what is declared",
      Buffer.concat([Buffer.from([0xfe, 0xff]), utf16(json, "be")]),
      "utf-8",
    ],
    ["UTF-16 as declared", utf16(json, "le"), "utf-16le"],
  ];
  for (const [name, bytes, charset] of table) assert.deepEqual(decodeJson(bytes, { charset }), expected, name);
  assert.deepEqual(decodeJson(Buffer.from('{"a":"\xe4"}', "latin1"), { charset: "iso-8859-1" }), { a: "ä" });
  assert.equal(refusal(() => decodeJson(Buffer.from('{"a":"\xe4"}', "latin1"))).flaw, "invalid-bytes");
  assert.equal(refusal(() => decodeJson(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).flaw, "invalid-bytes");
  assert.equal(refusal(() => decodeJson(Buffer.from("{}"), { charset: "utf-9" })).flaw, "unknown-charset");
  assert.match(refusal(() => decodeJson(utf16('{"a":1}', "le"))).hint ?? "", /UTF-16/);
});

test("what JSON cannot hold is said instead of written as something else", () => {
  assert.equal(
    encodeJson({ n: 12345678901234567890n, at: new Date(0), no: undefined }),
    '{"n":12345678901234567890,"at":"1970-01-01T00:00:00.000Z"}',
  );
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  for (const value of [undefined, () => 1, circle, { deep: { circle, n: 1n } }]) {
    assert.throws(
      () => encodeJson(value),
      (error) => error instanceof WaybillError && error.code === "effect-misused",
    );
  }
});

test("values that mean the same have one canonical text, and others do not", () => {
  const same: [unknown, unknown][] = [
    [
      { a: 1, b: [1, { d: 2, c: 3 }] },
      { b: [1, { c: 3, d: 2 }], a: 1 },
    ],
    [decodeJson("1.0"), 1n],
    [decodeJson('{"n":1e20}'), { n: 100000000000000000000n }],
    [decodeJson("1.500000000000000000000"), 1.5],
    [decodeJson("0.10000000000000000000000001"), decodeJson("10000000000000000000000001e-26")],
    [-0, 0],
    [{ a: undefined, f: () => 1 }, {}],
    [new Date(5), new Date(5)],
    [{ toJSON: () => [1] }, [1]],
    [Object.assign(Object.create(null), { b: 1, a: 2 }), { a: 2, b: 1 }],
  ];
  for (const [one, other] of same) assert.equal(canonicalJson(one), canonicalJson(other));
  const different: [unknown, unknown][] = [
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [1, "1"],
    [decodeJson("0.10000000000000001"), 0.1],
    [9007199254740993n, 9007199254740992n],
    [[], {}],
    [
      [1, [2]],
      [[1], 2],
    ],
    [{ a: "b,c:d" }, { a: "b", c: "d" }],
    ["\ud800", "\udbff"],
    [null, []],
    [{ a: null }, {}],
    [[null], []],
  ];
  for (const [one, other] of different) assert.notEqual(canonicalJson(one), canonicalJson(other));
});

test("canonical texts are equal exactly where JSON values are, whatever the order of their keys", () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, shuffled(inner)]),
    );
  };
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 2 }), (one, other) => {
      assert.equal(canonicalJson(shuffled(one)), canonicalJson(one));
      // JSON has no -0.
      const equal = isDeepEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
      assert.equal(canonicalJson(one) === canonicalJson(other), equal);
    }),
    { numRuns: 500 },
  );
});

function isDeepEqual(one: unknown, other: unknown): boolean {
  try {
    assert.deepStrictEqual(one, other);
    return true;
  } catch {
    return false;
  }
}

test("a number of too many digits is frozen text that JSON.stringify writes", () => {
  const { price } = decodeJson('{"price":19.990000000000000001}') as { price: RawNumber };
  assert.equal(price.rawJSON, "19.990000000000000001");
  assert.equal(JSON.stringify({ price }), '{"price":19.990000000000000001}');
});
