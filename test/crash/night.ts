import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { between } from "../../examples/demo/chance.ts";
import type { DestinationOptions } from "../../examples/demo/destination.ts";
import type { How } from "../../src/ledger/ledger.ts";
import { Child } from "./child.ts";
import type { DestinationHeard, DestinationTold, Unanswered } from "./destination.ts";
import type { Audit, DoubtfulEffect, Heard, Plan, Told } from "./messages.ts";
import { ordersFor } from "./orders.ts";
import { armFor, placeFor, type Where } from "./places.ts";
import { brokenPromises } from "./promises.ts";
import { Sender } from "./sender.ts";

// One night: a fresh ledger and a destination that loses answers, orders and their edits coming in, and a worker that is killed three to five times while it
// works. Then it is left alone until every record has settled, and what it promised is held against what the destination counted.

export interface Kill {
  readonly where: Where;
  /** Effects in doubt at that moment, by how they repeat. */
  readonly inDoubt: Unanswered;
  /** Requests at the destination whose answers had not gone out. */
  readonly unanswered: number;
}

export interface Night {
  readonly seed: number;
  readonly kills: readonly Kill[];
  readonly broken: readonly string[];
  readonly story: readonly string[];
}

const orders = { orders: 160, customers: 60 };
const killsMin = 3;
const killsMax = 5;
const faults = { slow: 20, "reset-before": 20, "reset-after": 20, "error-after": 20, "lost-answer": 10, truncated: 20 };
export async function night(seed: number): Promise<Night> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-crash-"));
  const options: DestinationOptions = { seed, faults: { books: faults, mail: faults }, answerMs: [20, 120] };
  const destination = new Child<DestinationTold, DestinationHeard>("destination.ts", options);
  try {
    const url = (await destination.hear("url"))?.url ?? "";
    return await through(seed, `sqlite:${join(folder, "ledger.db")}`, url, destination);
  } finally {
    await destination.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function through(
  seed: number,
  ledger: string,
  url: string,
  destination: Child<DestinationTold, DestinationHeard>,
): Promise<Night> {
  const story: string[] = [];
  const kills: Kill[] = [];
  const doubts: DoubtfulEffect[] = [];
  const sender = new Sender(ordersFor(seed, orders));
  const wanted = between(killsMin, killsMax, seed, "kills");
  let killed: { readonly where: Where; readonly cut: Unanswered } | undefined;
  let audit: Audit | undefined;

  for (let life = 1; audit === undefined && life <= killsMax + 2; life++) {
    const where = life <= wanted ? placeFor(seed, life) : undefined;
    const arm = life <= wanted ? armFor(seed, life) : undefined;
    const plan: Plan = { ledger, destination: url, arm, looksFirst: true };
    const worker = new Child<Told, Heard>("worker.ts", plan);
    worker.on((heard) => "failed" in heard && story.push(`  life ${life}: ${heard.failed}`));
    const ready = await worker.hear("ready");
    if (ready !== undefined) {
      // What the worker before this one left: the ledger knows its intents, the destination the requests that nobody writes down first.
      const fresh = ready.inDoubt.filter(
        (one) => !doubts.some(({ record, name }) => record === one.record && name === one.name),
      );
      doubts.push(...fresh);
      if (killed !== undefined) {
        const inDoubt = { ...tally(fresh), natural: killed.cut.natural };
        kills.push({ where: killed.where, inDoubt, unanswered: sum(killed.cut) });
        story.push(`  left in doubt: ${words(inDoubt)}`);
        killed = undefined;
      }
      if (where === "random") killSometime(worker, seed, life);
      sender.sendTo(worker);
      const settled = (await sender.done(worker)) ? await worker.ask({ settle: true }, "settled") : undefined;
      if (settled?.settled === false) story.push(`  life ${life} did not settle: ${settled.why}`);
      if (settled !== undefined) audit = (await worker.ask({ audit: true }, "audit"))?.audit;
      if (audit !== undefined) worker.tell({ stop: true });
    }
    const signal = await worker.gone;
    if (audit === undefined) {
      const cut = (await destination.ask({ unanswered: true }, "unanswered"))?.unanswered ?? none;
      killed = { where: where ?? "random", cut };
      story.push(
        `life ${life} ended by ${signal} ${arm === undefined ? (where ?? "unasked") : `${arm.point} #${arm.nth}`}; unanswered: ${words(cut)}`,
      );
    }
  }

  const count = (await destination.ask({ count: true }, "count"))?.count;
  const broken =
    audit === undefined || count === undefined
      ? ["the worker never came to rest"]
      : brokenPromises(audit, count, doubts, sender);
  if (audit !== undefined) story.push(`books: ${JSON.stringify(audit.books)}`);
  return { seed, kills, broken, story: [...story, ...broken.map((one) => `BROKEN: ${one}`)] };
}

/** Once some orders are taken, and so others are on their way, at a moment that nothing in the worker chose. */
function killSometime(worker: Child<Told, Heard>, seed: number, life: number): void {
  let left = between(20, life === 1 ? 120 : 50, seed, "after", life);
  worker.on((heard) => {
    if ("acknowledged" in heard && --left === 0) {
      setTimeout(() => worker.process.kill("SIGKILL"), between(0, 150, seed, "at", life));
    }
  });
}

const none: Unanswered = { natural: 0, byKey: 0, byLookup: 0, atMostOnce: 0 };

function tally(effects: readonly { readonly how: How }[]): Unanswered {
  const counts = { ...none };
  for (const { how } of effects) counts[how]++;
  return counts;
}

export function sum(counts: Unanswered): number {
  return Object.values(counts).reduce((all, one) => all + one, 0);
}

function words(counts: Unanswered): string {
  return Object.entries(counts)
    .map(([how, count]) => `${how} ${count}`)
    .join(", ");
}
