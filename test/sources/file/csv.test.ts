import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { csv } from "waybill";
import { rawsOf, readAll, stopsOf, utf16, valuesOf, windows1252 } from "./reading.ts";

/** Cells as people and programs write them: with what separates and quotes, line ends, and letters of several bytes. */
const cell = fc.string({
  unit: fc.constantFrom("a", "B", "7", " ", ",", ";", '"', "'", "\n", "\r\n", "\t", "é", "€", "日", "😀", "\\"),
  maxLength: 12,
});

const table = fc
  .integer({ min: 1, max: 6 })
  .chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 40 }));

function written(rows: readonly (readonly string[])[], delimiter: string, lineEnd: string): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return rows
    .map((row) => row.map((text) => (/["\r\n,;\t]/.test(text) || text === "" ? quoted(text) : text)).join(delimiter))
    .map((line) => line + lineEnd)
    .join("");
}

test("every table that can be written as CSV is read as csv-parse reads it, wherever reading is cut and taken up again", async () => {
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.constantFrom(",", ";", "\t"),
      fc.constantFrom("\n", "\r\n"),
      fc.integer({ min: 1, max: 7 }),
      async (rows, delimiter, lineEnd, rowsAtOnce) => {
        const names = (rows[0] ?? ["a"]).map((_, at) => `column ${at}`);
        const content = written([names, ...rows], delimiter, lineEnd);
        const expected = parse(content, { columns: true, delimiter, bom: true });
        const format = csv({ delimiter });
        const whole = await readAll(content, format, { rowsAtOnce });
        assert.deepEqual(valuesOf(whole), expected);
        assert.deepEqual(stopsOf(whole), []);
        const from = whole.places[Math.floor(whole.places.length / 2)];
        if (from === undefined) return;
        const rest = await readAll(content, format, { from });
        assert.deepEqual(valuesOf(rest), expected.slice(from.rows), "taken up again");
      },
    ),
    { numRuns: 150 },
  );
});

test("csv-spectrum is read as it says", async () => {
  const folder = dirname(fileURLToPath(import.meta.resolve("csv-spectrum")));
  const files = globSync("csvs/*.csv", { cwd: folder }).sort();
  assert.ok(files.length >= 10, `${files.length} files`);
  for (const file of files) {
    const expected = JSON.parse(
      readFileSync(join(folder, file.replace("csvs/", "json/").replace(".csv", ".json")), "utf8"),
    );
    // One of its files has another telephone number than its answer.
    const content = readFileSync(join(folder, file), "latin1").replace("2095257564", "1234567890");
    const read = await readAll(Buffer.from(content, "latin1"), csv());
    assert.deepEqual(valuesOf(read), [expected].flat(), file);
  }
});

test("a row that breaks the format is stopped by itself with its line and its bytes, and the rest goes on", async () => {
  const cases: readonly [
    name: string,
    rows: string,
    stopped: readonly string[],
    raw: string,
    good: readonly string[],
  ][] = [
    ["too few cells", "A,1\nB\nC,3\n", ["line 3: it has 1 cell, and 2 are expected"], "B", ["A", "C"]],
    ["too many cells", "A,1\nB,2,x\nC,3\n", ["line 3: it has 3 cells, and 2 are expected"], "B,2,x", ["A", "C"]],
    [
      "a quote never closed",
      'A,1\nB,"2\nC,3\n',
      ["line 3: a quote is opened in it and never closed"],
      'B,"2',
      ["A", "C"],
    ],
    [
      "text after a quote",
      'A,1\nB,"2"x\nC,3\n',
      ["line 3: something stands between a closing quote and the end of its cell"],
      'B,"2"x',
      ["A", "C"],
    ],
    ["the header again", "A,1\nsku,price\nC,3\n", ["line 3: it is the header again"], "sku,price", ["A", "C"]],
    ["a quote in the middle", 'A,1\nB,2" pipe\nC,3\n', [], "", ["A", "B", "C"]],
    ["lines that are empty", "A,1\n\r\n\nC,3", [], "", ["A", "C"]],
    [
      "a cell over lines, then a fault",
      'A,"1\n1"\nB\nC,3\n',
      ["line 4: it has 1 cell, and 2 are expected"],
      "B",
      ["A", "C"],
    ],
  ];
  for (const [name, rows, stopped, raw, good] of cases) {
    const read = await readAll(`sku,price\n${rows}`, csv({ delimiter: "," }));
    assert.deepEqual(stopsOf(read), stopped, name);
    assert.equal(rawsOf(read).join(), raw, name);
    assert.deepEqual(
      valuesOf(read).map((row) => (row as { sku: string }).sku),
      good,
      name,
    );
  }
});

test("bytes that are no letter stop their row alone, and are kept as they stood there", async () => {
  const good = Buffer.from("sku,note\nA,Müller äöüßéèà\nB,日本\n");
  const read = await readAll(Buffer.concat([good, Buffer.from([0x43, 0x2c, 0xff, 0x0a]), Buffer.from("D,é\n")]), csv());
  assert.deepEqual(stopsOf(read), ["line 4: it holds bytes that are no letter in the file's encoding"]);
  assert.deepEqual(rawsOf(read), ["C,\xff"]);
  assert.deepEqual(valuesOf(read), [
    { sku: "A", note: "Müller äöüßéèà" },
    { sku: "B", note: "日本" },
    { sku: "D", note: "é" },
  ]);
});

test("a row of a hundred megabytes costs its head, and neither the memory nor the rest", async () => {
  const long = Buffer.concat([
    Buffer.from("sku,note\nA,1\nB,"),
    Buffer.alloc(100_000_000, "x"),
    Buffer.from("\nC,3\n"),
  ]);
  const before = process.memoryUsage().rss;
  const read = await readAll(long, csv());
  assert.ok(process.memoryUsage().rss - before < 150_000_000, "memory");
  assert.deepEqual(stopsOf(read), ["line 3: it has more than 1000000 bytes, of which the first 65536 are kept"]);
  assert.deepEqual(
    valuesOf(read).map((row) => (row as { sku: string }).sku),
    ["A", "C"],
  );
  assert.equal(read.items.at(-1)?.origin?.line, 4);
});

test("a quote that is opened before a megabyte of rows costs one row", async () => {
  const rows = Array.from({ length: 60_000 }, (_, at) => `S${at},plain text of row ${at}`);
  rows[10] = 'S10,"opened';
  const read = await readAll(`sku,note\n${rows.join("\n")}\n`, csv());
  assert.equal(valuesOf(read).length, 59_999);
  assert.equal(stopsOf(read).length, 1);
});

test("ten thousand columns are columns", async () => {
  const names = Array.from({ length: 10_000 }, (_, at) => `a column with a long name ${at}`);
  const read = await readAll(`${names.join(",")}\n${names.map((_, at) => at).join(",")}\n`, csv());
  assert.equal(Object.keys(valuesOf(read)[0] as object).length, 10_000);
});

test("what a dialect may be is declared, and read so", async () => {
  const rows = async (content: string, options: Parameters<typeof csv>[0]) =>
    valuesOf(await readAll(content, csv(options)));
  assert.deepEqual(await rows("A;1\n", { header: ["sku", "price"] }), [{ sku: "A", price: "1" }]);
  assert.deepEqual(await rows("A;1\nB;2\n", { header: false }), [
    ["A", "1"],
    ["B", "2"],
  ]);
  assert.deepEqual(await rows('sku,note\nA,5" pipe\n', { quote: false }), [{ sku: "A", note: '5" pipe' }]);
  assert.deepEqual(await rows("sku,note\nA,'a,b'\n", { quote: "'" }), [{ sku: "A", note: "a,b" }]);
  assert.deepEqual(await rows('sku,note\nA,"say \\"hi\\""\n', { escape: "backslash" }), [
    { sku: "A", note: 'say "hi"' },
  ]);
  assert.deepEqual(await rows("Prices of today\n\nsku,price\nA,1\n", { skipLines: 1 }), [{ sku: "A", price: "1" }]);
  assert.deepEqual(await rows("sep=;\nsku;price\nA;1,5\n", {}), [{ sku: "A", price: "1,5" }]);
  assert.deepEqual(await rows("sku,price\rA,1\rB,2\r", {}), [
    { sku: "A", price: "1" },
    { sku: "B", price: "2" },
  ]);
  assert.deepEqual(
    await rows("sku,price,\nA,1,\n", {}),
    [{ sku: "A", price: "1" }],
    "a column without name or content",
  );
});

const prices = "sku;price;note\nA;1,50;Café Müller\nB;2,50;naïve “façade” – 5 €\n";
const western = "sku;price;note\nA;1,50;Café Müller\n";

test("encoding and delimiter are found out, and said", async () => {
  const mark = "\ufeff";
  const cases: readonly [name: string, bytes: Buffer, reading: string][] = [
    ["UTF-8", Buffer.from(prices), "CSV, semicolon, no quotes, utf-8"],
    ["UTF-8 with a mark", Buffer.from(mark + prices), "CSV, semicolon, no quotes, utf-8"],
    ["UTF-16 with a mark", utf16(mark + prices, "le"), "CSV, semicolon, no quotes, utf-16le"],
    ["UTF-16, the other way round", utf16(mark + prices, "be"), "CSV, semicolon, no quotes, utf-16be"],
    ["UTF-16 without a mark", utf16(prices, "le"), "CSV, semicolon, no quotes, utf-16le"],
    ["UTF-16, other, without", utf16(prices, "be"), "CSV, semicolon, no quotes, utf-16be"],
    ["Windows-1252", windows1252(prices), "CSV, semicolon, no quotes, windows-1252"],
    ["Latin-1", Buffer.from(western, "latin1"), "CSV, semicolon, no quotes, latin1"],
    ["tabs", Buffer.from("sku\tprice\nA,a\t1\n"), "CSV, tab, no quotes, utf-8"],
    ["bars", Buffer.from("sku|price\nA,a|1\n"), "CSV, vertical bar, no quotes, utf-8"],
    ["quotes", Buffer.from('sku,price\n"A;b;c",1\n'), 'CSV, comma, quotes ", utf-8'],
    ["one column", Buffer.from("sku\nA\n"), "CSV, comma, no quotes, utf-8"],
  ];
  for (const [name, bytes, reading] of cases) {
    const read = await readAll(bytes, csv());
    assert.equal(read.reading, reading, name);
    if (!name.startsWith("UTF") && !name.startsWith("W")) continue;
    assert.deepEqual(
      valuesOf(read).map((row) => (row as { note: string }).note),
      ["Café Müller", "naïve “façade” – 5 €"],
      name,
    );
  }
});

test("what a file leaves open is not guessed: it says what to declare", async () => {
  const cyrillic = Buffer.from([0xc8, 0xe2, 0xe0, 0xed, 0xee, 0xe2]);
  const cases: readonly [name: string, bytes: Buffer, says: RegExp][] = [
    ["two delimiters", Buffer.from("sku,price;note\nA,1;x\n"), /comma \(2 columns\) and semicolon \(2 columns\) fit/],
    [
      "Cyrillic",
      Buffer.concat([Buffer.from("sku,name\nA,"), cyrillic]),
      /encoding cannot be told: it is not UTF-8, and its letters stand together/,
    ],
    [
      "Polish",
      Buffer.concat([Buffer.from("sku,name\nA,Wa"), Buffer.from([0xb3]), Buffer.from("brzych\n")]),
      /letters stand together/,
    ],
    [
      "Shift_JIS",
      Buffer.concat([Buffer.from("sku,name\nA,"), Buffer.from([0x83, 0x65, 0x83, 0x58])]),
      /no letter of Western European/,
    ],
    [
      "UTF-8 and Latin-1 mixed",
      Buffer.concat([Buffer.from("sku,name\nA,é\n"), Buffer.from("B,é\n", "latin1")]),
      /1 letters in it are UTF-8 and 1 bytes are not/,
    ],
    ["binary", Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 8, 0, 0xff, 0, 0, 1]), /NUL bytes/],
    ["a name twice", Buffer.from("sku,price,sku\nA,1,B\n"), /names "sku" twice, in columns 1 and 3/],
    ["no name at all", Buffer.from(",,\nA,1,B\n"), /names no column/],
    ["a prototype", Buffer.from("sku,__proto__\nA,1\n"), /__proto__/],
    [
      "a header that never ends",
      Buffer.from(`sku,"price\n${"A,1\n".repeat(400_000)}`),
      /first row does not end|cannot be read/,
    ],
  ];
  for (const [name, bytes, says] of cases) await assert.rejects(readAll(bytes, csv()), says, name);
});

test("what is declared is read so, by iconv-lite where Node cannot", async () => {
  const cases: readonly [encoding: string, bytes: readonly number[], text: string][] = [
    ["windows-1251", [0xc8, 0xe2, 0xe0, 0xed], "Иван"],
    ["shift_jis", [0x83, 0x65, 0x83, 0x58], "テス"],
    ["gb18030", [0xbc, 0xdb, 0xb8, 0xf1], "价格"],
    ["cp850", [0x81, 0x84], "üä"],
    ["utf-32le", [...Buffer.from("é\0\0\0", "latin1")], "é"],
    ["koi8-r", [0xe9], "И"],
  ];
  for (const [encoding, bytes, text] of cases) {
    const around = (part: string) =>
      encoding === "utf-32le" ? [...part].flatMap((letter) => [letter.charCodeAt(0), 0, 0, 0]) : [...Buffer.from(part)];
    const content = Buffer.from([...around("sku,name\nA,"), ...bytes, ...around("\nB,plain\n")]);
    const read = await readAll(content, csv({ encoding }));
    assert.deepEqual(
      valuesOf(read),
      [
        { sku: "A", name: text },
        { sku: "B", name: "plain" },
      ],
      encoding,
    );
  }
});
