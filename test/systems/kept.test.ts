import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import type { Limit, SystemDefinition } from "../../src/define/system.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { Gate } from "../../src/systems/gate.ts";
import { Deferred } from "../../src/systems/port.ts";
import { reservesFrom } from "../../src/systems/reserve.ts";
import type { Clock } from "../../src/world/clock.ts";
import { seededRandom } from "../../src/world/random.ts";
import { openSqliteHere } from "../ledger/here.ts";
import { type VirtualClock, virtualClock } from "../world/virtual-clock.ts";
import { done, entered, gateOptions, limited, sentAway } from "./entrance.ts";

const folder = mkdtempSync(join(tmpdir(), "waybill-kept-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const never = new AbortController().signal;
let count = 0;

/** One process after the other on one ledger, and a destination that remembers when it saw each call. */
class Life {
  readonly clock: VirtualClock = virtualClock();
  readonly #file = join(folder, `${count++}`, "ledger.db");
  readonly #system: Partial<SystemDefinition>;
  /** The clock that is set; what passes is true all the same. */
  setBackMs = 0;
  processes = 0;
  ledger!: Ledger;
  gate!: Gate;
  answers = 0;

  constructor(limits: readonly Limit[], more: Partial<SystemDefinition> = {}) {
    this.#system = { limits, ...more };
  }

  async begin(): Promise<void> {
    this.processes += 1;
    const bootedMs = this.clock.monotonic();
    const clock: Clock = {
      ...this.clock,
      now: () => this.clock.now() - this.setBackMs,
      monotonic: () => this.clock.monotonic() - bootedMs,
      soon: (task) => this.clock.soon(task),
    };
    const random = seededRandom(this.processes);
    const options = { address: `sqlite:${this.#file}`, role: "owner", mustExist: false } as const;
    this.ledger = await openSqliteHere(options, { clock, random });
    const reserves = reservesFrom(this.ledger, clock, `process ${this.processes}`);
    const post = (notice: Parameters<Ledger["post"]>[0]): void => void this.ledger.post(notice);
    this.gate = new Gate(gateOptions(this.#system), clock, () => undefined, {
      tenant: "",
      reserves,
      post,
      callIn: () => undefined,
    });
    this.gate.heed((await this.ledger.bulletin()).stops, true);
  }

  /** SIGKILL, as far as a ledger can tell: nothing is said any more. */
  async crash(): Promise<void> {
    await this.ledger.close();
  }

  async end(): Promise<void> {
    await this.gate.close();
    await this.ledger.close();
  }

  async enter(record: string, waitMsMax = 1_000) {
    const given = this.gate.enter({ record, waitMsMax, signal: never }).catch((thrown: unknown) => {
      if (thrown instanceof Deferred) return thrown;
      throw thrown;
    });
    let over = false;
    void given.then(() => {
      over = true;
    });
    // The ledger answers in real time; the clock goes on meanwhile.
    for (let step = 0; step < 400 && !over; step++) await this.clock.pass(5);
    return given;
  }
}

test("however long they last and whenever the process is killed or stopped: no window ever holds more than the count", async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const step = fc.record({
    gapMs: fc.oneof(fc.nat(2_000), fc.nat(40_000)),
    takesMs: fc.nat(900),
    how: fc.constantFrom("call", "call", "call", "call", "call", "crash", "end"),
  });
  const limit = fc.oneof(
    fc.record({ count: fc.integer({ min: 1, max: 6 }), perMs: fc.constantFrom(60_000, 90_000) }),
    fc.record({ count: fc.integer({ min: 1, max: 4 }), perMs: fc.constantFrom(700, 3_000) }),
  );
  let calls = 0;
  let restarts = 0;
  await fc.assert(
    fc.asyncProperty(limit, fc.array(step, { minLength: 5, maxLength: 40 }), async ({ count, perMs }, plan) => {
      const life = new Life([{ kind: "rate", count, perMs }]);
      const seen: number[] = [];
      await life.begin();
      for (const [index, { gapMs, takesMs, how }] of plan.entries()) {
        await life.clock.pass(gapMs);
        if (how !== "call") {
          await life[how]();
          restarts += 1;
          await life.begin();
          continue;
        }
        const permit = await life.enter(`r-${index}`);
        if (permit instanceof Deferred) continue;
        // Killed with a call under way, it was seen all the same.
        seen.push(life.clock.monotonic());
        calls += 1;
        if (plan[index + 1]?.how === "crash") continue;
        await life.clock.pass(takesMs);
        seen.push(life.clock.monotonic());
        seen.splice(-2, 1);
        permit.release(done);
      }
      await life.end();
      for (let index = 0; index + count < seen.length; index++) {
        const apart = (seen[index + count] as number) - (seen[index] as number);
        assert.ok(apart >= perMs, `${count + 1} calls within ${apart} ms, where ${count} per ${perMs} ms are allowed`);
      }
    }),
    { numRuns: 25, seed },
  );
  // Plans differ in length, and long windows let few calls in: some hundred of each is usual.
  assert.ok(calls > 40 && restarts > 15, `${calls} calls, ${restarts} restarts, seed ${seed}`);
});

test("after a clean stop what was not used can be used; after a crash what was reserved cannot", async () => {
  const life = new Life([{ kind: "rate", count: 100, perMs: 86_400_000 }]);
  await life.begin();
  for (let index = 0; index < 10; index++) entered(await life.enter(`r-${index}`)).release(done);
  await life.end();
  await life.begin();
  entered(await life.enter("after")).release(done);
  assert.equal(life.gate.state().limits[0]?.left, 89);
  await life.crash();
  await life.begin();
  entered(await life.enter("later")).release(done);
  const left = life.gate.state().limits[0]?.left ?? 0;
  assert.ok(left >= 83 && left <= 88, `a crash takes no more than a twentieth of the day: ${left} left`);
  await life.end();
});

test("a spent day sends away until it comes back, says until when, and goes on then, also in another process", async () => {
  const life = new Life([{ kind: "rate", count: 20, perMs: 86_400_000 }]);
  await life.begin();
  const startedMs = life.clock.now();
  for (let index = 0; index < 20; index++) entered(await life.enter(`r-${index}`)).release(done);
  const away = sentAway(await life.enter("late"));
  assert.ok(away.untilMs >= startedMs + 86_400_000, "not before a day after the first");
  assert.ok(away.untilMs <= startedMs + 1.03 * 86_400_000, "and no more than a slot later");
  assert.equal(life.gate.state().limits[0]?.left, 0);
  await life.end();
  await life.begin();
  const again = sentAway(await life.enter("late"));
  assert.ok(Math.abs(again.untilMs - away.untilMs) < 60_000);
  const refillsAt = Date.parse(life.gate.state().limits[0]?.refillsAt ?? "");
  assert.ok(Math.abs(refillsAt - away.untilMs) < 60_000);
  await life.clock.pass(again.untilMs - life.clock.now() + 1);
  entered(await life.enter("late")).release(done);
  await life.end();
});

test("a clock that is set back by a year lets nobody in too early, and makes nobody wait for longer than the window", async () => {
  const life = new Life([{ kind: "rate", count: 2, perMs: 60_000 }]);
  await life.begin();
  for (const record of ["a", "b"]) entered(await life.enter(record)).release(done);
  await life.end();
  life.setBackMs = 31_536_000_000;
  await life.begin();
  const away = sentAway(await life.enter("c"));
  const waitMs = away.untilMs - (life.clock.now() - life.setBackMs);
  assert.ok(waitMs > 55_000 && waitMs <= 62_000, `${waitMs} ms`);
  await life.clock.pass(waitMs + 1);
  entered(await life.enter("c"));
  await life.end();
});

test("what a system was told holds after a restart, and so does an open breaker; one probe finds out", async () => {
  const down: Outcome = { name: "unavailable", sent: "no", durationMs: 1, why: "refused", afterMs: undefined };
  const life = new Life([], { breaker: { share: 0.5, volume: 2, openMs: 30_000 } });
  await life.begin();
  entered(await life.enter("a")).release(limited(120_000));
  await life.crash();
  await life.begin();
  const away = sentAway(await life.enter("b"));
  assert.ok(away.untilMs > life.clock.now() + 110_000);
  await life.clock.pass(121_000);
  for (const record of ["c", "d"]) entered(await life.enter(record)).release(down);
  assert.equal(life.gate.state().breaker, "open");
  await life.crash();
  await life.begin();
  assert.equal(life.gate.state().breaker, "open");
  sentAway(await life.enter("e"));
  await life.clock.pass(30_001);
  const probe = entered(await life.enter("e"));
  assert.equal(probe.probe, true);
  probe.release(done);
  await life.clock.pass(10);
  assert.deepEqual(
    (await life.ledger.bulletin()).stops.filter(({ kind }) => kind === "breaker"),
    [],
  );
  await life.end();
});

test("a ledger that cannot be asked lets nobody in, and is asked again", async () => {
  const life = new Life([{ kind: "rate", count: 100, perMs: 60_000 }]);
  await life.begin();
  const { reserve } = life.ledger;
  life.ledger.reserve = () => Promise.reject(new Error("the disk is full"));
  sentAway(await life.enter("a", 100));
  life.ledger.reserve = reserve;
  await life.clock.pass(1_000);
  entered(await life.enter("a"));
  await life.end();
});
