import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  beatMs,
  deadAfterMs,
  Lease,
  laneCount,
  laneOf,
  leaseMs,
  Observer,
  planOf,
  stewardLane,
} from "../../../src/ledger/postgres/lanes.ts";

/** Workers that each look at the same lanes in turn and do what they planned; a lane that is left falls idle at once. */
function settle(workers: readonly number[], owners: (number | undefined)[], gone: ReadonlySet<number>): number {
  for (let rounds = 1; ; rounds++) {
    let moved = false;
    for (const me of workers) {
      const { take, leave } = planOf({ me, workers, owners, gone });
      for (const lane of leave) owners[lane] = undefined;
      for (const lane of take) owners[lane] = me;
      moved ||= take.length > 0 || leave.length > 0;
    }
    if (!moved || rounds > 20) return rounds;
  }
}

test("from wherever they start, every lane has an owner who lives, nobody has more than a fair share, and then nothing moves", () => {
  const lanes = fc.array(fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }), {
    minLength: laneCount,
    maxLength: laneCount,
  });
  const living = fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(lanes, living, (before, workers) => {
      const owners = [...before];
      const gone = new Set(before.filter((owner) => owner !== undefined && !workers.includes(owner)) as number[]);
      const rounds = settle(workers, owners, gone);
      assert.ok(rounds <= 4, `${rounds} rounds`);
      const share = Math.ceil(laneCount / workers.length);
      for (const worker of workers) {
        const mine = owners.filter((owner) => owner === worker).length;
        assert.ok(mine <= share, `${mine} of ${share}`);
      }
      assert.ok(owners.every((owner) => owner !== undefined && workers.includes(owner)));
    }),
  );
});

test("a lane never goes from one that lives to another, but through nobody's hands", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: laneCount, maxLength: laneCount }), (owners) => {
      for (const me of [1, 2, 3, 4]) {
        const { take } = planOf({ me, workers: [1, 2, 3, 4], owners, gone: new Set() });
        assert.deepEqual(take, []);
      }
    }),
  );
});

test("who is leaving gives all it has, and takes nothing", () => {
  const owners = Array.from({ length: laneCount }, (_, lane) => (lane < 5 ? 1 : undefined));
  assert.deepEqual(planOf({ me: 1, workers: [2], owners, gone: new Set() }), { take: [], leave: [0, 1, 2, 3, 4] });
});

test("every key has a lane, and all lanes have as many", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (keyHash) => {
      const lane = laneOf(keyHash);
      assert.ok(Number.isInteger(lane) && lane >= 0 && lane < laneCount);
    }),
  );
});

test("the steward stays the steward while others come", () => {
  for (let workers = 2; workers <= 9; workers++) {
    const owners = Array.from({ length: laneCount }, () => 1);
    const { leave } = planOf({
      me: 1,
      workers: Array.from({ length: workers }, (_, at) => at + 1),
      owners,
      gone: new Set(),
    });
    assert.ok(leave.length > 0 && !leave.includes(stewardLane));
  }
});

test("who beats is never taken for dead; who does not is, and not before its time", () => {
  const observer = new Observer();
  const dead: number[] = [];
  for (let atMs = 0; atMs <= 60_000; atMs += beatMs) {
    const stopped = observer.look(
      [
        { worker: 1, beat: atMs },
        { worker: 2, beat: Math.min(atMs, 20_000) },
      ],
      atMs,
    );
    assert.ok(stopped.length === 0 || atMs >= 20_000 + deadAfterMs);
    dead.push(...stopped.map(({ worker }) => worker));
  }
  assert.deepEqual([...new Set(dead)], [2]);
});

test("whoever did not look for a while takes nobody for dead: it may have slept, or the ledger was gone for all", () => {
  const observer = new Observer();
  const still = [{ worker: 1, beat: 7 }];
  assert.deepEqual(observer.look(still, 0), []);
  assert.deepEqual(observer.look(still, 3_600_000), [], "an hour without a look is no hour without a beat");
  for (let atMs = beatMs; atMs < deadAfterMs; atMs += beatMs)
    assert.deepEqual(observer.look(still, 3_600_000 + atMs), []);
  assert.deepEqual(observer.look(still, 3_600_000 + deadAfterMs), still);
});

test("nobody lets anything out when others may have taken it for dead, whichever of its clocks stood still", () => {
  assert.ok(leaseMs + 2 * beatMs < deadAfterMs);
  const lease = new Lease();
  assert.ok(lease.leftMs({ monotonicMs: 0, wallMs: 0 }) <= 0, "before the first beat");
  lease.renew({ monotonicMs: 1_000, wallMs: 50_000 });
  assert.equal(lease.leftMs({ monotonicMs: 2_000, wallMs: 51_000 }), leaseMs - 1_000);
  assert.ok(lease.leftMs({ monotonicMs: 2_000, wallMs: 50_000 + leaseMs }) <= 0, "a machine that was suspended");
  assert.ok(lease.leftMs({ monotonicMs: 1_000 + leaseMs, wallMs: 50_000 }) <= 0, "a clock that was set back");
});
