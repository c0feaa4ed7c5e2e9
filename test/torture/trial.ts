import { setTimeout as sleep } from "node:timers/promises";
import { between } from "../../examples/demo/chance.ts";
import type { DestinationOptions } from "../../examples/demo/destination.ts";
import { untilSettled } from "../../src/flow/quiet.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { systemClock } from "../../src/world/clock.ts";
import { auditOf } from "../crash/audit.ts";
import { Child } from "../crash/child.ts";
import type { DestinationHeard, DestinationTold, Traffic } from "../crash/destination.ts";
import type { Audit } from "../crash/messages.ts";
import { ordersFor } from "../crash/orders.ts";
import { brokenPromises } from "../crash/promises.ts";
import { Sender } from "../crash/sender.ts";
import { type FaultName, faults } from "./faults.ts";
import { outOfOrder } from "./order.ts";
import { Stage } from "./stage.ts";

// Trials that follow each other: workers that share a fresh ledger, a destination that loses answers, and for each fault orders and their edits that come in to
// all workers, until enough is under way and it goes wrong. Then everything is left alone until it has settled, and what was promised is held against what
// the destination counted, of these orders and of all before them.

export interface Trial {
  readonly fault: FaultName;
  readonly seed: number;
  /** Effects that the destination had got and not answered when it went wrong. */
  readonly unanswered: number;
  /** The share of effects that were answered, whole and well. */
  readonly successful: number;
  readonly effects: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  readonly held: number;
  /** Writes of workers that were declared dead, and were refused. */
  readonly refused: number;
  /** In milliseconds: from the fault until all that had been taken before it was settled, and something new as well. */
  readonly recoveryMs: number;
  readonly broken: readonly string[];
  readonly story: readonly string[];
}

/** A trial proves something only where so much was at stake, and where not everything failed anyhow. */
export const unansweredMin = 20;
const successfulMin = 0.9;

export const counts = ({ unanswered, successful }: Pick<Trial, "unanswered" | "successful">): boolean =>
  unanswered >= unansweredMin && successful >= successfulMin;

/** So many for each fault, of so many customers. */
export interface Load {
  readonly orders: number;
  readonly customers: number;
  /** So many effects are under way before it goes wrong, where that can be waited for. */
  readonly enough: number;
}

const whole: Load = { orders: 100, customers: 100, enough: 30 };
const faultsPerMille = {
  slow: 20,
  "reset-before": 10,
  "reset-after": 10,
  "error-after": 10,
  "lost-answer": 5,
  truncated: 10,
};
const settledMs = 120_000;

type Destination = Child<DestinationTold, DestinationHeard>;

/** One trial for each of these faults, on one ledger. */
export async function trials(names: readonly FaultName[], seed: number, load?: Load): Promise<Trial[]> {
  const options: DestinationOptions = {
    seed,
    faults: { books: faultsPerMille, mail: faultsPerMille },
    answerMs: [300, 800],
  };
  const destination: Destination = new Child("destination.ts", options);
  try {
    return await played({ names, seed, load }, destination, (await destination.hear("url"))?.url ?? "");
  } finally {
    await destination.stop();
  }
}

/** What is seen of one fault while it is played. */
type Seen = Pick<Trial, "fault" | "unanswered" | "recoveryMs">;

interface Plan {
  readonly names: readonly FaultName[];
  readonly seed: number;
  readonly load: Load | undefined;
}

async function played({ names, seed, load }: Plan, destination: Destination, destinationUrl: string): Promise<Trial[]> {
  const story: string[] = [];
  const sender = new Sender([]);
  const standby = names.some((name) => faults[name].standby === true);
  const version = between(0, 1, seed, "version") === 0 ? 15 : 18;
  await using stage = await Stage.set({ version, destination, destinationUrl, sender, standby, story });
  const done: Trial[] = [];
  let before: Checked | undefined;
  for (const [nth, fault] of names.entries()) {
    stage.say(`next: ${faults[fault].what}`);
    await stage.shared();
    const own = { seed: seed * 10 + nth, load: load ?? whole };
    sender.add(ordersFor(own.seed, own.load));
    const seen = await wrong(stage, fault, own);
    const after = await checked(stage);
    done.push({ ...seen, ...figures(after, before), seed, broken: after.broken, story });
    if (after.broken.length > 0) break;
    before = after;
  }
  return done;
}

/** It goes wrong, at a moment that nothing in the workers chose, while enough is under way; and is well again. */
async function wrong(
  stage: Stage,
  fault: FaultName,
  { seed, load }: { readonly seed: number; readonly load: Load },
): Promise<Seen> {
  const { sender } = stage.options;
  await moment(stage, seed, load);
  const underWay = await stage.underWay();
  const { atMs, unanswered = underWay } = await faults[fault].play(stage, seed);
  const wallMs = Date.now() - (performance.now() - atMs);
  const ledger = await stage.ledger();
  try {
    const acknowledged = sender.acknowledged.length;
    const recoveryMs = await recovered(ledger, sender, { atMs, wallMs, acknowledged });
    stage.say(`all is well after ${(recoveryMs / 1_000).toFixed(1)} s`);
    return { fault, unanswered, recoveryMs };
  } finally {
    await ledger.close();
  }
}

async function moment(stage: Stage, seed: number, { orders, enough }: Load): Promise<void> {
  const { sender } = stage.options;
  const taken = sender.acknowledged.length + between(orders / 5, orders / 2, seed, "after");
  while (sender.acknowledged.length < taken && !sender.isDone) await sleep(5);
  await sleep(between(0, 300, seed, "at"));
  for (let tries = 0; tries < 100 && (await stage.underWay()) < enough; tries++) await sleep(100);
}

/** How long it took, in milliseconds. */
async function recovered(
  ledger: Ledger,
  sender: Sender,
  { atMs, wallMs, acknowledged }: { readonly atMs: number; readonly wallMs: number; readonly acknowledged: number },
): Promise<number> {
  for (const untilMs = performance.now() + settledMs; performance.now() < untilMs; ) {
    const { rows } = await ledger.find({ states: ["waiting", "delivering"], order: "oldest", limit: 1 });
    const oldest = rows[0]?.receivedAtMs ?? Number.POSITIVE_INFINITY;
    const flows = sender.acknowledged.length > acknowledged || sender.isDone;
    if (oldest > wallMs && flows) break;
    await sleep(250);
  }
  return performance.now() - atMs;
}

/** What is there once all has settled, since the beginning. */
export interface Checked {
  readonly audit: Audit;
  readonly traffic: Traffic;
  readonly acknowledged: number;
  readonly broken: readonly string[];
}

/** Once all has settled. */
export async function checked(stage: Stage): Promise<Checked> {
  const { destination, sender, story } = stage.options;
  const ledger = await stage.ledger();
  try {
    await Promise.race([sender.done({ alive: true }), sleep(settledMs, undefined, { ref: false })]);
    const restless = await untilSettled(ledger, systemClock, "orders", settledMs).then(
      () => [],
      (why) => [String(why)],
    );
    const audit = await auditOf(ledger);
    const traffic = (await destination.ask({ traffic: true }, "traffic"))?.traffic;
    const count = (await destination.ask({ count: true }, "count"))?.count;
    if (traffic === undefined || count === undefined) throw new Error("the destination is gone");
    const broken = [
      ...(sender.isDone ? [] : ["some orders were never acknowledged"]),
      ...restless,
      ...stage.deserters,
      ...brokenPromises(audit, count, [], sender),
      ...outOfOrder([...sender.sent.values()], traffic.order),
    ];
    story.push(`  books: ${JSON.stringify(audit.books)}`, ...broken.map((one) => `  BROKEN: ${one}`));
    return { audit, traffic, acknowledged: sender.acknowledged.length, broken };
  } finally {
    await ledger.close();
  }
}

/** What came of one trial: what is there now and was not before it. */
function figures(after: Checked, before: Checked | undefined) {
  const since = (of: (one: Checked) => number): number => of(after) - (before === undefined ? 0 : of(before));
  const say = (what: string): number => after.broken.filter((one) => one.startsWith(`${what}:`)).length;
  const effects = since(({ traffic }) => traffic.came);
  return {
    effects,
    successful: since(({ traffic }) => traffic.answered) / Math.max(1, effects),
    acknowledged: since(({ acknowledged }) => acknowledged),
    lost: say("lost"),
    doubled: say("doubled"),
    held: since(heldOf),
    refused: since(({ audit }) =>
      audit.records.reduce((all, { timeline }) => all + timeline.filter((what) => what === "refused-late").length, 0),
    ),
  };
}

export const heldOf = ({ audit }: Checked): number => audit.records.filter(({ state }) => state === "held").length;
