import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { chance } from "../../examples/demo/chance.ts";
import type { DestinationOptions } from "../../examples/demo/destination.ts";
import { startPostgres } from "../../scripts/postgres.ts";
import type { Claimed, Ledger, RecordWhole } from "../../src/ledger/ledger.ts";
import { openPostgres } from "../../src/ledger/postgres/open.ts";
import type { State } from "../../src/model/record.ts";
import { systemClock } from "../../src/world/clock.ts";
import { systemRandom } from "../../src/world/random.ts";
import { Child } from "../crash/child.ts";
import type { DestinationHeard, DestinationTold } from "../crash/destination.ts";
import type { Heard, Plan, Told } from "../crash/messages.ts";
import { ordersFor } from "../crash/orders.ts";
import { brokenPromises } from "../crash/promises.ts";
import { Sender } from "../crash/sender.ts";
import { Desk, effectOf, put } from "../ledger/conformance/arrange.ts";
import { openSqliteHere } from "../ledger/here.ts";
import { outOfOrder } from "./order.ts";

// A ledger in a file that has seen much, and whose process dies in the middle of its work, moves to PostgreSQL. Nothing of what it had seen may be another
// there, and what was under way goes on: once.

export interface Moving {
  readonly records: number;
  readonly tookMs: number;
  /** Effects that the destination had got and not answered when the process died. */
  readonly unanswered: number;
  /** Of those that were under way or waited: now delivered. */
  readonly delivered: number;
  readonly held: number;
  readonly states: Readonly<Partial<Record<State, number>>>;
  readonly broken: readonly string[];
}

const past = "past";
const batch = 250;
/** One of so many records is compared in all that is known of it. */
const wholeEvery = 50;
const settledMs = 120_000;
const underWayMin = 20;
const ended = ["delivered", "waiting", "dead", "held", "quarantined", "filtered", "superseded", "discarded"] as const;
type Ended = (typeof ended)[number];

/** @param count how many records there are from before. */
export async function moving(seed: number, count: number): Promise<Moving> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-moving-"));
  const from = `sqlite:${join(folder, "ledger.db")}`;
  const options: DestinationOptions = { seed, faults: { books: { slow: 20 }, mail: {} }, answerMs: [100, 400] };
  const destination = new Child<DestinationTold, DestinationHeard>("destination.ts", options);
  try {
    const destinationUrl = (await destination.hear("url"))?.url ?? "";
    await using postgres = await startPostgres({ version: 18 });
    const samples = await filled(from, seed, count);
    const sender = new Sender([]);
    const unanswered = await killed(from, destinationUrl, { destination, sender, seed });
    const before = await seen(openHere(from), samples);

    const to = postgres.url();
    const beganAt = performance.now();
    moved(from, to);
    const tookMs = performance.now() - beganAt;
    const ledger = await openPostgres({ address: to, role: "guest", mustExist: true });
    const after = await seen(ledger, samples);
    const gone = await goneOn(to, destinationUrl, { destination, sender });
    return {
      records: count,
      tookMs,
      unanswered,
      states: after.states,
      delivered: gone.delivered,
      held: gone.held,
      broken: [...differences(before, after), ...gone.broken],
    };
  } finally {
    await destination.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const openHere = (address: string): Ledger =>
  openSqliteHere({ address, role: "owner", mustExist: false }, { clock: systemClock, random: systemRandom });

/** Records in every state, most of them delivered; answers some of them. */
async function filled(address: string, seed: number, count: number): Promise<readonly string[]> {
  const ledger = openHere(address);
  const desk = new Desk(ledger);
  const samples: string[] = [];
  for (let at = 0; at < count; at += batch) {
    const orders = Array.from({ length: Math.min(batch, count - at) }, (_, n) => ({
      id: `P-${at + n}`,
      integration: past,
      raw: JSON.stringify({ id: `P-${at + n}`, total: "12.50", note: "größe ☃ ".repeat(20) }),
    }));
    const taken = await desk.take(orders);
    // Some come twice.
    await desk.take(orders.slice(0, 5));
    samples.push(...taken.filter((_, n) => (at + n) % wholeEvery === 0).map(({ record }) => record));
    await Promise.all((await desk.claim(batch, [past])).map((one) => end(desk, one, endOf(one, seed))));
  }
  await ledger.close();
  return samples;
}

function endOf({ id }: Claimed, seed: number): Ended {
  const at = Math.floor(chance(seed, "ended", id) * ended.length * 4);
  return ended[at] ?? "delivered";
}

async function end(desk: Desk, claimed: Claimed, to: Ended): Promise<void> {
  const state = to === "delivered" ? "done" : to === "held" ? "doubt" : "refused";
  const effect = effectOf(claimed, "invoice", { state, result: '{"number":7}' });
  const settlement = desk.settlement(to, to === "waiting" ? { nextAtMs: Date.now() + 86_400_000 } : {});
  await desk.write(claimed, { effects: [put(effect)], settlement });
}

interface Works {
  readonly destination: Child<DestinationTold, DestinationHeard>;
  readonly sender: Sender;
}

/** A process works with the ledger until enough is under way, and dies. Answers how many effects had no answer then. */
async function killed(ledger: string, url: string, { destination, sender, seed }: Works & { readonly seed: number }) {
  const worker = new Child<Told, Heard>("worker.ts", planOf(ledger, url));
  await worker.hear("ready");
  sender.add(ordersFor(seed, { orders: 120, customers: 100 }));
  sender.sendTo(worker);
  const underWay = async () => (await destination.ask({ underWay: true }, "underWay"))?.underWay ?? 0;
  for (let tries = 0; tries < 200; tries++, await sleep(50))
    if (sender.acknowledged.length >= 60 && (await underWay()) >= underWayMin) break;
  await destination.ask({ unanswered: true }, "unanswered");
  worker.process.kill("SIGKILL");
  await worker.gone;
  const cut = await destination.ask({ unanswered: true }, "unanswered");
  return cut?.all ?? 0;
}

const planOf = (ledger: string, destination: string): Plan => ({
  ledger,
  destination,
  timeout: "2s",
  arm: undefined,
  looksFirst: false,
});

function moved(from: string, to: string): void {
  const program = fileURLToPath(new URL("../../src/cli/waybill.ts", import.meta.url));
  const args = ["-C", "waybill-source", program, "move", from, to, "--why", "it outgrew its file"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`it was not moved: ${stdout}\n${stderr}`);
}

interface Seen {
  readonly books: unknown;
  readonly states: Readonly<Partial<Record<State, number>>>;
  readonly wholes: readonly (RecordWhole | undefined)[];
}

/** What a ledger says of its past, after which it is closed. */
async function seen(ledger: Ledger, samples: readonly string[]): Promise<Seen> {
  try {
    const books = await ledger.balance(past);
    const states = Object.fromEntries(ended.map((state) => [state, books[0]?.[state]]));
    const wholes: (RecordWhole | undefined)[] = [];
    for (const record of samples) wholes.push(await ledger.record(record));
    return { books, states, wholes };
  } finally {
    await ledger.close();
  }
}

function differences(before: Seen, after: Seen): string[] {
  const missing = ended.filter((state) => (after.states[state] ?? 0) === 0);
  const others = before.wholes.filter((whole, at) => !isDeepStrictEqual(whole, after.wholes[at]));
  return [
    ...missing.map((state) => `no record was ${state}`),
    ...(isDeepStrictEqual(before.books, after.books)
      ? []
      : [`the books say ${JSON.stringify(after.books)} and said ${JSON.stringify(before.books)}`]),
    ...others.map((whole) => `${whole?.id} is another now`),
  ];
}

/** Another process goes on where the first was killed, until everything has settled. */
async function goneOn(ledger: string, url: string, { destination, sender }: Works) {
  const worker = new Child<Told, Heard>("worker.ts", planOf(ledger, url));
  try {
    await worker.hear("ready");
    sender.sendTo(worker);
    await Promise.race([sender.done(worker), sleep(settledMs, undefined, { ref: false })]);
    const settled = await worker.ask({ settle: true }, "settled");
    const audit = (await worker.ask({ audit: true }, "audit"))?.audit;
    const count = (await destination.ask({ count: true }, "count"))?.count;
    const traffic = (await destination.ask({ traffic: true }, "traffic"))?.traffic;
    if (audit === undefined || count === undefined || traffic === undefined) throw new Error("a process is gone");
    const countOf = (state: State): number => audit.records.filter((one) => one.state === state).length;
    return {
      delivered: countOf("delivered"),
      held: countOf("held"),
      broken: [
        ...(sender.isDone ? [] : ["some orders were never acknowledged"]),
        ...(settled?.settled === true ? [] : [`it never settled: ${settled?.why}`]),
        ...brokenPromises(audit, count, [], sender),
        ...outOfOrder([...sender.sent.values()], traffic.order),
      ],
    };
  } finally {
    await worker.stop();
  }
}
