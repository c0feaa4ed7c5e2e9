import { setTimeout as sleep } from "node:timers/promises";
import { between } from "../../examples/demo/chance.ts";
import type { DestinationOptions } from "../../examples/demo/destination.ts";
import { Child } from "../crash/child.ts";
import type { DestinationHeard, DestinationTold } from "../crash/destination.ts";
import { ordersFor } from "../crash/orders.ts";
import { Sender } from "../crash/sender.ts";
import { Stage, workersMax } from "./stage.ts";
import { checked, heldOf } from "./trial.ts";

// Workers that come and go: one of three is killed every two seconds, and replaced, for a minute under load, and all of them share one limit.

export interface Churn {
  readonly seed: number;
  readonly kills: number;
  readonly acknowledged: number;
  readonly held: number;
  /** The most requests that came in any second. */
  readonly mostInASecond: number;
  /** The share of what the limit allows that was used while workers were killed. */
  readonly used: number;
  /** Requests in each second of that time. */
  readonly each: readonly number[];
  readonly broken: readonly string[];
  readonly story: readonly string[];
}

export const perSecond = 40;
const everyMs = 2_000;
/** An order and its edits are about so many requests. */
const requestsEach = 9;
/** So many times what the limit lets through: the keys of whoever was killed wait until they are taken over, and the others must have enough. */
const loadShare = 1.6;

export async function churn(seed: number, forMs = 60_000): Promise<Churn> {
  const options: DestinationOptions = { seed, faults: { books: {}, mail: {} }, answerMs: [5, 20] };
  const destination = new Child<DestinationTold, DestinationHeard>("destination.ts", options);
  const story: string[] = [];
  const sender = new Sender([]);
  try {
    const destinationUrl = (await destination.hear("url"))?.url ?? "";
    const version = 18;
    await using stage = await Stage.set({
      version,
      destination,
      destinationUrl,
      sender,
      standby: false,
      direct: true,
      story,
      perSecond,
    });
    const orders = Math.ceil((loadShare * perSecond * forMs) / 1_000 / requestsEach);
    sender.add(ordersFor(seed, { orders, customers: Math.ceil(orders / 2) }));
    while ((await came(destination)).length < perSecond) await sleep(50);
    const before = await came(destination);
    const beganMs = performance.now();
    const kills = await killing(stage, seed, forMs);
    const usedFor = (performance.now() - beganMs) / 1_000;
    const during = (await came(destination)).slice(before.length);
    const used = during.length / (usedFor * perSecond);
    const each = perSecondOf(during, before.at(-1) ?? 0, usedFor);
    const after = await checked(stage);
    const { broken, acknowledged } = after;
    const mostInASecond = mostWithin(after.traffic.atMs, 1_000);
    const over = mostInASecond > perSecond ? [`the limit of ${perSecond} a second was exceeded: ${mostInASecond}`] : [];
    return {
      seed,
      kills,
      acknowledged,
      held: heldOf(after),
      mostInASecond,
      used,
      each,
      broken: [...broken, ...over],
      story,
    };
  } finally {
    await destination.stop();
  }
}

async function came(destination: Child<DestinationTold, DestinationHeard>): Promise<readonly number[]> {
  return (await destination.ask({ traffic: true }, "traffic"))?.traffic.atMs ?? [];
}

async function killing(stage: Stage, seed: number, forMs: number): Promise<number> {
  let kills = 0;
  const hired: Promise<unknown>[] = [];
  for (const untilMs = performance.now() + forMs; performance.now() < untilMs; kills++) {
    await sleep(everyMs);
    // It is one of three that is killed: a slow machine may need longer for a new one than another has to live.
    while (stage.ready.length < workersMax) await sleep(50);
    const hand = stage.ready[between(0, stage.ready.length - 1, seed, "victim", kills)];
    if (hand !== undefined) stage.kill(hand);
    hired.push(stage.hire());
  }
  await Promise.all(hired);
  return kills;
}

function perSecondOf(atMs: readonly number[], fromMs: number, seconds: number): readonly number[] {
  const each = Array.from({ length: Math.floor(seconds) }, () => 0);
  for (const at of atMs) {
    const second = Math.floor((at - fromMs) / 1_000);
    if (each[second] !== undefined) each[second] += 1;
  }
  return each;
}

/** The most of these moments that lie in any stretch of that length. */
export function mostWithin(atMs: readonly number[], lengthMs: number): number {
  const sorted = [...atMs].sort((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (const [index, at] of sorted.entries()) {
    while (at - (sorted[from] ?? at) >= lengthMs) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}
