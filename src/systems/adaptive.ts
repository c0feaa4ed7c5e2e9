// How many calls at once a system takes gladly, found out below what is declared. Nothing is held back until answers suggest it: a refusal for too many
// calls, a timeout, or answers that take several times as long as they use to. Then half as many go at once (three quarters when it is only slow), once
// for each round of calls, and slowly more again while all goes well: additive increase, multiplicative decrease (Chiu and Jain 1989), as in TCP.
//
// Only what is seen goes in and only the next state comes out. Times are monotonic milliseconds.

/** What the end of one call says. `calm`: answered in time. `nothing`: it says nothing about how much the system can bear. */
export type Load = "calm" | "refused" | "timed-out" | "nothing";

/** Why fewer go at once. */
export type Strain = "refused" | "timed-out" | "slow";

export interface Adaptive {
  /** So many may be under way; undefined while nothing is held back. */
  readonly atOnce: number | undefined;
  readonly why: Strain | undefined;
  /** Calls that were let in before say nothing about the present bound. */
  readonly sinceMs: number;
  /** How many there were at once before the first bound: when so many go again, nothing is held back any more. */
  readonly peak: number;
  /** Calls that went well at the present bound. */
  readonly calm: number;
  readonly usual: Usual;
}

/** How long answers take lately, and how long they use to take when it goes well. */
export interface Usual {
  readonly latelyMs: number;
  readonly usuallyMs: number;
  readonly answers: number;
}

export const unbound: Adaptive = {
  atOnce: undefined,
  why: undefined,
  sinceMs: Number.NEGATIVE_INFINITY,
  peak: 0,
  calm: 0,
  usual: { latelyMs: 0, usuallyMs: 0, answers: 0 },
};

/** Slow is what takes so many times as long as usual … */
const slowTimes = 4;
/** … and so long that a person would notice … */
const slowMs = 1_000;
/** … once so many answers say what is usual. */
const usualAnswers = 64;
/** A system that is slow whatever one does is not driven below this. */
const slowAtOnceMin = 4;
/** A bound is forgotten when nothing has confirmed it for so long. */
const forgottenMs = 600_000;

export interface Ended {
  readonly load: Load;
  readonly nowMs: number;
  /** When it was let in. */
  readonly sentMs: number;
  /** How many were under way, this one included. */
  readonly inFlight: number;
}

/** What the end of one call changes. */
export function adapted(state: Adaptive, ended: Ended): Adaptive {
  const { load, nowMs, sentMs } = ended;
  if (load === "nothing") return state;
  const usual = load === "calm" ? learned(state.usual, nowMs - sentMs) : state.usual;
  if (load !== "calm") return lowered({ ...state, usual }, load, ended);
  if (isSlow(usual)) return lowered({ ...state, usual }, "slow", ended);
  return raised({ ...state, usual }, ended);
}

function lowered(state: Adaptive, why: Strain, { nowMs, sentMs, inFlight }: Ended): Adaptive {
  if (sentMs < state.sinceMs) return state;
  const before = Math.min(state.atOnce ?? inFlight, inFlight);
  const atOnce =
    why === "slow"
      ? Math.max(Math.min(before, slowAtOnceMin), Math.floor(before * 0.75))
      : Math.max(1, Math.floor(before / 2));
  // One call alone is as little as there can be, and says nothing about how many are too many.
  if (state.atOnce === undefined && atOnce === inFlight) return state;
  const peak = state.atOnce === undefined ? inFlight : state.peak;
  // What was slow is measured anew under the new bound.
  const usual = why === "slow" ? { ...state.usual, latelyMs: state.usual.usuallyMs } : state.usual;
  return { atOnce, why, sinceMs: nowMs, peak, calm: 0, usual };
}

function raised(state: Adaptive, { nowMs, sentMs, inFlight }: Ended): Adaptive {
  if (state.atOnce === undefined || sentMs < state.sinceMs) return state;
  // Only a bound that is made use of can be found to be too low.
  if (inFlight * 2 < state.atOnce) return nowMs - state.sinceMs > forgottenMs ? freed(state) : state;
  if (state.calm + 1 < state.atOnce) return { ...state, calm: state.calm + 1 };
  const atOnce = state.atOnce + Math.max(1, Math.floor(state.atOnce / 8));
  return atOnce >= state.peak ? freed(state) : { ...state, atOnce, sinceMs: nowMs, calm: 0 };
}

function freed({ usual }: Adaptive): Adaptive {
  return { ...unbound, usual };
}

function learned({ latelyMs, usuallyMs, answers }: Usual, tookMs: number): Usual {
  if (answers === 0) return { latelyMs: tookMs, usuallyMs: tookMs, answers: 1 };
  // What is usual sinks quickly and rises slowly, so that it stays what it is when all goes well.
  const share = tookMs < usuallyMs ? 1 / 16 : 1 / 1_024;
  return {
    latelyMs: latelyMs + (tookMs - latelyMs) / 16,
    usuallyMs: usuallyMs + (tookMs - usuallyMs) * share,
    answers: answers + 1,
  };
}

function isSlow({ latelyMs, usuallyMs, answers }: Usual): boolean {
  return answers >= usualAnswers && latelyMs > slowMs && latelyMs > usuallyMs * slowTimes;
}
