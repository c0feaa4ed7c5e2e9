import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { csv, file, integration, json, jsonl } from "waybill";
import { z } from "zod";
import { emptyFolder, opened, Price, prices, quick, rowsOf, withInbox } from "./inbox.ts";

const header = "sku,price\n";
const idsFrom = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `S${from + at}`);

test("every row of a file that is still becomes a record, in the order of the file, and says where it stands", async () => {
  await withInbox([prices()], async (inbox) => {
    inbox.write("inbox/a.csv", header + rowsOf(0, 2_500));
    const done = await inbox.until("file.done");
    assert.deepEqual([done.file, done.rows, done.broken], ["inbox/a.csv", 2_500, 0]);
    assert.deepEqual(await inbox.ids(), idsFrom(0, 2_500));
    const { rows } = await inbox.waybill.ledger.find({ id: "S1700", limit: 1 });
    const record = await inbox.waybill.ledger.record(rows[0]?.record ?? "");
    assert.equal(record?.origin?.line, 1_702);
    assert.deepEqual(JSON.parse(record?.origin?.text ?? ""), {
      file: "inbox/a.csv",
      format: "csv",
      encoding: "utf-8",
      delimiter: ",",
      quotes: "none seen",
    });
    assert.equal(Buffer.from(record?.raw ?? []).toString(), '{"sku":"S1700","price":"1700.50"}');
    const book = await inbox.book();
    assert.deepEqual([book.received, book.delivered], [2_500, 2_500]);
  });
});

test("a file that is being written is left alone until it is still", async () => {
  await withInbox([prices({ settle: "300ms" })], async (inbox) => {
    inbox.write("inbox/a.csv", "");
    for (const part of [header, ...Array.from({ length: 12 }, (_, at) => rowsOf(at * 10, at * 10 + 10))]) {
      appendFileSync(join(inbox.folder, "inbox/a.csv"), part);
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual(inbox.events, [], "nothing was read of it");
    }
    assert.equal((await inbox.until("file.done")).rows, 120);
  });
});

test("with a marker, a file is taken when the marker is there, and both go", async () => {
  for (const [ready, marker] of [
    [".done", "inbox/a.csv.done"],
    ["*.ok", "inbox/a.ok"],
  ] as const) {
    await withInbox([prices({ ready, after: "delete" }, { glob: "inbox/*" })], async (inbox) => {
      inbox.write("inbox/a.csv", header + rowsOf(0, 3));
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.deepEqual(inbox.events, []);
      inbox.write(marker, "");
      assert.equal((await inbox.until("file.done")).rows, 3);
      for (let tries = 0; tries < 200 && readdirSync(join(inbox.folder, "inbox")).length > 0; tries++)
        await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepEqual(readdirSync(join(inbox.folder, "inbox")), []);
    });
  }
});

test("what is archived never replaces what is in the archive, and is not read again there", async () => {
  await withInbox([prices({ after: { archive: "inbox/done" } }, { glob: "inbox/**/*.csv" })], async (inbox) => {
    for (const [from, to] of [
      [0, 3],
      [3, 6],
      [0, 3],
    ] as const) {
      inbox.write("inbox/a.csv", header + rowsOf(from, to));
      await inbox.until("file.archived");
    }
    const archived = readdirSync(join(inbox.folder, "inbox/done")).sort();
    assert.equal(archived.length, 3, archived.join());
    const contents = archived.map((name) => readFileSync(join(inbox.folder, "inbox/done", name), "utf8")).sort();
    assert.deepEqual(contents, [header + rowsOf(0, 3), header + rowsOf(0, 3), header + rowsOf(3, 6)].sort());
    const book = await inbox.book();
    assert.deepEqual([book.received, book.duplicate], [6, 0]);
    assert.ok(inbox.events.some(({ event }) => event === "file.known"));
  });
});

test("the same content is not read again: under another name, after another date, after a restart", async () => {
  const folder = emptyFolder();
  const first = await opened([prices()], folder);
  first.write("inbox/a.csv", header + rowsOf(0, 10));
  await first.until("file.done");
  first.write("inbox/b.csv", header + rowsOf(0, 10));
  assert.equal((await first.until("file.known")).file, "inbox/b.csv");
  await first.stop();
  const second = await opened([prices()], folder);
  second.write("inbox/a.csv", header + rowsOf(0, 10));
  second.write("inbox/c.csv", header + rowsOf(10, 11));
  await second.until("file.done");
  const book = await second.book();
  assert.deepEqual([book.received, book.duplicate], [11, 0]);
  await second.stop();
  rmSync(folder, { recursive: true });
});

test("of a file that has grown what was appended is read, and a last row that was cut off is read again whole", async () => {
  await withInbox([prices()], async (inbox) => {
    const path = join(inbox.folder, "inbox/a.csv");
    inbox.write("inbox/a.csv", header + rowsOf(0, 10));
    await inbox.until("file.done");
    appendFileSync(path, `${rowsOf(10, 20)}S20,2`);
    const second = await inbox.until("file.started");
    assert.equal(second.fromLine, 12);
    assert.equal((await inbox.until("file.done")).rows, 21);
    appendFileSync(path, "0.50\nS21,1\n");
    assert.equal((await inbox.until("file.started")).fromLine, 22);
    await inbox.until("file.done");
    const book = await inbox.book();
    // The half row had been taken with its half price: the whole one is not passed over quietly.
    assert.deepEqual([book.received, book.duplicate, book.quarantined], [23, 0, 1]);
  });
});

test("a file that is replaced by another, or cut short, is read as what it is then", async () => {
  await withInbox([prices()], async (inbox) => {
    inbox.write("inbox/a.csv", header + rowsOf(0, 100));
    await inbox.until("file.done");
    inbox.write("inbox/new", header + rowsOf(50, 150));
    renameSync(join(inbox.folder, "inbox/new"), join(inbox.folder, "inbox/a.csv"));
    await inbox.until("file.done");
    truncateSync(join(inbox.folder, "inbox/a.csv"), (header + rowsOf(50, 60)).length);
    await inbox.until("file.done");
    const book = await inbox.book();
    assert.deepEqual([book.received, book.duplicate, book.delivered], [210, 60, 150]);
  });
});

test("a file that changes while it is read is read again once it is still: no row is lost, none is taken twice", async () => {
  await withInbox([prices()], async (inbox) => {
    const path = join(inbox.folder, "inbox/a.csv");
    const half = header + rowsOf(30_000, 45_000);
    const changes: readonly (readonly [what: string, change: () => void, last: number])[] = [
      ["appended", () => appendFileSync(path, rowsOf(20_000, 20_010)), 20_010],
      ["replaced", () => writeFileSync(path, header + rowsOf(10_000, 30_000)), 30_000],
      ["cut short", () => truncateSync(path, half.length), 45_000],
    ];
    for (const [what, change, last] of changes) {
      inbox.write("inbox/a.csv", what === "cut short" ? header + rowsOf(30_000, 60_000) : header + rowsOf(0, 20_000));
      await inbox.until("file.started");
      await new Promise((resolve) => setTimeout(resolve, 30));
      change();
      for (let tries = 0; tries < 400; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        if ((await inbox.waybill.ledger.find({ id: `S${last - 1}`, limit: 1 })).rows.length > 0) break;
      }
      await inbox.until("file.done");
      const known = new Set(await inbox.ids());
      const lost = idsFrom(0, last).filter((id) => !known.has(id));
      assert.deepEqual(lost, [], what);
      const book = await inbox.book();
      assert.equal(book.received - book.duplicate, known.size, `${what}: each row once`);
    }
    assert.ok(
      inbox.events.some(({ event }) => event === "file.changed"),
      "a change was seen in the middle",
    );
  });
});

test("too many broken rows stop the file, and it goes on where it stopped once the definition is corrected", async () => {
  const folder = emptyFolder();
  const wrong = integration("prices", {
    source: file("inbox/*.csv", { format: csv(), ...quick }),
    contract: z.object({ SKU: z.string() }),
    identify: ({ SKU }) => ({ id: SKU }),
    async deliver() {},
  });
  const first = await opened([wrong], folder);
  first.write("inbox/a.csv", header + rowsOf(0, 5_000));
  const stopped = await first.until("file.stopped");
  assert.match(stopped.why, /100 of its first 100 rows break the format or the contract, and at most 50% may/);
  assert.equal((await first.book()).quarantined, 100, "a clerk has a hundred to look at, and not five thousand");
  await first.stop();
  const again = await opened([wrong], folder);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(again.events, [], "with the same definition it stays where it is");
  await again.stop();
  const second = await opened([prices({ brokenAtMost: "99%" })], folder, "two");
  assert.equal((await second.until("file.started")).fromLine, 102);
  assert.equal((await second.until("file.done")).rows, 5_000);
  const book = await second.book();
  assert.deepEqual([book.received, book.quarantined, book.delivered], [5_000, 100, 4_900]);
  await second.stop();
  rmSync(folder, { recursive: true });
});

test("a number of broken rows may be said, and the rows before are taken", async () => {
  await withInbox([prices({ brokenAtMost: 2 })], async (inbox) => {
    const rows = rowsOf(0, 300).split("\n");
    for (const at of [150, 160, 170, 180]) rows[at] = "broken";
    inbox.write("inbox/a.csv", header + rows.join("\n"));
    assert.match((await inbox.until("file.stopped")).why, /4 of its first 300 rows .* at most 2 may/);
    assert.ok(existsSync(join(inbox.folder, "inbox/a.csv")));
  });
});

test("the same broken row in tomorrow's file is a duplicate, and goes on when it passes", async () => {
  await withInbox([prices()], async (inbox) => {
    inbox.write("inbox/a.csv", `${header}A,1\nB,cheap\nC\n`);
    await inbox.until("file.done");
    inbox.write("inbox/b.csv", `${header}A,1\nB,cheap\nC\nD,1\n`);
    await inbox.until("file.done");
    const book = await inbox.book();
    assert.deepEqual([book.received, book.duplicate, book.quarantined, book.delivered], [7, 3, 2, 2]);
  });
});

test("one source feeds several integrations, each by its own contract", async () => {
  const source = file("inbox/*.csv", { format: csv({ delimiter: "," }), ...quick });
  const strict = integration("strict", {
    source,
    contract: Price,
    identify: ({ sku }) => ({ id: sku }),
    async deliver() {},
  });
  const loose = integration("loose", {
    source,
    contract: z.object({ sku: z.string() }),
    identify: ({ sku }) => ({ id: sku }),
    async deliver() {},
  });
  await withInbox([strict, loose], async (inbox) => {
    inbox.write("inbox/a.csv", `${header}A,1\nB,cheap\n`);
    await inbox.until("file.done");
    await inbox.waybill.settled(undefined, 10_000);
    const books = await inbox.waybill.ledger.balance(undefined);
    assert.deepEqual(
      books.map(({ integration, delivered, quarantined }) => [integration, delivered, quarantined]).sort(),
      [
        ["loose", 2, 0],
        ["strict", 1, 1],
      ],
    );
  });
});

test("what is no file is never opened, what cannot be read is said once, and the rest is read", async () => {
  await withInbox([prices({}, { glob: "inbox/*" })], async (inbox) => {
    const at = (name: string) => join(inbox.folder, "inbox", name);
    mkdirSync(at("folder.csv"));
    execFileSync("mkfifo", [at("pipe.csv")]);
    writeFileSync(at("secret.csv"), header);
    chmodSync(at("secret.csv"), 0);
    symlinkSync("/etc/hostname", at("outside.csv"));
    symlinkSync(at("nowhere"), at("dangling.csv"));
    writeFileSync(at("~$open.csv"), "x");
    inbox.write("inbox/z.csv", header + rowsOf(0, 5));
    while ((await inbox.until("file.done")).file !== "inbox/z.csv");
    await new Promise((resolve) => setTimeout(resolve, 200));
    const told = inbox.events.flatMap((event) => (event.event === "file.unreadable" ? [[event.file, event.why]] : []));
    const byPath = Object.fromEntries(told as [string, string][]);
    assert.equal(Object.keys(byPath).length, told.length, "each is told once");
    assert.match(byPath["inbox/folder.csv"] ?? "", /it is a folder/);
    assert.match(byPath["inbox/pipe.csv"] ?? "", /a pipe/);
    assert.match(byPath["inbox/outside.csv"] ?? "", /outside the project's folder/);
    // The superuser reads everything.
    if (process.getuid?.() !== 0) assert.match(byPath["inbox/secret.csv"] ?? "", /permission denied/);
  });
});

test("a folder that vanishes is said, and read again when it is back", async () => {
  await withInbox([prices()], async (inbox) => {
    inbox.write("inbox/a.csv", header + rowsOf(0, 5));
    await inbox.until("file.done");
    renameSync(join(inbox.folder, "inbox"), join(inbox.folder, "away"));
    const gone = await inbox.until("file.unreadable");
    assert.deepEqual([gone.file, gone.why], ["inbox", "the folder is not there"]);
    renameSync(join(inbox.folder, "away"), join(inbox.folder, "inbox"));
    inbox.write("inbox/b.csv", header + rowsOf(5, 8));
    assert.equal((await inbox.until("file.done")).rows, 3);
  });
});

test("a file that nobody can tell how to read stops with what to declare, and is read once it is replaced", async () => {
  await withInbox([prices({ format: csv() })], async (inbox) => {
    inbox.write("inbox/a.csv", "sku,price;x\nA,1;y\n");
    const stopped = await inbox.until("file.stopped");
    assert.match(stopped.why, /comma .* and semicolon .* fit/);
    assert.match(stopped.hint ?? "", /csv\(\{ delimiter/);
    const waiting = () =>
      inbox.waybill
        .files()
        ?.status()[0]
        ?.stopped.map(({ file }) => file);
    for (let tries = 0; tries < 200 && waiting()?.length === 0; tries++) await new Promise((r) => setTimeout(r, 10));
    assert.deepEqual(waiting(), ["inbox/a.csv"]);
    inbox.write("inbox/a.csv", header + rowsOf(0, 4));
    assert.equal((await inbox.until("file.done")).rows, 4);
    assert.deepEqual(inbox.waybill.files()?.status()[0]?.stopped, []);
  });
});

test("JSON Lines and JSON lists are read value by value, and numbers keep their digits", async () => {
  const big = integration("lines", {
    source: [file("inbox/*.jsonl", { format: jsonl(), ...quick }), file("inbox/*.json", { format: json(), ...quick })],
    contract: z.object({ id: z.union([z.bigint(), z.string()]) }),
    identify: ({ id }) => ({ id: String(id) }),
    async deliver() {},
  });
  await withInbox([big], async (inbox) => {
    inbox.write("inbox/a.jsonl", '{"id":9007199254740993}\n\n{"id":\n{"id":"b"}\n{"id":"c","id":"d"}\n');
    await inbox.until("file.done");
    assert.deepEqual(await inbox.ids(), ["9007199254740993", undefined, "b", undefined]);
    inbox.write("inbox/b.json", '[\n {"id":"e,]}"},\n {"id":\n"f"},\n{"id" "g"},\n {"id":"h"}]\n');
    await inbox.until("file.done");
    assert.deepEqual((await inbox.ids()).slice(4), ["e,]}", "f", undefined, "h"]);
    inbox.write("inbox/c.json", '[{"id":"i"},{"id":"j"');
    assert.match((await inbox.until("file.stopped")).why, /the list is not closed/);
    assert.deepEqual((await inbox.ids()).slice(8), ["i"]);
  });
});
