import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { day } from "waybill/contract";
import { z } from "zod";
import { type Mistake, refuses, wrong } from "../define/refusal.ts";
import { broken, made } from "./broken.ts";

const bad = (format: string, problem: string, hints = "once each"): Mistake => ({
  name: `the format ${JSON.stringify(format)}`,
  made: () => day({ format }),
  says: `day(): format is "${format}", and ${problem}.`,
  hints,
});

refuses([
  {
    name: "a mistyped option",
    made: () => day(wrong({ fromat: "YYYY" })),
    says: 'day(): there is no option "fromat".',
    hints: '"format"',
  },
  { name: "an empty format", made: () => day({ format: "" }), says: "day(): format is empty." },
  bad("DD/MM/YY", '"YY" in it is not known', "which century"),
  bad("dd/MM/YYYY", '"dd" in it is not known', 'Did you mean "DD"?'),
  bad("DD MMMM YYYY", '"MMMM" in it is not known'),
  {
    name: "a mistyped name of a format",
    made: () => day({ format: "exel" }),
    says: 'day(): format is "exel", which is not known.',
    hints: '"excel"',
  },
  {
    name: "a first day that there is not",
    made: () => day({ min: "2026-02-30" }),
    says: 'day(): min is "2026-02-30", and a day is expected.',
  },
  {
    name: "a last day before the first",
    made: () => day({ min: "2026-02-02", max: "2026-02-01" }),
    says: 'day(): min is "2026-02-02", and max is "2026-02-01", which is earlier.',
  },
  bad("DD/YYYY", "the month stands in it nowhere"),
  bad("DD/DD/MM/YYYY", "the day stands in it twice"),
  bad("DMYYYY", 'nobody could tell where "D" ends', 'Write "DD"'),
]);

test("a day is read as it is written, and given as ISO text", async () => {
  const given: readonly (readonly [string | undefined, string, string])[] = [
    [undefined, "2026-02-28", "2026-02-28"],
    ["DD/MM/YYYY", "28/02/2026", "2026-02-28"],
    ["DD/MM/YYYY", " 28/02/2026\r", "2026-02-28"],
    ["MM/DD/YYYY", "02/28/2026", "2026-02-28"],
    ["D.M.YYYY", "1.2.2026", "2026-02-01"],
    ["D.M.YYYY", "28.12.2026", "2026-12-28"],
    ["YYYYMMDD", "20260228", "2026-02-28"],
    ["D-MMM-YYYY", "28-Feb-2026", "2026-02-28"],
    ["MMM D YYYY", "SEP 3 2026", "2026-09-03"],
    ["YYYY-MM-DD", "2024-02-29", "2024-02-29"],
    ["YYYY-MM-DD", "2000-02-29", "2000-02-29"],
    ["YYYY-MM-DD", "0001-01-01", "0001-01-01"],
  ];
  for (const [format, value, expected] of given) {
    assert.equal(await made(day(format === undefined ? {} : { format }), value), expected, value);
  }
});

test("a day that there is not breaks the contract", async () => {
  const written = day({ format: "DD/MM/YYYY" });
  const given: Readonly<Record<string, string>> = {
    "30/02/2026": "there is no 30 February 2026",
    "29/02/2025": "there is no 29 February 2025",
    "29/02/1900": "there is no 29 February 1900",
    "31/04/2026": "there is no 31 April 2026",
    "00/01/2026": "there is no 0 January 2026",
    "01/13/2026": "there is no month 13: have day and month changed places?",
    "13/13/2026": "there is no month 13",
    "01/00/2026": "there is no month 0",
    "01/01/0000": "there is no year 0",
  };
  for (const [value, says] of Object.entries(given)) assert.equal(await broken(written, value), says);
});

test("a day that is written otherwise breaks the contract", async () => {
  const written = day({ format: "DD/MM/YYYY" });
  for (const value of ["2026-02-28", "28/2/2026", "28/02/26", "28.02.2026", "28/02/2026 10:00", "٢٨/٠٢/٢٠٢٦"]) {
    assert.equal(await broken(written, value), "is not a day written as DD/MM/YYYY", value);
  }
  assert.equal(await broken(written, " "), "is empty");
  assert.equal(await broken(written, undefined), "is missing");
  const serial = "is not a day written as DD/MM/YYYY: it may be a spreadsheet's number for a day";
  for (const value of ["46081", 46_081]) assert.equal(await broken(written, value), serial);
  for (const value of [20260228, null, undefined, new Date(0)]) await broken(written, value);
  assert.equal(await broken(day({ format: "D.M.YYYY" }), "1x2x2026"), "is not a day written as D.M.YYYY");
});

test("what a spreadsheet stores for a day is read where it is declared", async () => {
  // What spreadsheets show for these numbers: ECMA-376 part 1, 18.17.4.1.
  const serials: Readonly<Record<string, string>> = {
    1: "1900-01-01",
    59: "1900-02-28",
    61: "1900-03-01",
    25569: "1970-01-01",
    46081: "2026-02-28",
    2958465: "9999-12-31",
  };
  for (const [serial, expected] of Object.entries(serials)) {
    assert.equal(await made(day({ format: "excel" }), Number(serial)), expected, serial);
    assert.equal(await made(day({ format: "excel" }), ` ${serial}.0 `), expected, serial);
  }
  assert.equal(await made(day({ format: "excel-1904" }), 0), "1904-01-01");
  assert.equal(await made(day({ format: "excel-1904" }), 44_619), "2026-02-28");
  for (const value of [0, -1, 2_958_466, "28/02/2026", "", null]) await broken(day({ format: "excel" }), value);
  assert.match(await broken(day({ format: "excel" }), 60), /29 February 1900/);
  assert.equal(
    await broken(day({ format: "excel" }), 46_081.5),
    "has a time of day, and a day without one is expected",
  );
});

test("days before the first and after the last that may be meant break the contract", async () => {
  const recent = day({ min: "2020-01-01", max: "2030-12-31" });
  assert.equal(await made(recent, "2020-01-01"), "2020-01-01");
  assert.equal(await broken(recent, "1970-01-01"), "is 1970-01-01, and days from 2020-01-01 on are expected");
  assert.equal(await broken(recent, "2031-01-01"), "is 2031-01-01, and days up to 2030-12-31 are expected");
});

test("exactly the days of the calendar are days", async () => {
  const written = day();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 31 }),
      async (year, month, dayOfMonth) => {
        const iso = `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(dayOfMonth).padStart(2, "0")}`;
        const exists = new Date(`${iso}T00:00:00Z`).toISOString().startsWith(iso);
        assert.equal((await written["~standard"].validate(iso)).issues === undefined, exists, iso);
      },
    ),
  );
});

test("its JSON Schema says what goes in", () => {
  const schema = z.toJSONSchema(day({ format: "DD/MM/YYYY" }), { io: "input" });
  assert.equal(schema.type, "string");
  assert.ok(new RegExp(schema.pattern as string).test("28/02/2026"));
});
