import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { money } from "waybill/contract";
import { z } from "zod";
import { currencyPlaces } from "../../src/contract/currency.ts";
import { refuses, wrong } from "../define/refusal.ts";
import { broken, made } from "./broken.ts";

refuses([
  {
    name: "a mistyped option",
    made: () => money(wrong({ curency: "AUD" })),
    says: 'money(): there is no option "curency".',
    hints: '"currency"',
  },
  { name: "no currency", made: () => money(wrong({})), says: 'money(): "currency" is missing.' },
  {
    name: "a currency in small letters",
    made: () => money({ currency: "aud" }),
    says: 'money(): currency is "aud", which is none.',
    hints: 'Did you mean "AUD"?',
  },
  {
    name: "a currency that there is not",
    made: () => money({ currency: "DOLLARS" }),
    says: 'money(): currency is "DOLLARS", which is none.',
    hints: '"EUR"',
  },
  {
    name: "a decimal sign that is none",
    made: () => money(wrong({ currency: "AUD", decimal: ";" })),
    says: 'money(): decimal is ";".',
  },
  {
    name: "one sign for decimals and thousands",
    made: () => money({ currency: "AUD", decimal: ",", group: "," }),
    says: 'money(): decimal and group are both ",".',
  },
  {
    name: "half a decimal place",
    made: () => money({ currency: "AUD", places: 0.5 }),
    says: "money(): places is 0.5, and a whole number from 0 to 8 is expected.",
  },
]);

const minor = async (schema: z.ZodType, value: unknown) => ((await made(schema, value)) as { minor: number }).minor;
const dollars = money({ currency: "AUD", decimal: "." });

test("amounts are exact in minor units", async () => {
  const given: readonly (readonly [unknown, number])[] = [
    ["12.50", 1250],
    ["12.5", 1250],
    ["12", 1200],
    [" 0012.50\t", 1250],
    ["+1.00", 100],
    ["-0.01", -1],
    ["0.07", 7],
    ["1.000", 100],
    ["12.5000", 1250],
    ["90071992547409.91", 9_007_199_254_740_991],
    [0.07, 7],
    [1.1, 110],
    [4.35, 435],
    [1200, 120_000],
    [-3.5, -350],
  ];
  for (const [value, expected] of given) assert.equal(await minor(dollars, value), expected, String(value));
  assert.deepEqual(await made(dollars, "12.50"), { minor: 1250, currency: "AUD" });
  assert.ok(Object.is(await minor(dollars, "-0.00"), 0));
});

test("what is not clearly an amount breaks the contract instead of being guessed at", async () => {
  const form = "is not an amount written like 0.00";
  for (const value of [
    "1.234,56",
    "1,234.56",
    "1,234",
    "$12.50",
    "12.50 AUD",
    "",
    " ",
    "abc",
    "1e3",
    "1.",
    ".5",
    "--1",
    "1 2",
    "٣",
    "0x10",
    "NaN",
  ]) {
    assert.equal(await broken(dollars, value), form, value);
  }
  for (const value of [1e21, 1e-7, Number.NaN, Number.POSITIVE_INFINITY]) await broken(dollars, value);
  for (const value of [null, undefined, {}, true])
    assert.equal(await broken(dollars, value), "is neither text nor a number");
  assert.equal(await broken(dollars, "12.505"), "has more than 2 decimals, and there are not more in AUD");
  assert.equal(await broken(dollars, 0.1 + 0.2), "has more than 2 decimals, and there are not more in AUD");
  assert.equal(await broken(dollars, "90071992547409.92"), "is more than can be counted exactly in AUD");
});

test("the decimal comma and thousands are read where they are declared", async () => {
  const euros = money({ currency: "EUR", decimal: ",", group: "." });
  assert.equal(await minor(euros, "1.234,56"), 123_456);
  assert.equal(await minor(euros, "1.234"), 123_400);
  assert.equal(await minor(euros, "1234,5"), 123_450);
  assert.equal(await minor(euros, 1234.5), 123_450);
  for (const value of ["1.23", "1.2345", "12.34,56", "1,234.56", ".123,00", "1..234"]) {
    assert.equal(await broken(euros, value), "is not an amount written like 0,00", value);
  }
  assert.equal(await minor(money({ currency: "CHF", group: "'" }), "1'234'567.80"), 123_456_780);
  assert.equal(await minor(money({ currency: "SEK", decimal: ",", group: " " }), "1 234,50"), 123_450);
});

test("a currency has the decimal places of ISO 4217, not those that people write", async () => {
  assert.equal(await minor(money({ currency: "JPY" }), "1200"), 1200);
  assert.equal(await broken(money({ currency: "JPY" }), "12.5"), "has decimals, and there are none in JPY");
  assert.equal(await broken(money({ currency: "JPY" }), "1,200"), "is not an amount written like 0");
  assert.equal(await minor(money({ currency: "KWD" }), "1.234"), 1234);
  assert.equal(await minor(money({ currency: "HUF" }), "100"), 10_000);
  assert.equal(await minor(money({ currency: "HUF", places: 0 }), "100"), 100);
  assert.deepEqual(["AUD", "IDR", "BHD", "CLF", "XXY"].map(currencyPlaces), [2, 2, 3, 4, undefined]);
  assert.equal(currencyPlaces("constructor"), undefined);
});

test("every amount comes back as it was written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), async (cents) => {
      const written = `${cents < 0 ? "-" : ""}${Math.trunc(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, "0")}`;
      assert.equal(await minor(dollars, written), cents);
    }),
  );
});

test("its JSON Schema says what goes in", () => {
  const schema = z.toJSONSchema(dollars, { io: "input" });
  assert.deepEqual(schema.type, ["string", "number"]);
  assert.ok(new RegExp(schema.pattern as string).test("12.50"));
});
