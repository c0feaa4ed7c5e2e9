// Workers with connections of their own to one PostgreSQL: what a system tells one of them, or what one finds out, holds for all.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { watchBoard } from "../../src/flow/board.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { openPostgres } from "../../src/ledger/postgres/open.ts";
import type { WaybillEvent } from "../../src/model/events.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { Gate } from "../../src/systems/gate.ts";
import { keepsIn } from "../../src/systems/keeping.ts";
import { Deferred, type Permit } from "../../src/systems/port.ts";
import { type Clock, systemClock } from "../../src/world/clock.ts";
import { systemRandom } from "../../src/world/random.ts";
import { serverFor } from "../ledger/postgres/on-a-server.ts";
import { done, down, entered, gateOptions, limited, sentAway } from "../systems/entrance.ts";

const server = await serverFor(18);
const never = new AbortController().signal;

interface Worker {
  readonly ledger: Ledger;
  readonly gate: Gate;
  readonly events: WaybillEvent[];
  enter(record: string, asked?: "anyway", waitMsMax?: number): Promise<Permit | Deferred>;
}

/** Workers whose clocks differ, by almost as much as lets them start. */
function fleet(t: TestContext): () => Promise<Worker> {
  const address = `${server.url()}?schema=breaker_${randomUUID().slice(0, 8)}`;
  let hired = 0;
  return async () => {
    const aheadMs = 25_000 * hired++;
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
    const world = { clock, random: systemRandom };
    const ledger = await openPostgres({ address, role: "owner", mustExist: false }, world);
    t.after(() => ledger.close());
    const events: WaybillEvent[] = [];
    const system = gateOptions({ limits: [], timeoutMs: 1_000, breaker: { share: 0.5, volume: 2, openMs: 1_500 } });
    const gate = new Gate(
      system,
      clock,
      (event) => events.push(event),
      keepsIn(ledger, world, () => undefined),
    );
    const systems = { pause: () => undefined, heed: (stops: Parameters<Gate["heed"]>[0]) => gate.heed(stops) };
    const quiet = { emit: () => undefined, onAsk: () => undefined, onLooked: () => undefined };
    const board = watchBoard({ ledger, systems, clock, ...quiet });
    ledger.onForeignWrite(() => void board.look());
    await board.look();
    const enter: Worker["enter"] = (record, asked, waitMsMax = 0) =>
      gate.enter({ record, waitMsMax, signal: never, asked }).catch((thrown: unknown) => {
        if (thrown instanceof Deferred) return thrown;
        throw thrown;
      });
    return { ledger, gate, events, enter };
  };
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const endMs = Date.now() + 30_000; Date.now() < endMs; await sleep(10)) if (isSo()) return;
  assert.fail(`in half a minute it did not come to this: ${what}`);
}

const fail = async (worker: Worker, outcome: Outcome = { ...down, sent: "maybe" }): Promise<void> => {
  for (const record of ["a", "b"]) entered(await worker.enter(record)).release(outcome);
};
const isOpen = ({ gate }: Worker): boolean => gate.state().breaker === "open";

test("a breaker that one worker opens is open for all, one of all probes, and it is back for all", async (t) => {
  const hire = fleet(t);
  const [one, two, three] = [await hire(), await hire(), await hire()];
  await fail(one);
  await until("all of them have it open", () => [one, two, three].every(isOpen));
  sentAway(await two.enter("c"));
  // It fails again: still for all, and for longer.
  await sleep(1_700);
  const tries = await Promise.all([one, two, three].map((worker) => worker.enter("d")));
  const probes = tries.filter((given) => !(given instanceof Deferred)) as Permit[];
  assert.equal(probes.length, 1, `${probes.length} of three probed at the same time`);
  probes[0]?.release({ ...down, sent: "maybe" });
  await until("it is open again for all", () => [one, two, three].every(isOpen));
  await sleep(3_300);
  const again = await Promise.all([one, two, three].map((worker) => worker.enter("e")));
  const probe = again.filter((given) => !(given instanceof Deferred)) as Permit[];
  assert.equal(probe.length, 1, `${probe.length} of three probed at the same time`);
  probe[0]?.release(done);
  await until("it is back for all", () =>
    [one, two, three].every((worker) => worker.gate.state().breaker === "closed"),
  );
  // Those who were sent away have their turns first.
  for (const worker of [one, two, three]) entered(await worker.enter("e", undefined, 5_000)).release(done);
});

test("a worker that comes while it is open begins with that, and the probe of one that is lost is made up for by another", async (t) => {
  const hire = fleet(t);
  const one = await hire();
  await fail(one);
  await until("it is written down", () => isOpen(one));
  await sleep(1_700);
  entered(await one.enter("c"));
  const two = await hire();
  await until("the one that came has it open", () => isOpen(two));
  sentAway(await two.enter("d"));
  // Nothing is heard of the first one any more: its probe counts for its timeout and five seconds.
  await sleep(6_500);
  entered(await two.enter("e")).release(done);
});

test("a stop that one is told holds for all, however their clocks stand, and one that a person lifts is lifted for all", async (t) => {
  const hire = fleet(t);
  const [one, two, three] = [await hire(), await hire(), await hire()];
  entered(await three.enter("a")).release(limited(60_000));
  const stopped = ({ gate }: Worker): boolean => gate.state().stoppedUntil !== null;
  await until("all of them leave it alone", () => [one, two, three].every(stopped));
  sentAway(await one.enter("b"));
  // A shorter one that another is told, by a clock that is far behind, takes nothing from it.
  await one.ledger.post({
    post: "stop",
    system: "books",
    tenant: "",
    kind: "told",
    atMs: 0,
    untilMs: 5_000,
    openMs: undefined,
    why: "x",
  });
  const [kept] = (await two.ledger.bulletin()).stops;
  assert.ok((kept?.untilMs ?? 0) - (kept?.atMs ?? 0) > 50_000);
  entered(await two.enter("c", "anyway")).release(done);
  await until("it is lifted for all", () => ![one, two, three].some(stopped));
  entered(await one.enter("d")).release(done);
});
