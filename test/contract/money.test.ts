import assert from "node:assert/strict";
import { test } from "node:test";
import currencies from "currency-codes";
import fc from "fast-check";
import { money } from "waybill/contract";
import { z } from "zod";
import { currencyCodes, currencyPlaces } from "../../src/contract/currency.ts";
import { decodeJson } from "../../src/model/json.ts";
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
  for (const value of ["1.", ".5", "--1", "1-", "1.2.3"]) assert.equal(await broken(dollars, value), form, value);
  const holds: Readonly<Record<string, string>> = {
    ...{ "1.234,56": ",", "1,234.56": ",", "1,234": ",", "$12.50": "$", "12.50 AUD": " ", "1 2": " " },
    ...{ abc: "a", "٣": "٣", "0x10": "x", NaN: "N", "(12.50)": "(", "12\u00a0000": "\u00a0" },
  };
  for (const [value, sign] of Object.entries(holds)) {
    assert.equal(await broken(dollars, value), `${form}: it holds ${JSON.stringify(sign)}`, value);
  }
  assert.match(await broken(dollars, "1.23E+15"), /exponent, as spreadsheets write/);
  for (const value of ["", " "]) assert.equal(await broken(dollars, value), "is empty");
  for (const value of [1e21, 1e-7, Number.NaN, Number.POSITIVE_INFINITY]) await broken(dollars, value);
  assert.equal(await broken(dollars, undefined), "is missing");
  assert.equal(await broken(dollars, null), "is null (nothing), and a number is expected");
  assert.equal(await broken(dollars, {}), "is an object, and a number is expected");
  assert.equal(await broken(dollars, true), "is true, and a number is expected");
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
    assert.equal(
      await broken(euros, value),
      'is not an amount written like 0,00: "." stands where no thousands end',
      value,
    );
  }
  assert.equal(await minor(money({ currency: "CHF", group: "'" }), "1'234'567.80"), 123_456_780);
  assert.equal(await minor(money({ currency: "SEK", decimal: ",", group: " " }), "1 234,50"), 123_450);
  const french = money({ currency: "EUR", decimal: ",", group: " " });
  for (const value of ["1 234,50", "1\u00a0234,50", "1\u202f234,50"]) assert.equal(await minor(french, value), 123_450);
});

test("negative amounts are read as they are declared to be written", async () => {
  const ledger = money({ currency: "AUD", group: ",", negative: "parentheses" });
  assert.equal(await minor(ledger, "(1,234.50)"), -123_450);
  assert.equal(await minor(ledger, "1,234.50"), 123_450);
  assert.equal(await minor(ledger, -1.5), -150);
  for (const value of ["(12.50", "12.50)", "-12.50", "(-12.50)"]) await broken(ledger, value);
  const trailing = money({ currency: "AUD", negative: "trailing" });
  assert.equal(await minor(trailing, "12.50-"), -1250);
  for (const value of ["-12.50", "12.50--", "(12.50)"]) await broken(trailing, value);
});

test("amounts of more digits than a double holds stay exact or are refused", async () => {
  const given = decodeJson(
    "[12.500000000000000000000, 90071992547409.91, 12.500000000000000000001, 90071992547409.92]",
  );
  const [zeros, most, finer, beyond] = given as unknown[];
  assert.equal(await minor(dollars, zeros), 1250);
  assert.equal(await minor(dollars, most), 9_007_199_254_740_991);
  assert.equal(await broken(dollars, finer), "has more than 2 decimals, and there are not more in AUD");
  assert.equal(await broken(dollars, beyond), "is more than can be counted exactly in AUD");
  assert.equal(await minor(money({ currency: "JPY" }), 9_007_199_254_740_991n), 9_007_199_254_740_991);
});

test("a currency has the decimal places of ISO 4217, not those that people write", async () => {
  assert.equal(await minor(money({ currency: "JPY" }), "1200"), 1200);
  assert.equal(await broken(money({ currency: "JPY" }), "12.5"), "has decimals, and there are none in JPY");
  assert.equal(await broken(money({ currency: "JPY" }), "1,200"), 'is not an amount written like 0: it holds ","');
  assert.equal(await minor(money({ currency: "KWD" }), "1.234"), 1234);
  assert.equal(await minor(money({ currency: "HUF" }), "100"), 10_000);
  assert.equal(await minor(money({ currency: "HUF", places: 0 }), "100"), 100);
  assert.deepEqual(["AUD", "IDR", "BHD", "CLF", "XXY"].map(currencyPlaces), [2, 2, 3, 4, undefined]);
  assert.equal(currencyPlaces("constructor"), undefined);
});

test("the currencies and their places are those of the list that ISO 4217's agency publishes", () => {
  // Metals, bond units, drawing rights, and the codes for none and for tests: the list gives them no minor unit.
  const none = /^(XAG|XAU|XBA|XBB|XBC|XBD|XDR|XPD|XPT|XSU|XTS|XUA|XXX)$/;
  const published = currencies.data.filter(({ code }) => !none.test(code));
  assert.ok(published.length > 160, "the list was read");
  for (const { code, digits } of published) assert.equal(currencyPlaces(code), digits, code);
  // The Caribbean guilder came after that list.
  const since = [...currencyCodes].filter((code) => !published.some((one) => one.code === code));
  assert.deepEqual(since, ["XCG"]);
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
