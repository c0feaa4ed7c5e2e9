import { type LendAnswer, type LendAsk, type Lot, termsOf, wayMs } from "../lending.ts";

// What may be lent of a limit, and from when on. What counts is what is used and has not come back, and all that workers have; what comes back soon may
// be lent before it does, as good from then on. So the place of a permit that was used and ended is taken by one that is sent `perMs` later or after that,
// whoever sends it, and no stretch of `perMs` ever sees more than the limit.

/** A limit as it stands in the ledger, by the server's clock. */
export interface Lent {
  readonly atMs: number;
  /** Of a window: what was used, by when it comes back, soonest first. Of a bucket: how full it was when. */
  readonly spent: readonly Spot[];
  readonly holders: Readonly<Record<string, Holder>>;
}

type Spot = readonly [atMs: number, points: number];

export interface Holder {
  /** In hand and under way. */
  readonly points: number;
  readonly inHand: number;
  /** Then it is taken for used, unless its worker has asked again. */
  readonly untilMs: number;
  readonly wants: boolean;
}

export const nothingLent: Lent = { atMs: 0, spent: [], holders: {} };

/** A window is kept in so many slots. */
const slots = 200;
/** As it is shown to those who ask. */
const slotsShown = 60;
const slowMsMax = 2_000;

/** One exchange: how the limit stands after it, and what the worker is told. */
export function lend(before: Lent, ask: LendAsk, nowMs: number): { readonly lent: Lent; readonly answer: LendAnswer } {
  const { holder, inFlight, want, least, perMs } = ask;
  const { aheadMs, coverMs } = termsOf(ask, Math.min(ask.slowMs, slowMsMax));
  const { spent, holders } = counted(standing(before, nowMs), ask, nowMs);
  const known = holders.get(holder);
  const kept = known !== undefined || ask.inHand === 0;
  const inHand = kept ? Math.min(ask.inHand, known?.points ?? 0) : 0;
  const goodUntilMs = nowMs + coverMs;
  const held = (points: number): Holder => ({
    points: inFlight + inHand + points,
    inHand: inHand + points,
    untilMs: goodUntilMs + wayMs,
    wants: want > 0,
  });
  holders.set(holder, held(0));
  const all = [...holders.values()];
  const sharers = Math.max(1, all.filter(({ wants, points }) => wants || (ask.slots && points > 0)).length);
  const out = all.reduce((sum, one) => sum + one.points, 0);
  const coming = freeAt(ask, spent, out, nowMs + aheadMs);
  const share = (coming + all.reduce((sum, one) => sum + one.inHand, 0)) / sharers;
  // What comes back while that much time passes is all that a worker that is lost may take with it.
  const flow = ((ask.burst ?? ask.points) * aheadMs) / perMs;
  const fair = ask.slots ? Math.ceil(ask.points / sharers) - inFlight : Math.ceil(Math.min(share, flow));
  const most = Math.min(want, Math.max(ask.slots && inFlight > 0 ? 0 : least, fair - inHand));
  const lots = lotsOf(ask, spent, { out, most, nowMs, untilMs: nowMs + aheadMs });
  const lentNow = sum(lots);
  const granted = lentNow + inHand >= least || lentNow >= most ? lots : [];
  holders.set(holder, held(sum(granted)));
  if (want === 0 && inFlight + inHand === 0) holders.delete(holder);
  return {
    lent: { atMs: nowMs, spent, holders: Object.fromEntries(holders) },
    answer: {
      nowMs,
      lots: granted,
      goodUntilMs,
      kept,
      others: out - inFlight - inHand,
      sharers,
      spent: shown(ask, spent, nowMs),
      opensAtMs: granted.length > 0 || want === 0 ? undefined : opensAt(ask, spent, out, nowMs),
    },
  };
}

/** A clock that was set back stands still for what was counted by it. */
function standing(lent: Lent, nowMs: number): Lent {
  const backMs = lent.atMs - nowMs;
  if (backMs <= 0) return lent;
  const holders = Object.entries(lent.holders).map(([name, one]) => [name, { ...one, untilMs: one.untilMs - backMs }]);
  const spent = lent.spent.map(([atMs, points]): Spot => [atMs - backMs, points]);
  return { atMs: nowMs, spent, holders: Object.fromEntries(holders) };
}

/** What is used by now, also by workers of which nothing was heard in time; and who has something still. */
function counted(lent: Lent, ask: LendAsk, nowMs: number): { spent: readonly Spot[]; holders: Map<string, Holder> } {
  const holders = new Map(Object.entries(lent.holders));
  let spent = lent.spent;
  for (const [name, { points, untilMs }] of holders) {
    if (untilMs > nowMs) continue;
    holders.delete(name);
    spent = used(ask, spent, untilMs, points);
  }
  for (const { agoMs, byMs, points } of ask.used)
    spent = used(ask, spent, Math.min(byMs, nowMs - Math.max(0, agoMs)), points);
  if (ask.burst === undefined) spent = spent.filter(([untilMs]) => untilMs > nowMs);
  return { spent, holders };
}

function used({ perMs, burst, points: flow }: LendAsk, spent: readonly Spot[], atMs: number, points: number): Spot[] {
  if (points <= 0) return [...spent];
  if (burst !== undefined) {
    const [[fullAtMs, full] = [atMs, 0]] = spent;
    const fromMs = Math.max(fullAtMs, atMs);
    return [[fromMs, Math.max(0, full - ((fromMs - fullAtMs) * flow) / perMs) + points]];
  }
  const slotMs = Math.max(1, Math.ceil(perMs / slots));
  // It comes back when the stretch is over: the millisecond in which it ends is in it.
  const untilMs = Math.ceil((atMs + perMs + 1) / slotMs) * slotMs;
  const at = spent.findIndex(([one]) => one >= untilMs);
  const [same] = at < 0 ? [] : spent.slice(at, at + 1);
  if (same?.[0] === untilMs) return spent.with(at, [untilMs, same[1] + points]);
  return spent.toSpliced(at < 0 ? spent.length : at, 0, [untilMs, points]);
}

/** How much is free at a time to come, if nothing more is used until then. */
function freeAt({ points, perMs, burst }: LendAsk, spent: readonly Spot[], out: number, atMs: number): number {
  if (burst === undefined)
    return points - out - spent.reduce((left, [untilMs, one]) => left + (untilMs > atMs ? one : 0), 0);
  const [[fullAtMs, full] = [atMs, 0]] = spent;
  return burst - out - Math.max(0, full - ((atMs - fullAtMs) * points) / perMs);
}

/** Times up to `untilMs` at which more is free than before. */
function momentsOf({ burst }: LendAsk, spent: readonly Spot[], nowMs: number, untilMs: number): readonly number[] {
  if (burst !== undefined) return [0, 0.25, 0.5, 0.75, 1].map((share) => nowMs + (untilMs - nowMs) * share);
  return [nowMs, ...spent.map(([atMs]) => atMs).filter((atMs) => atMs <= untilMs)];
}

interface Within {
  readonly out: number;
  readonly most: number;
  readonly nowMs: number;
  readonly untilMs: number;
}

function lotsOf(ask: LendAsk, spent: readonly Spot[], { out, most, nowMs, untilMs }: Within): readonly Lot[] {
  const lots: Lot[] = [];
  let left = most;
  for (const fromMs of momentsOf(ask, spent, nowMs, untilMs)) {
    const points = Math.min(left, freeAt(ask, spent, out + most - left, fromMs));
    if (points <= 0) continue;
    lots.push({ fromMs, points });
    left -= points;
  }
  return lots;
}

function opensAt(ask: LendAsk, spent: readonly Spot[], out: number, nowMs: number): number | undefined {
  const { burst, points, perMs, least } = ask;
  if (burst === undefined) return spent.find(([untilMs]) => freeAt(ask, spent, out, untilMs) >= least)?.[0];
  const missing = least - freeAt(ask, spent, out, nowMs);
  return out + least > burst ? undefined : nowMs + Math.max(0, (missing * perMs) / points);
}

function shown(ask: LendAsk, spent: readonly Spot[], nowMs: number): readonly Lot[] {
  const { burst, points, perMs } = ask;
  if (burst !== undefined) {
    const [[fullAtMs, full] = [nowMs, 0]] = spent;
    const left = full - ((nowMs - fullAtMs) * points) / perMs;
    return left <= 0 ? [] : [{ fromMs: nowMs + (left * perMs) / points, points: left }];
  }
  const coarse = new Map<number, number>();
  const slotMs = Math.ceil(perMs / slotsShown);
  for (const [untilMs, one] of spent) {
    const fromMs = Math.ceil(untilMs / slotMs) * slotMs;
    coarse.set(fromMs, (coarse.get(fromMs) ?? 0) + one);
  }
  return [...coarse].map(([fromMs, one]) => ({ fromMs, points: one }));
}

const sum = (lots: readonly Lot[]): number => lots.reduce((all, { points }) => all + points, 0);
