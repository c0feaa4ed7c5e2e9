// A bad night in under a minute: `npm run demo`.
//
// A shop sends 2,000 signed orders, edited, repeated, late, broken and forged, to a real Waybill server. The destination behind it is slow, resets
// connections, answers 500 after it has done its work, and loses answers. The server is killed three times with SIGKILL while it works. At the end the
// books stand beside what the destination counted itself.
//
//   npm run demo -- [--seed 7] [--keep]

import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { deliveriesFor } from "./deliveries.ts";
import type { DestinationOptions } from "./destination.ts";
import { type Book, type RecordRow, readBook, readRecords } from "./operations.ts";
import { bad, bar, beside, bold, dim, good, LiveLine, say, thousands } from "./picture.ts";
import { DestinationProcess, ServerProcess } from "./processes.ts";
import { type Promises, promisesKept } from "./promises.ts";
import { sendAll } from "./shop.ts";

const { values } = parseArgs({ options: { seed: { type: "string" }, keep: { type: "boolean", default: false } } });
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const deliveriesCount = 2_000;
const perSecond = 150;
const killAt = [0.25, 0.5, 0.75];
const settleMsMax = 60_000;
const folder = fileURLToPath(new URL("../../.waybill/demo", import.meta.url));
const secret = "whsec_VGhlIHNob3AgYW5kIFdheWJpbGwga25vdyB0aGlzLg==";
const misbehaves: DestinationOptions["faults"] = {
  books: {
    slow: 20,
    "reset-before": 15,
    "reset-after": 15,
    "error-after": 15,
    "lost-answer": 6,
    truncated: 12,
    limited: 0.5,
    unavailable: 0.5,
  },
  mail: {
    slow: 20,
    "reset-before": 3,
    "reset-after": 4,
    "error-after": 4,
    "lost-answer": 2,
    limited: 0.5,
    unavailable: 0.5,
  },
};
const startedMs = performance.now();
const seconds = (): number => Math.round((performance.now() - startedMs) / 1_000);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

say();
say(`  ${bold("Waybill")}  ${dim(`a bad night in a minute, seed ${seed}`)}`);
say();
const destination = await DestinationProcess.start({ seed, faults: misbehaves, answerMs: [5, 30] });
const server = new ServerProcess({
  env: { DEMO_DESTINATION: destination.url, DEMO_TOKEN: "a token of the demo", DEMO_WEBHOOK_SECRET: secret },
  log: join(folder, "server.log"),
});
await server.start();
say(`  shop         sends ${thousands(deliveriesCount)} signed orders: edited, repeated, late, broken, forged`);
say(`  server       ${server.url}   ${dim("waybill start, a process of its own, killed three times")}`);
say(`  destination  ${destination.url}   ${dim("slow, resets, 500 after the deed, 429, 503, half and lost answers")}`);
say();

const line = new LiveLine();
let sentCount = 0;
let kills = 0;
let phase = "sending";
const timer = setInterval(() => void progress(), 250);

async function progress(): Promise<void> {
  const { invoices } = await destination.count();
  const made = Object.keys(invoices).length;
  line.show(
    `${bar(sentCount / deliveriesCount)}  ${phase}  ${thousands(sentCount)} sent, ${thousands(made)} invoices made  ${dim(`${seconds()} s`)}`,
  );
}

let killing: Promise<void> = Promise.resolve();
function killIfDue(): void {
  const due = killAt[kills];
  if (due === undefined || sentCount < due * deliveriesCount) return;
  kills += 1;
  const nth = kills;
  killing = (async () => {
    await server.kill();
    const killedMs = performance.now();
    await server.start();
    const gap = ((performance.now() - killedMs) / 1_000).toFixed(1);
    line.note(`${bad("SIGKILL")} no. ${nth} after ${thousands(sentCount)} orders, back after ${gap} s`);
  })();
}

const sent = await sendAll(deliveriesFor(seed, deliveriesCount), {
  url: () => server.url,
  secret,
  perSecond,
  onSent(count) {
    sentCount = count;
    killIfDue();
  },
});
await killing;
phase = "settling";
const book = await settled();
clearInterval(timer);
line.end();

const held = await readRecords(server.url, "held");
const quarantined = await readRecords(server.url, "quarantined");
const count = await destination.count();
const promises = promisesKept(sent, book, held, count);
picture(book, promises);
process.exitCode = isKept(promises, book) ? 0 : 1;

if (values.keep) {
  say(`  ${bold("It keeps running")} ${dim("until Ctrl-C")}`);
  say(`  ${server.url}/            the books`);
  say(`  ${server.url}/v1/balance  the same as JSON`);
  say();
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}
await server.stop();
destination.stop();

/** The books, once nothing is on its way any more. */
async function settled(): Promise<Book> {
  const deadlineMs = performance.now() + settleMsMax;
  for (;;) {
    const found = await readBook(server.url);
    if (found.waiting + found.delivering === 0 || performance.now() > deadlineMs) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function isKept({ lost, doubled, wrong }: Promises, found: Book): boolean {
  return (
    lost.length + doubled.length + wrong.length === 0 &&
    found.waiting + found.delivering + found.dead === 0 &&
    kills === killAt.length
  );
}

function picture(found: Book, kept: Promises): void {
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((all, one) => all + one, 0);
  const books = ["received", "duplicate", "delivered", "quarantined", "held", "waiting", "delivering", "dead"] as const;
  say(
    beside(
      {
        heading: "Waybill's books",
        rows: books.filter((name) => found[name] > 0 || name === "dead").map((name) => [name, found[name]]),
      },
      {
        heading: "The destination's own count",
        rows: [
          ["invoices", sum(count.invoices)],
          ["charges", sum(count.charges)],
          ["receipts", sum(count.receipts)],
          ["requests", count.requests],
          ["misbehaved", sum(count.faults)],
        ],
      },
    ),
  );
  say(`  ${dim(`refused ${thousands(found.refused)}: forged, so never a record`)}`);
  say();
  verdict(
    "lost",
    kept.lost,
    `${thousands(kept.whole)} orders have one invoice, one charge and one receipt; ${thousands(kept.waiting)} wait for a person`,
  );
  verdict("doubled", kept.doubled, "nothing was made twice, whatever was repeated");
  const onTheWay =
    found.waiting + found.delivering === 0 ? [] : [`${found.waiting + found.delivering} records have not settled`];
  const dead = found.dead === 0 ? [] : [`${found.dead} records are dead`];
  verdict(
    "wrong",
    [...kept.wrong, ...onTheWay, ...dead],
    "the books balance, details are as of the last edit, no forgery got in",
  );
  say();
  say(`  ${bold("What waits for a person")}`);
  inbox("quarantined", quarantined);
  inbox("held", held);
  say();
  say(`  ${bold("Try next")}  ${dim("the ledger stays in .waybill/demo until the next demo")}`);
  const config = "--config examples/demo/waybill.config.ts";
  const first = held[0] ?? quarantined[0];
  say(`  npm run -s waybill -- balance ${config}`);
  say(`  npm run -s waybill -- quarantine ls ${config}`);
  say(`  npm run -s waybill -- held ls ${config}`);
  if (first !== undefined) say(`  npm run -s waybill -- show ${first.record} ${config}`);
  say();
  say(`  ${dim(`${seconds()} s, seed ${seed}`)}`);
  say();
}

function verdict(what: string, broken: readonly string[], otherwise: string): void {
  if (broken.length === 0) return say(`  ${good("✓")} ${what.padEnd(8)}${bold("0")}  ${dim(otherwise)}`);
  say(`  ${bad("✗")} ${what.padEnd(8)}${bold(String(broken.length))}`);
  for (const one of broken.slice(0, 5)) say(`      ${one}`);
  if (broken.length > 5) say(`      ${dim(`and ${broken.length - 5} more`)}`);
}

function inbox(state: string, rows: readonly RecordRow[]): void {
  for (const [cause, some] of Map.groupBy(rows, (row) => row.cause ?? "")) {
    const reason = some[0]?.reason ?? "";
    const short = reason.length > 84 ? `${reason.slice(0, 83)}…` : reason;
    say(`  ${state.padEnd(12)}${String(some.length).padStart(4)}  ${cause.padEnd(12)}${dim(short)}`);
  }
}
