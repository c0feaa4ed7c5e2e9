import assert from "node:assert/strict";
import { test } from "node:test";
import { Deferred, type Permit } from "../../src/systems/port.ts";
import { done, down, entered, entrance } from "./entrance.ts";

// Ten minutes in which a system is down, on a clock that is told to pass, with ten thousand records that come back whenever they are told to.

const records = 10_000;
const tenMinutesMs = 600_000;
const perSecond = 100;

/** Records by the second in which they come back. */
type Schedule = Map<number, string[]>;

function at(schedule: Schedule, ms: number, record: string): void {
  const second = Math.ceil(ms / 1_000);
  const there = schedule.get(second);
  if (there === undefined) schedule.set(second, [record]);
  else there.push(record);
}

test("in ten minutes of outage ten thousand records ask for a handful of probes, and are let in afterwards by what is declared", async (t) => {
  const { clock, enter, events } = entrance({
    limits: [{ kind: "rate", count: perSecond, perMs: 1_000 }],
    breaker: { share: 0.5, volume: 5, openMs: 5_000 },
  });
  const beganMs = clock.now();
  const elapsed = (): number => clock.now() - beganMs;
  const schedule: Schedule = new Map();
  for (let record = 0; record < records; record++) at(schedule, 0, `r-${record}`);
  const sentAt: number[] = [];
  let askedWhileDown = 0;
  let delivered = 0;

  const ask = async (record: string): Promise<void> => {
    const given: Permit | Deferred = await enter(record, { waitMsMax: 500 });
    if (given instanceof Deferred) return at(schedule, given.untilMs - beganMs, record);
    const isUp = elapsed() >= tenMinutesMs;
    if (isUp) sentAt.push(elapsed());
    else askedWhileDown += 1;
    entered(given).release(isUp ? { ...done, sent: "maybe" } : { ...down, sent: "maybe" });
    if (isUp) delivered += 1;
    else at(schedule, elapsed() + 1_000, record);
  };

  for (let second = 0; delivered < records && second < 3_600; second++) {
    const coming = schedule.get(second) ?? [];
    schedule.delete(second);
    const asking = coming.map(ask);
    await clock.pass(1_000);
    await Promise.all(asking);
  }
  const probes = events.filter(({ event }) => event === "system.probing").length;
  assert.equal(delivered, records);
  assert.ok(probes >= 5 && probes <= 12, `${probes} probes`);
  // The five that opened it, with those let in beside them, and one for each probe.
  assert.ok(askedWhileDown <= perSecond + probes, `${askedWhileDown} calls in ten minutes`);
  const most = Math.max(
    ...sentAt.map((from, index) => {
      let to = index;
      while (to < sentAt.length && (sentAt[to] ?? 0) < from + 1_000) to += 1;
      return to - index;
    }),
  );
  assert.ok(most <= perSecond, `${most} within one second`);
  const backMs = (sentAt[0] ?? 0) - tenMinutesMs;
  const drainedS = Math.round(((sentAt.at(-1) ?? 0) - (sentAt[0] ?? 0)) / 1_000);
  t.diagnostic(
    `${askedWhileDown} calls while it was down, ${probes} probes; found back after ${backMs} ms; drained in ${drainedS} s, at most ${most} within one`,
  );
});
