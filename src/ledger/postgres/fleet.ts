import type { Clock } from "../../world/clock.ts";
import type { Place } from "../../world/place.ts";
import type { Random } from "../../world/random.ts";
import { beatMs, Lease, Observer, planOf, stewardLane } from "./lanes.ts";
import type { Line } from "./line.ts";
import {
  calmLanes,
  declareDead,
  join,
  type LeftBehind,
  leave,
  lookAround,
  type Pulse,
  pulseOf,
  pulseText,
  releaseLanes,
  startLeaving,
  takeLanes,
} from "./membership.ts";
import { keepMonths } from "./months.ts";
import { refuseClock, refuseStranger } from "./newcomer.ts";
import { tidy } from "./tidy.ts";

// This process as one of those who work with a ledger: once a second it beats, looks at the others, and does something about its share (see lanes.ts).

export interface FleetOptions {
  /** The batches of the work: what lets go of lanes goes between two of them. */
  readonly desk: Line;
  /** Only for the beat, so that nothing is in its way. */
  readonly pulse: Line;
  /** What may wait for others. */
  readonly chores: Line;
  readonly clock: Clock;
  readonly random: Random;
  readonly name: string;
  readonly release: string;
  /** The integrations of this process's code. */
  readonly runs: readonly string[];
  /** The ledger's address, for people. */
  readonly shown: string;
  readonly place: Place;
  /** Whether a process is known to be gone. */
  readonly isGone: (place: Place) => boolean;
  /** The longest that a request of this worker's systems may take, in milliseconds. */
  readonly requestMsMax: () => number;
  /** Puts back some of what stands in hands that are gone; answers the rest. */
  readonly recover: (nowMs: number, left: readonly LeftBehind[]) => Promise<readonly LeftBehind[]>;
  /** Books that do not run here: what is due of them wakes nobody. */
  readonly passed: () => readonly number[];
  readonly onDue: () => void;
  readonly onPosted: () => void;
  readonly onSent: () => void;
}

export interface Fleet {
  /** The number under which this process works; undefined while it does not. */
  me(): number | undefined;
  /** Lanes of which it begins records. */
  lanes(): ReadonlySet<number>;
  isSteward(): boolean;
  leaseLeftMs(): number;
  /** How far the server's clock is ahead of this machine's, as far as is known. */
  clockAheadMs(): number | undefined;
  join(): Promise<void>;
  /** What was in hand is in nobody's any more: told, and waited for, before anything is begun again. */
  onLost(listener: () => Promise<void>): void;
  /** The ledger said that this worker is dead. */
  lost(): void;
  /** Begins nothing any more, and lets go of what falls idle. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** A worker that is to be declared dead. */
interface Dying {
  readonly worker: number;
  readonly beat: number;
  readonly certain: boolean;
}

const none: ReadonlySet<number> = new Set();
/** A ledger that cannot be reached is told by whoever works with it; here it is only asked again. */
const ignore = (): undefined => undefined;

/** The steward tidies up every so many rounds, the first of its process among them. */
const tidyEvery = 600;

export function createFleet(options: FleetOptions): Fleet {
  const { desk, pulse, chores, clock, random } = options;
  const lease = new Lease();
  let observer = new Observer();
  let me: number | undefined;
  let owned: ReadonlySet<number> = new Set();
  let leaving: ReadonlySet<number> = new Set();
  let begins: ReadonlySet<number> = new Set();
  /** What was in the hands of those who owned these lanes before, and until when it may be under way. */
  let found: { readonly left: readonly LeftBehind[]; readonly untilMs: number }[] = [];
  let posted: number | undefined;
  let joined = false;
  let isLeaving = false;
  let closed = false;
  let rounds = 0;
  let beating: Promise<void> | undefined;
  let choring: Promise<void> | undefined;
  /** Numbers that this process had before: nothing of them is under way. */
  const formerly = new Set<number>();
  let cancelTimer = (): void => undefined;
  const listeners = new Set<() => Promise<void>>();

  let aheadMs: number | undefined;

  /** The server read its clock somewhere between question and answer: half of that time is what may be wrong. */
  const aheadOf = (serverMs: number, askedMs: number): number => serverMs - (askedMs + clock.now()) / 2;

  const at = () => ({ monotonicMs: clock.monotonic(), wallMs: clock.now() });

  const mayBegin = (): boolean => me !== undefined && lease.leftMs(at()) > 0;

  function setLanes(own: Iterable<number>, leave: Iterable<number>): void {
    owned = new Set(own);
    leaving = new Set(leave);
    begins = isLeaving ? new Set() : owned.difference(leaving);
  }

  async function joinNow(): Promise<void> {
    const worker = 1 + Math.floor(random.next() * (Number.MAX_SAFE_INTEGER - 1));
    const { name, place, release, runs } = options;
    const sentAt = at();
    await desk.transaction((sql) => join(sql, { worker, name, place, release, runs }));
    me = worker;
    observer = new Observer();
    found = [];
    setLanes([], []);
    lease.renew(sentAt);
  }

  /** Not one of them any more: what was in hand is let go of first, and then it joins as a new one. */
  async function rejoin(): Promise<void> {
    if (me !== undefined) formerly.add(me);
    me = undefined;
    setLanes([], []);
    await Promise.all([...listeners].map((listener) => listener()));
    for (const one of formerly) await desk.transaction((sql) => leave(sql, one));
    if (!closed && !isLeaving) await joinNow();
  }

  async function look(worker: number): Promise<Pulse | undefined> {
    const sentAt = at();
    const seen = pulseOf(await pulse.once(...pulseText(worker, begins, options.passed())));
    if (seen?.workers.some((one) => one.worker === worker) !== true) return undefined;
    lease.renew(sentAt);
    aheadMs = aheadOf(seen.nowMs, sentAt.wallMs);
    return seen;
  }

  async function bury(dying: readonly Dying[]): Promise<void> {
    for (const one of dying) await chores.transaction((sql) => declareDead(sql, one));
  }

  /** Those who do not move any more, and those whose process is known to be gone. */
  function dyingOf(seen: Pulse, worker: number): Dying[] {
    const others = seen.workers.filter((one) => one.worker !== worker);
    const stopped = new Set(observer.look(others, clock.monotonic()).map((one) => one.worker));
    return others.flatMap(({ worker: other, beat, place }) => {
      const certain = formerly.has(other) || options.isGone(place);
      return certain || stopped.has(other) ? [{ worker: other, beat, certain }] : [];
    });
  }

  async function share(seen: Pulse, worker: number): Promise<void> {
    const living = seen.workers.map((one) => one.worker);
    const workers = seen.workers.filter(({ state }) => state === "alive").map((one) => one.worker);
    const gone = new Set(seen.owners.filter((owner) => owner !== undefined && !living.includes(owner)) as number[]);
    const plan = planOf({ me: worker, workers, owners: seen.owners, gone });
    const mine = seen.owners.flatMap((owner, lane) => (owner === worker ? [lane] : []));
    setLanes(mine, plan.leave);
    if (plan.leave.length > 0) {
      const released = await desk.transaction((sql) => releaseLanes(sql, worker, plan.leave));
      setLanes(owned.difference(new Set(released)), leaving.difference(new Set(released)));
    }
    if (plan.take.length > 0) await take(worker, plan.take);
  }

  async function take(worker: number, lanes: readonly number[]): Promise<void> {
    const { taken, leftBehind } = await chores.transaction((sql) =>
      takeLanes(sql, { worker, lanes, nowMs: clock.now() }),
    );
    if (taken.length === 0) return;
    setLanes(owned.union(new Set(taken)), leaving);
    // A steward has to see what others have posted before.
    if (taken.includes(stewardLane)) options.onPosted();
    const { wary = [], certain = [] } = Object.groupBy(leftBehind, (one) => (one.wary ? "wary" : "certain"));
    if (certain.length > 0) found.push({ left: certain, untilMs: clock.monotonic() });
    if (wary.length > 0) found.push({ left: wary, untilMs: clock.monotonic() + options.requestMsMax() });
    options.onDue();
  }

  /** What others had in hand when they were lost goes back, once nothing of it can be under way. */
  async function recover(worker: number): Promise<void> {
    const ripe = found.filter(({ untilMs }) => untilMs <= clock.monotonic());
    for (const one of ripe) {
      let { left } = one;
      while (left.length > 0 && found.includes(one)) left = await options.recover(clock.now(), left);
      found = found.filter((other) => other !== one);
      options.onDue();
    }
    if (ripe.length > 0 && found.length === 0) await chores.transaction((sql) => calmLanes(sql, worker));
  }

  /** What may wait for others, or for a batch: beside the beat, never in its way. */
  async function chore(seen: Pulse, worker: number, dying: readonly Dying[]): Promise<void> {
    await bury(dying);
    await share(seen, worker);
    await recover(worker);
    if (rounds++ % tidyEvery !== 0 || !begins.has(stewardLane)) return;
    await chores.transaction((sql) => tidy(sql, clock.now()));
    await chores.transaction((sql) => keepMonths(sql, clock.now()));
  }

  async function beat(): Promise<void> {
    if (me === undefined || lease.leftMs(at()) <= 0) {
      if (isLeaving) return;
      await rejoin();
    }
    const worker = me;
    if (worker === undefined) return;
    const seen = await look(worker);
    if (seen === undefined) return rejoin();
    if (seen.sent) options.onSent();
    if (posted !== undefined && posted !== seen.posted) options.onPosted();
    posted = seen.posted;
    if (seen.firstDueMs !== undefined && seen.firstDueMs <= clock.now()) options.onDue();
    const dying = dyingOf(seen, worker);
    choring ??= chore(seen, worker, dying)
      .catch(ignore)
      .finally(() => {
        choring = undefined;
      });
  }

  function beatOnce(): Promise<void> {
    beating ??= beat()
      .catch(ignore)
      .finally(() => {
        beating = undefined;
      });
    return beating;
  }

  function schedule(): void {
    cancelTimer = clock.after(
      beatMs,
      () => {
        void beatOnce().then(() => {
          if (!closed) schedule();
        });
      },
      { idle: true },
    );
  }

  return {
    me: () => me,
    // Who stood still and may let nothing out begins nothing either: it would be given it, and give it back, until its next beat.
    lanes: () => (mayBegin() ? begins : none),
    isSteward: () => mayBegin() && begins.has(stewardLane),
    leaseLeftMs: () => (joined ? (me === undefined ? 0 : lease.leftMs(at())) : Number.POSITIVE_INFINITY),
    clockAheadMs: () => aheadMs,
    async join() {
      const askedMs = clock.now();
      const there = await chores.transaction(lookAround);
      refuseClock(aheadOf(there.nowMs, askedMs), options.shown);
      refuseStranger(options.runs, there, options.shown);
      joined = true;
      await joinNow();
      await beatOnce();
      await choring;
      schedule();
    },
    onLost(listener) {
      listeners.add(listener);
    },
    lost() {
      if (me === undefined) return;
      formerly.add(me);
      me = undefined;
      setLanes([], []);
      void beatOnce();
    },
    async leave() {
      isLeaving = true;
      setLanes(owned, owned);
      const worker = me;
      if (worker === undefined) return;
      await desk.transaction((sql) => startLeaving(sql, worker));
      await beatOnce();
      await choring;
    },
    async close() {
      closed = true;
      isLeaving = true;
      cancelTimer();
      await beating;
      await choring;
      const worker = me;
      me = undefined;
      if (worker !== undefined) await desk.transaction((sql) => leave(sql, worker)).catch(() => undefined);
    },
  };
}
