import assert from "node:assert/strict";
import { test } from "node:test";
import { fixedWidth, json, jsonl, xlsx, xml } from "waybill";
import { readAll, stopsOf, valuesOf } from "./reading.ts";
import { workbook } from "./workbook.ts";

test("fixed width: fields are cut at their places, filling is left out, and a line of another length is stopped", async () => {
  const format = fixedWidth({ columns: { sku: 5, price: 8, note: 6 } });
  const read = await readAll("A1      12.50 good \nB2\nC3       7.00\nD4       1.00much too long\n", format);
  assert.deepEqual(valuesOf(read), [
    { sku: "A1", price: "12.50", note: "good" },
    { sku: "C3", price: "7.00", note: "" },
  ]);
  assert.deepEqual(stopsOf(read), [
    "line 2: it has 2 characters, and 19 are expected",
    "line 4: it has 26 characters, and 19 are expected",
  ]);
  const accents = fixedWidth({ columns: { name: 4, city: 6 }, skipLines: 1 });
  assert.deepEqual(valuesOf(await readAll("a heading\néàü Orléan\n", accents)), [{ name: "éàü", city: "Orléan" }]);
});

test("JSON: a list of any shape is read element by element, and what follows a fault stops the file", async () => {
  const list = ' [ {"a":"x]},[" , "b":[1,{"c":2}]}, 7,\n"text, with comma", [ ], null ,{"d":"\\\\"}\n]\n';
  assert.deepEqual(valuesOf(await readAll(list, json())), JSON.parse(list));
  assert.deepEqual(valuesOf(await readAll('{"alone": {"is": [1]}}\n', json())), [{ alone: { is: [1] } }]);
  assert.deepEqual(valuesOf(await readAll("[]", json())), []);
  const long = JSON.stringify(Array.from({ length: 20_000 }, (_, at) => ({ at, text: "é".repeat(at % 40) })));
  const read = await readAll(long, json());
  assert.deepEqual(valuesOf(read), JSON.parse(long), "one line of a megabyte");
  const place = read.places[7];
  assert.ok(place);
  assert.equal(valuesOf(await readAll(long, json(), { from: place })).length, 20_000 - place.rows, "taken up again");
  const faults: readonly [text: string, says: RegExp][] = [
    ['"text"', /neither a JSON list nor a JSON object/],
    ["", /not closed/],
    ["[1,2", /not closed where the file ends/],
    ["[1] [2]", /something follows/],
    ["[1}]", /closed that was not opened/],
  ];
  for (const [text, says] of faults) await assert.rejects(readAll(text, json()), says, text);
});

test("JSON Lines: what cannot be read, or not safely, is stopped by itself", async () => {
  const read = await readAll('{"a":1}\r\n\n{"a":\n[1,2]\n{"a":1,"a":2}\n{"__proto__":1}\n"last"', jsonl());
  assert.deepEqual(valuesOf(read), [{ a: 1 }, [1, 2], "last"]);
  assert.equal(stopsOf(read).length, 3);
  assert.deepEqual(
    read.items.map(({ origin }) => origin?.line),
    [1, 3, 4, 5, 6, 7],
  );
});

test("Excel: numbers, texts and dates come as the sheet holds them, empty rows and cells are left out", async () => {
  const book = workbook({
    prices: [
      ["sku", "price", "note", "from"],
      ["007", 12.5, null, new Date("2026-03-01T00:00:00Z")],
      [null, null, null, null],
      ["A<&>", 1e15, "Müller", null],
    ],
    other: [["x"], [true]],
  });
  assert.deepEqual(valuesOf(await readAll(book, xlsx())), [
    { sku: "007", price: 12.5, from: "2026-03-01T00:00:00.000Z" },
    { sku: "A<&>", price: 1e15, note: "Müller" },
  ]);
  const other = await readAll(book, xlsx({ sheet: "other" }));
  assert.deepEqual(valuesOf(other), [{ x: true }]);
  await assert.rejects(readAll(book, xlsx({ sheet: "prises" })), /no sheet "prises"/);
  await assert.rejects(readAll("sku,price\n", xlsx()), /no Excel file/);
});

test("XML: the elements of one name are records, their values stay text, and attributes stand beside them", async () => {
  const text = `<?xml version="1.0" encoding="ISO-8859-1"?>
<list><group><product sku="007"><name>Caf\u00e9 &amp; Bar</name><price>1.50</price></product></group>
<product sku="8"><name><![CDATA[<b>]]></name><price>0012</price></product></list>`;
  assert.deepEqual(valuesOf(await readAll(Buffer.from(text, "latin1"), xml({ record: "product" }))), [
    { "@sku": "007", name: "Café & Bar", price: "1.50" },
    { "@sku": "8", name: "<b>", price: "0012" },
  ]);
  await assert.rejects(readAll("<list><product></list>", xml({ record: "product" })), /line 1/);
  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${"bcdefgh"
    .split("")
    .map((name, at) => `<!ENTITY ${name} "${`&${"abcdefgh"[at]};`.repeat(10)}">`)
    .join("")}]><list><product>&h;</product></list>`;
  const exploded = await readAll(bomb, xml({ record: "product" })).then(
    (read) => JSON.stringify(valuesOf(read)).length,
    () => 0,
  );
  assert.ok(exploded < 100_000, `${exploded} letters of one entity`);
});
