import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { csv, file, integration } from "waybill";
import type { RecordWhole } from "../../src/ledger/ledger.ts";
import { type Inbox, quick, withInbox } from "../sources/file/inbox.ts";
import { columns, type Damage, damages, fileOf, Order, orderAt } from "./damages.ts";

const pathOf = (number: number): string => `inbox/${String(number).padStart(2, "0")}.csv`;

test("what spreadsheets do to a table reaches the person who keeps it, in words, and nothing that is good is stopped", async (t) => {
  const delivered = new Map<string, Record<string, unknown>>();
  const orders = integration("orders", {
    source: file("inbox/*.csv", { format: csv({ delimiter: "," }), brokenAtMost: 1_000, ...quick }),
    contract: Order,
    identify: ({ order }) => ({ id: order }),
    async deliver(order) {
      assert.ok(!delivered.has(order.order), `${order.order} was delivered twice`);
      delivered.set(order.order, order);
    },
  });
  await withInbox([orders], async (inbox) => {
    for (const [number, damage] of damages.entries()) inbox.write(pathOf(number), fileOf(damage, number));
    for (const _ of damages) await inbox.until("file.done");
    const book = await inbox.book();
    const wholes = await wholesOf(inbox);
    for (const [number, damage] of damages.entries()) {
      const seen = wholes.filter(({ origin }) => origin?.text.includes(pathOf(number))).flatMap(seenBy);
      assert.deepEqual(seen, damage.sees, damage.name);
      for (const row of [1, 3])
        assert.deepEqual(delivered.get(orderAt(number, row)), goodOrder(number, row), damage.name);
      checkPassed(damage, delivered.get(orderAt(number, 2)));
    }
    assert.equal(book.quarantined, damages.filter(({ sees }) => sees.length > 0).length);
    assert.equal(book.received, book.delivered + book.quarantined + book.duplicate);
    tell(t, book);
  });
});

async function wholesOf(inbox: Inbox): Promise<readonly RecordWhole[]> {
  const { rows } = await inbox.waybill.ledger.find({ limit: 1_000 });
  const wholes = await Promise.all(rows.map(({ record }) => inbox.waybill.ledger.record(record)));
  return wholes.filter((whole) => whole !== undefined);
}

/** What stands in the quarantine about a record, as `show` tells it. */
function seenBy({ state, issues = [], reason = "" }: RecordWhole): readonly string[] {
  if (state !== "quarantined") return [];
  if (issues.length === 0) return [reason.replace(/"ORD-\d+"/, '"…"').replace(/record \w+/, "record …")];
  return issues.map(({ path, message, found }) => (path === "" ? message : `${path}: ${message} (found ${found})`));
}

const goodOrder = (number: number, row: number) => ({
  order: orderAt(number, row),
  postcode: "02134",
  barcode: "036000291452",
  quantity: 12,
  price: { minor: 1250, currency: "AUD" },
  from: "2026-02-28",
  customer: "Zoë Müller",
  email: "zoe@example.com",
  paid: true,
});

/** What no contract sees is said to come out as it does. */
function checkPassed({ name, sees, passes, cells }: Damage, came: Record<string, unknown> | undefined): void {
  assert.equal(passes === undefined, sees.length > 0, name);
  if (passes === undefined || cells === undefined) return;
  const [column = ""] = Object.keys(cells);
  const value = came?.[column];
  const shown = typeof value === "object" ? JSON.stringify((value as { minor: number }).minor) : String(value);
  assert.equal(passes.as, `${column}: ${shown}`, name);
}

function tell(
  t: TestContext,
  book: { received: number; delivered: number; quarantined: number; duplicate: number },
): void {
  const { received, delivered, quarantined, duplicate } = book;
  t.diagnostic(
    `${damages.length} damages: in ${received} = delivered ${delivered} + quarantined ${quarantined} + duplicate ${duplicate}`,
  );
}

test("docs/contract.md shows these damages", () => {
  const path = fileURLToPath(new URL("../../docs/contract.md", import.meta.url));
  const page = readFileSync(path, "utf8");
  const seen = damages
    .filter(({ sees }) => sees.length > 0)
    .map((one) => [one.name, whereOf(one), one.sees.map(escaped).join("<br>")]);
  const unseen = damages.flatMap(({ name, passes }) =>
    passes === undefined ? [] : [[name, escaped(passes.as), passes.against]],
  );
  const right = [
    { mark: "damages", rows: [["damage", "what stands there", "what the person sees"], ...seen] },
    {
      mark: "damages that nobody sees",
      rows: [["damage", "what comes out", "what can be done against it"], ...unseen],
    },
  ].reduce((text, { mark, rows: [head = [], ...rows] }) => {
    const [before = "", , after = ""] = text.split(new RegExp(`(?<=<!-- ${mark} -->\n)|(?=<!-- end of ${mark} -->)`));
    const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
    return `${before}\n${lines.join("\n")}\n\n${after}`;
  }, page);
  // WRITE_DOCS=1 writes it.
  if (process.env.WRITE_DOCS === "1") writeFileSync(path, right);
  assert.equal(page, right, "run this test with WRITE_DOCS=1");
});

function whereOf({ cells, lines }: Damage): string {
  if (cells === undefined) return `\`${escaped(lines?.("ORD-0001").at(-1)?.slice(0, 60) ?? "")}\``;
  const given = columns.filter((column) => column in cells);
  const [only = "order"] = given;
  return given.length > 1 ? "most cells" : `\`${escaped(JSON.stringify(cells[only]))}\``;
}

const escaped = (text: string): string =>
  text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\u200b", "\\u200b");
