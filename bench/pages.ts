// How long each page of the dashboard takes at the server over a ledger with many records, on both stores: medians in milliseconds.
//
//   node -C waybill-source bench/pages.ts [--records 1000000] [--stores sqlite,postgres] [--times 7]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { byKey, createWaybill, integration, push, rate, secret, system } from "waybill";
import { z } from "zod";
import { startPostgres } from "../scripts/postgres.ts";
import { customerAt, entityAt, fillPostgres, fillSqlite, idAt, integrationOf } from "./million.ts";
import { median, quantile } from "./processes.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "1000000" },
    stores: { type: "string", default: "sqlite,postgres" },
    times: { type: "string", default: "7" },
  },
});
const count = Number(values.records);
const times = Number(values.times);

const books = system("books", { baseUrl: "http://127.0.0.1:9", limits: [rate(600, "1m")] });
const orders = integration(integrationOf, {
  source: push(),
  contract: z.object({ id: z.string(), customer: z.string(), email: z.string(), total: z.number() }),
  identify: ({ id, customer }) => ({ id, entity: id.replace(/-[123]$/, ""), key: customer }),
  async deliver(order, { effect }) {
    await effect("invoice", books.post("/invoices", { json: order, idempotency: byKey() }));
  },
});

const token = "a token for whoever measures";
process.env.WAYBILL_TOKEN = token;
const server = { token: secret("WAYBILL_TOKEN") };

const middle = Math.floor(count / 2);
const searchFor = (text: string): string => `/records?search=${encodeURIComponent(text)}`;
const paths: Readonly<Record<string, string>> = {
  overview: "/",
  records: "/records",
  "records: dead": "/records?state=dead",
  "records: held": "/records?state=held&since=7d",
  "records: waiting": "/records?state=waiting",
  "records: of a day": "/records?since=24h",
  "search: id": searchFor(idAt(middle)),
  "search: entity": searchFor(entityAt(middle)),
  "search: key": searchFor(customerAt(middle)),
  "search: nothing": searchFor("nobody-has-this"),
  "one record": "",
  inboxes: "/inboxes",
  alerts: "/alerts",
  systems: "/systems",
  sources: "/sources",
  drift: "/drift",
  week: "/week",
};

const table: string[] = [];
for (const store of values.stores.split(",")) {
  const measured = store === "sqlite" ? await onSqlite() : await onPostgres();
  table.push(...measured);
}
console.log(`${count.toLocaleString("en")} records; median and slowest of ${times}, in milliseconds\n`);
console.log(table.join("\n"));

async function onSqlite(): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-pages-"));
  try {
    const path = join(folder, "ledger.db");
    await (await begun(`sqlite:${path}`)).stop();
    said("filling SQLite");
    fillSqlite(path, count, Date.now());
    return await measure("sqlite", `sqlite:${path}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function onPostgres(): Promise<readonly string[]> {
  await using postgres = await startPostgres({ version: 15, fsync: true });
  await (await begun(postgres.url())).stop();
  said("filling PostgreSQL");
  await fillPostgres(postgres, count, Date.now());
  return await measure("postgres", postgres.url());
}

/** With a book, since something came once. */
async function begun(ledger: string) {
  const waybill = await createWaybill({ ledger, integrations: [orders], server });
  await waybill.balance();
  return waybill;
}

async function measure(store: string, ledger: string): Promise<readonly string[]> {
  await using waybill = await createWaybill({ ledger, integrations: [orders], server });
  await waybill.start();
  const listed = await page(waybill, "/records?limit=1");
  const record = /href="[^"]*records\/([0-9a-v]{11})"/.exec(listed.text)?.[1];
  if (record === undefined) throw new Error(`no record is listed: ${listed.status} ${listed.text.slice(0, 500)}`);
  const lines: string[] = [];
  for (const [name, path] of Object.entries({ ...paths, "one record": `/records/${record}` })) {
    const tookMs: number[] = [];
    let bytes = 0;
    for (let time = 0; time < times; time++) {
      const seen = await page(waybill, path);
      if (seen.status !== 200) throw new Error(`${path} answered ${seen.status}: ${seen.text.slice(0, 500)}`);
      tookMs.push(seen.tookMs);
      bytes = seen.text.length;
    }
    lines.push(
      `${store.padEnd(9)}${name.padEnd(20)}${median(tookMs).toFixed(0).padStart(8)}${quantile(tookMs, 1).toFixed(0).padStart(8)}${(bytes / 1_000).toFixed(1).padStart(8)} kB`,
    );
    said(lines.at(-1) ?? "");
  }
  return lines;
}

type Waybill = Awaited<ReturnType<typeof createWaybill>>;

async function page(waybill: Waybill, path: string): Promise<{ status: number; text: string; tookMs: number }> {
  const from = performance.now();
  const answer = await waybill.fetch(
    new Request(`http://127.0.0.1:8080${path}`, { headers: { authorization: `Bearer ${token}`, accept: "text/html" } }),
  );
  const text = await answer.text();
  return { status: answer.status, text, tookMs: performance.now() - from };
}

function said(text: string): void {
  process.stderr.write(`${text}\n`);
}
