import { createReadStream, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse";
import { csv, file, type Integration, integration } from "waybill";
import { z } from "zod";
import { assemble } from "../../src/assembly/assemble.ts";
import { fileFeeds } from "../../src/sources/feeds.ts";
import { FilePasses } from "../../src/sources/file/pass.ts";
import { inFolder } from "../processes.ts";

const linesAtOnce = 10_000;

/** Rows of 150 bytes, a tenth of them with a quoted cell. */
function writeRows(path: string, count: number): void {
  const target = openSync(path, "w");
  writeSync(target, "sku,name,price,currency,from,stock,supplier,note\n");
  let text = "";
  for (let at = 0; at < count; at++) {
    const note = at % 10 === 0 ? `"as agreed, by ""phone"" on the ${(at % 28) + 1}th"` : "as agreed by phone on monday";
    const from = `${String((at % 28) + 1).padStart(2, "0")}/03/2026`;
    text += `SKU-${1_000_000 + at},Garden hose with a brass nozzle ${at % 977},${at % 997}.50,AUD,${from},${at % 300},Supplier ${at % 50} Pty Ltd of Fremantle WA 6160,${note}\n`;
    if (at % linesAtOnce === linesAtOnce - 1 || at === count - 1) {
      writeSync(target, text);
      text = "";
    }
  }
}

const Row = z.object({
  sku: z.string().min(1).max(64),
  name: z.string().min(1),
  price: z.string().regex(/^\d+\.\d{2}$/),
  currency: z.literal("AUD"),
  from: z.string().regex(/^\d{2}\/\d{2}\/\d{4}$/),
  stock: z.string().regex(/^\d+$/),
  supplier: z.string(),
  note: z.string(),
});

const prices: Integration = integration("prices", {
  source: file("inbox/*.csv", { format: csv(), settle: "0s" }),
  contract: Row,
  identify: ({ sku }) => ({ id: sku }),
  async deliver() {},
});

/** csv-parse alone, which stores nothing: the measure of an import. */
export async function csvParse(count: number): Promise<Record<string, number>> {
  return inFolder(async (folder) => {
    const path = join(folder, "prices.csv");
    writeRows(path, count);
    const from = performance.now();
    let rows = 0;
    for await (const _ of createReadStream(path).pipe(parse({ columns: true }))) rows++;
    if (rows !== count) throw new Error(`csv-parse read ${rows} of ${count} rows.`);
    return { perSecond: (count * 1_000) / (performance.now() - from) };
  });
}

/** A file source from the file to durable records: found, read, checked, stored. Nothing is delivered meanwhile. */
export async function files(count: number): Promise<Record<string, number>> {
  return inFolder(async (folder) => {
    mkdirSync(join(folder, "inbox"));
    const path = join(folder, "inbox/prices.csv");
    writeRows(path, count);
    const whole = await wholeFile(folder, count);
    return { ...whole, megabytes: statSync(path).size / 1e6 };
  });
}

async function wholeFile(folder: string, count: number): Promise<Record<string, number>> {
  const assembly = await assemble({
    integrations: [prices],
    ledger: `sqlite:${join(folder, "ledger.db")}`,
    release: "bench",
  });
  const { ledger, intake, world, emit } = assembly;
  await ledger.own(Date.now());
  const [feed] = fileFeeds([prices.definition]);
  if (feed === undefined) throw new Error("There is no file source.");
  const passes = new FilePasses(feed, { ledger, intake, world, emit, folder, contracts: () => "bench" });
  const from = performance.now();
  await passes.pass({ isStopping: () => false, onProgress: () => undefined });
  const perSecond = (count * 1_000) / (performance.now() - from);
  const maxRssMb = process.resourceUsage().maxRSS / 1_024;
  const [book] = await ledger.balance("prices");
  if (book?.received !== count || book.waiting !== count)
    throw new Error(`${book?.received} of ${count} rows were taken, and ${book?.waiting} wait.`);
  await assembly.stop();
  return { perSecond, maxRssMb };
}
