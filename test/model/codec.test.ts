import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decode, encode } from "../../src/model/codec.ts";
import { WaybillError } from "../../src/model/errors.ts";
import { decodeJson } from "../../src/model/json.ts";

/** JSON, Date and bigint, and keys that look like the codec's own. */
const storable = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.string({ unit: "binary" }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(
        fc.string(),
        fc.constantFrom(
          "$date",
          "$$date",
          "$bigint",
          "$number",
          "$undefined",
          "$x",
          "$$$",
          "__proto__",
          "constructor",
          "toJSON",
        ),
      ),
      tie("value"),
      { maxKeys: 3, noNullPrototype: true },
    ),
  ),
})).value;

test("what is stored comes back as it was, Date and bigint included", () => {
  fc.assert(
    fc.property(storable, (value) => {
      assert.deepStrictEqual(decode(encode(value)), value);
    }),
    { numRuns: 2_000 },
  );
});

test("plain JSON is stored letter for letter as JSON.stringify writes it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain = JSON.stringify(value, (key, inner: unknown) => {
        if (key.startsWith("$") || key === "toJSON") return undefined;
        return Number.isInteger(inner) && !Number.isSafeInteger(inner) ? 0 : inner;
      });
      const clean: unknown = JSON.parse(plain);
      assert.equal(encode(clean), JSON.stringify(clean));
    }),
    { numRuns: 500 },
  );
});

test("what JSON has no form for keeps its type", () => {
  const table: [unknown, string][] = [
    [new Date(0), '{"$date":"1970-01-01T00:00:00.000Z"}'],
    [new Date(Number.NaN), '{"$date":null}'],
    [5n, '{"$bigint":"5"}'],
    [12345678901234567890n, "12345678901234567890"],
    [2 ** 60, '{"$number":"1152921504606847000"}'],
    [1e21, "1e+21"],
    [Number.NaN, '{"$number":"NaN"}'],
    [-0, '{"$number":"-0"}'],
    [undefined, '{"$undefined":0}'],
    [[undefined, 1], '[{"$undefined":0},1]'],
    [{ $date: "mine" }, '{"$$date":"mine"}'],
    [{ $date: "mine", more: 1 }, '{"$date":"mine","more":1}'],
    [{ $ref: "#/a" }, '{"$$ref":"#/a"}'],
  ];
  for (const [value, text] of table) {
    assert.equal(encode(value), text);
    assert.deepStrictEqual(decode(text), value);
  }
});

test("a number of too many digits keeps them", () => {
  const text = '{"price":19.990000000000000001,"id":9007199254740993}';
  assert.equal(encode(decodeJson(text)), text);
  assert.equal(encode(decode(text)), text);
});

test("methods and what is undefined are left out, and a class becomes a plain object", () => {
  class Money {
    readonly amount = 5;
    readonly nothing = undefined;
    get doubled(): number {
      return this.amount * 2;
    }
    add(): void {}
  }
  class Charge {
    toJSON(): unknown {
      return { id: "ch_1", at: new Date(1) };
    }
  }
  const value = {
    money: new Money(),
    charge: new Charge(),
    run: () => 1,
    gone: undefined,
    boxed: Object("text") as unknown,
  };
  assert.deepStrictEqual(decode(encode(value)), {
    money: { amount: 5 },
    charge: { id: "ch_1", at: new Date(1) },
    boxed: "text",
  });
});

test("what cannot be stored is named with its path", () => {
  const circle: Record<string, unknown> = { name: "x" };
  circle.items = [{ circle }];
  const table: [value: unknown, says: RegExp][] = [
    [{ a: { b: [1, Symbol("no")] } }, /a\.b\.1 is a symbol/],
    [{ a: new Map() }, /a is a Map/],
    [{ a: { when: new Date(0), raw: new Uint8Array(3) } }, /a\.raw is a Uint8Array/],
    [new Set([1]), /It is a Set/],
    [{ later: Promise.resolve(1) }, /later is a Promise/],
    [circle, /nested deeper than 500 levels, or contains itself/],
    [
      {
        get price(): number {
          throw new Error("no price yet");
        },
      },
      /no price yet/,
    ],
    [{ toJSON: () => Symbol("no") }, /symbol/],
  ];
  for (const [value, says] of table) {
    assert.throws(
      () => encode(value),
      (error) => error instanceof WaybillError && error.code === "effect-misused" && says.test(error.message),
      String(says),
    );
  }
});
