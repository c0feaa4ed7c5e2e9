import type { Limit } from "../define/system.ts";
import { durationText } from "../model/duration.ts";
import type { Quota } from "./rate-headers.ts";
import { RollingWindow } from "./rolling.ts";

// What a system has said of its quotas, held against what is declared. The stricter of the two counts: while an answer says that five calls are left
// until then, no more than five leave, whatever is declared; and a policy that allows less than the declaration is kept like a declared limit. The
// latest call's answer knows best; one that was sent before it can only make it stricter. Times are monotonic milliseconds.

/** So many quotas and policies of one system are remembered. */
const namesMax = 16;
/** A longer window is left to the counts in the answers: a rolling day would be stricter than anybody means. */
const windowMsMax = 3_600_000;
const countMax = 100_000;

interface Left {
  readonly told: string;
  readonly limit: number | undefined;
  readonly remaining: number;
  /** What was under way when it was told: whether that is in the count, nobody knows, so it is taken off once more. */
  readonly unsure: number;
  taken: number;
  readonly untilMs: number;
}

/** A declaration that allows more than the system says. */
export interface Contradiction {
  /** `60 per 1m`, or `nothing`. */
  readonly declared: string;
  /** `RateLimit "day": 40 per 1m`. */
  readonly told: string;
}

export interface ToldState {
  /** The header, and the name in it. */
  readonly told: string;
  readonly limit: number | undefined;
  readonly left: number;
  /** Monotonic; undefined for a policy, which holds until another answer says otherwise. */
  readonly untilMs: number | undefined;
}

export class Told {
  readonly #declared: readonly Limit[];
  #left: Left[] = [];
  /** When the call was let in whose answer told it. */
  #sinceMs = Number.NEGATIVE_INFINITY;
  readonly #policies = new Map<string, RollingWindow>();
  readonly #contradictions = new Set<string>();

  constructor(declared: readonly Limit[]) {
    this.#declared = declared;
  }

  /** How many more may be let in now. */
  free(nowMs: number, inFlight: number): number {
    let free = Number.POSITIVE_INFINITY;
    for (const quota of this.#left) if (quota.untilMs > nowMs) free = Math.min(free, leftOf(quota, inFlight));
    for (const window of this.#policies.values()) free = Math.min(free, window.free(nowMs, 1));
    return free;
  }

  /** When that may be: at once, at a known time, or only after something in flight has ended (Infinity). */
  freeAt(nowMs: number, inFlight: number): number {
    let at = nowMs;
    for (const quota of this.#left) if (quota.untilMs > at && leftOf(quota, inFlight) <= 0) at = quota.untilMs;
    for (const window of this.#policies.values()) at = Math.max(at, window.freeAt(nowMs, 1));
    return at;
  }

  take(): void {
    for (const quota of this.#left) quota.taken += 1;
    for (const window of this.#policies.values()) window.take(1);
  }

  /** It was sent and has ended. */
  end(nowMs: number): void {
    for (const window of this.#policies.values()) window.end(nowMs, 1, 1);
  }

  /** It never left. */
  unsent(): void {
    for (const quota of this.#left) quota.taken -= 1;
    for (const window of this.#policies.values()) window.unsent(1);
  }

  /**
   * An answer has told quotas.
   *
   * @param sentMs when its call was let in
   * @param inFlight calls that are under way still
   * @returns declarations that it contradicts, each told only once.
   */
  note(quotas: readonly Quota[], nowMs: number, sentMs: number, inFlight: number): readonly Contradiction[] {
    const found: Contradiction[] = [];
    const left: Left[] = [];
    for (const quota of quotas) {
      if (!quota.ofCalls) continue;
      const contradiction = this.#compare(quota, nowMs, inFlight);
      if (contradiction !== undefined) found.push(contradiction);
      const { remaining, afterMs, told, limit } = quota;
      // A spent one is a stop, and the gate's.
      if (remaining === undefined || remaining === 0 || afterMs === undefined || afterMs <= 0) continue;
      const untilMs = nowMs + Math.min(afterMs, windowMsMax);
      left.push({ told, limit, remaining, unsure: inFlight, taken: 0, untilMs });
    }
    if (left.length > 0) this.#remember(left.slice(0, namesMax), sentMs, inFlight);
    return found;
  }

  #remember(left: Left[], sentMs: number, inFlight: number): void {
    if (sentMs >= this.#sinceMs) {
      this.#sinceMs = sentMs;
      this.#left = left;
      return;
    }
    this.#left = this.#left.map((known) => {
      const older = left.find(({ told }) => told === known.told);
      return older !== undefined && leftOf(older, inFlight) < leftOf(known, inFlight) ? older : known;
    });
  }

  #compare(quota: Quota, nowMs: number, inFlight: number): Contradiction | undefined {
    const { told, limit, windowMs, afterMs, partial } = quota;
    // A window that is not told is at least as long as what is left of it.
    const perMs = windowMs ?? afterMs;
    if (partial || limit === undefined || limit === 0 || perMs === undefined || perMs <= 0) return undefined;
    const allowed = this.#allowedIn(perMs);
    const contradicts = limit < allowed.count;
    if (windowMs !== undefined) this.#keep(told, contradicts ? limit : undefined, windowMs, nowMs, inFlight);
    // Where nothing is declared, only a window that is told is worth telling.
    if (!contradicts || (windowMs === undefined && allowed.count === Number.POSITIVE_INFINITY)) return undefined;
    const words = windowMs === undefined ? `${told}: ${limit}` : `${told}: ${limit} per ${short(windowMs)}`;
    if (this.#contradictions.has(words) || this.#contradictions.size >= namesMax) return undefined;
    this.#contradictions.add(words);
    return { declared: allowed.limit, told: words };
  }

  /** A policy that is stricter than what is declared holds like a declared limit, from now on and until it is told to be another one. */
  #keep(told: string, limit: number | undefined, windowMs: number, nowMs: number, inFlight: number): void {
    if (limit === undefined || windowMs > windowMsMax || limit > countMax) {
      this.#policies.delete(told);
      return;
    }
    const known = this.#policies.get(told);
    if (known?.points === limit && known.perMs === windowMs) return;
    if (known === undefined && this.#policies.size >= namesMax) return;
    const window = new RollingWindow(limit, windowMs);
    // What is under way now ends in it, and the call that was just answered counts.
    for (let taken = 0; taken <= inFlight; taken++) window.take(1);
    window.end(nowMs, 1, 1);
    this.#policies.set(told, window);
  }

  /** The most that the declared limits allow in a window of that length. */
  #allowedIn(perMs: number): { count: number; limit: string } {
    let allowed = { count: Number.POSITIVE_INFINITY, limit: "nothing" };
    for (const limit of this.#declared) {
      if (limit.kind !== "rate" || limit.per !== undefined) continue;
      const count = limit.count * Math.ceil(perMs / limit.perMs) + (limit.burst ?? 0);
      if (count < allowed.count) allowed = { count, limit: `${limit.count} per ${short(limit.perMs)}` };
    }
    return allowed;
  }

  state(nowMs: number, inFlight: number): readonly ToldState[] {
    const counts = this.#left
      .filter(({ untilMs }) => untilMs > nowMs)
      .map((quota) => ({
        told: quota.told,
        limit: quota.limit,
        left: Math.max(0, leftOf(quota, inFlight)),
        untilMs: quota.untilMs,
      }));
    const policies = [...this.#policies].map(([told, window]) => ({
      told: `${told}: ${window.points} per ${short(window.perMs)}`,
      limit: window.points,
      left: Math.max(0, window.free(nowMs, 1)),
      untilMs: undefined,
    }));
    return [...counts, ...policies];
  }
}

/** One at a time may find out what is left where nobody knows what the count held. */
function leftOf({ remaining, unsure, taken }: Left, inFlight: number): number {
  const left = remaining - unsure - taken;
  return left <= 0 && inFlight === 0 && taken < remaining ? 1 : left;
}

function short(ms: number): string {
  return durationText(ms).replaceAll(" ", "");
}
