// Workers with connections of their own to one PostgreSQL, and what a destination would see of them together.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { concurrent, type Limit, rate } from "waybill";
import type { Ledger } from "../../src/ledger/ledger.ts";
import type { LendAsk } from "../../src/ledger/lending.ts";
import { openPostgres } from "../../src/ledger/postgres/open.ts";
import { Gate } from "../../src/systems/gate.ts";
import { keepsIn } from "../../src/systems/keeping.ts";
import { Deferred } from "../../src/systems/port.ts";
import { systemClock } from "../../src/world/clock.ts";
import { systemRandom } from "../../src/world/random.ts";
import { serverFor } from "../ledger/postgres/on-a-server.ts";
import { done, gateOptions } from "../systems/entrance.ts";
import { mostWithin } from "./counted.ts";
import type { Seen } from "./server.ts";

const server = await serverFor(18);
const timeoutMs = 2_000;
const never = new AbortController().signal;

function fleet(t: TestContext): () => Promise<Ledger> {
  const address = `${server.url()}?schema=fleet_${randomUUID().slice(0, 8)}`;
  return async () => {
    const ledger = await openPostgres({ address, role: "guest", mustExist: false });
    t.after(() => ledger.close());
    return ledger;
  };
}

/** Calls as fast as it may. Answers a kill: nothing is said any more. */
function caller(
  ledger: Ledger,
  limits: readonly Limit[],
  seen: Seen[],
  { began, ended }: { readonly began?: () => void; readonly ended?: () => void } = {},
): () => void {
  const world = { clock: systemClock, random: systemRandom };
  const gate = new Gate(
    gateOptions({ limits, timeoutMs }),
    systemClock,
    () => undefined,
    keepsIn(ledger, world, () => undefined),
  );
  let alive = true;
  const call = async (record: string): Promise<void> => {
    while (alive) {
      try {
        const permit = await gate.enter({ record, waitMsMax: 10_000, signal: never });
        if (!alive) return;
        permit.check();
        seen.push({ atMs: performance.now(), points: 1 });
        began?.();
        await sleep(5 + Math.random() * 15);
        ended?.();
        permit.release(done);
      } catch (thrown) {
        if (!(thrown instanceof Deferred)) throw thrown;
        await sleep(10);
      }
    }
  };
  for (let at = 0; at < 8; at++) void call(`${at}`);
  return () => {
    alive = false;
    void ledger.close();
  };
}

test("three workers together send no more than the limit, also when one of them is lost", async (t) => {
  const open = fleet(t);
  const seen: Seen[] = [];
  const hire = async () => caller(await open(), [rate(30, "1s")], seen);
  const hands = [await hire(), await hire(), await hire()];
  await sleep(2_500);
  hands.shift()?.();
  await sleep(2_500);
  for (const dismiss of hands) dismiss();
  assert.ok(mostWithin(seen, 1_000) <= 30, `${mostWithin(seen, 1_000)} within a second`);
  assert.ok(seen.length >= 60, `only ${seen.length} calls came in five seconds`);
});

test("of slots that workers share no more are in use than there are, each gets its part, and those of a lost one come back", async (t) => {
  const open = fleet(t);
  const seen: Seen[] = [];
  let [underWay, most] = [0, 0];
  const mine = [0, 0, 0];
  const hire = async (at: number) => {
    const began = (): void => {
      underWay += 1;
      most = Math.max(most, underWay);
      mine[at] = (mine[at] ?? 0) + 1;
    };
    const ended = (): void => {
      underWay -= 1;
    };
    return caller(await open(), [concurrent(4)], seen, { began, ended });
  };
  const hands = [await hire(0), await hire(1), await hire(2)];
  t.after(() => {
    for (const dismiss of hands) dismiss();
  });
  await sleep(4_000);
  const haveAll = (): boolean => mine.every((calls) => calls >= 5);
  // On a busy machine calls take longer, and parts come later.
  for (let tries = 0; tries < 300 && !haveAll(); tries++) await sleep(100);
  assert.ok(haveAll(), `each has its part: ${mine}`);
  hands.shift()?.();
  // Its slots count for as long as its requests may take.
  await sleep(timeoutMs + 3_000);
  const before = seen.length;
  await sleep(1_500);
  for (const dismiss of hands) dismiss();
  assert.equal(most <= 4, true, `${most} were under way at once`);
  assert.ok(seen.length - before >= 20, `only ${seen.length - before} calls in the end`);
});

const askFor = (holder: string, parts: Partial<LendAsk> = {}): LendAsk => ({
  system: "books",
  tenant: "",
  name: "rate 10000",
  key: "",
  holder,
  points: 40,
  perMs: 10_000,
  burst: undefined,
  slots: false,
  slowMs: 0,
  inHand: 0,
  inFlight: 0,
  want: 40,
  least: 1,
  used: [],
  ...parts,
});

test("of many that ask at the same moment none is lent what another one has, and what comes back is lent again", async (t) => {
  const open = fleet(t);
  const ledgers = await Promise.all(Array.from({ length: 4 }, open));
  const asking = (round: number) =>
    Promise.all(ledgers.map((ledger, at) => ledger.lend(askFor(`worker ${at} of ${round}`))));
  const lent = async (): Promise<number> => {
    let all = 0;
    for (let round = 0; round < 12; round++)
      for (const { lots } of await asking(round)) all += lots.reduce((sum, { points }) => sum + points, 0);
    return all;
  };
  assert.equal(await lent(), 40);
  const [one] = ledgers;
  const { others, opensAtMs } = (await one?.lend(askFor("another"))) ?? {};
  assert.deepEqual([others, opensAtMs], [40, undefined]);
});
