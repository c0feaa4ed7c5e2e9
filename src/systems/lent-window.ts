import type { BudgetName, Spent } from "../ledger/budgets.ts";
import { type LendAnswer, type Lot, type Terms, termsOf } from "../ledger/lending.ts";
import type { Lendable, Lender } from "./lender.ts";
import type { Meter } from "./meter.ts";
import type { Waits } from "./reserve.ts";

// A limit that a fleet shares, as one worker has it: permits that the ledger has lent (ledger/lending.ts), each good from a time on, and all of them only
// for so long. As long as anything is in hand, under way or not reported, the ledger is asked again in time. Times are monotonic milliseconds.

const failedPauseMs = 100;
/** The ledger answers in about so long. */
const answerMs = 5;
/** Of whoever asks for one after the other. */
const batchFirst = 1;

interface Noted {
  readonly atMs: number;
  readonly points: number;
}

export class LentWindow implements Meter {
  readonly #lender: Lender;
  readonly #name: BudgetName;
  readonly #limit: Lendable;
  readonly #waits: Waits;
  /** Soonest first. */
  #hand: Lot[] = [];
  #inFlight = 0;
  #used: Noted[] = [];
  #goodUntilMs = Number.NEGATIVE_INFINITY;
  #others = 0;
  #sharers = 1;
  #spent: readonly Lot[] = [];
  #asking: Promise<void> | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #askAgainAtMs = Number.NEGATIVE_INFINITY;
  #batch = batchFirst;
  #cancelTimer: (() => void) | undefined;

  constructor(lender: Lender, name: BudgetName, limit: Lendable, waits: Waits) {
    this.#lender = lender;
    this.#name = name;
    this.#limit = limit;
    this.#waits = waits;
  }

  get #terms(): Terms {
    return termsOf(this.#limit, this.#lender.slowMs);
  }

  get #points(): number {
    return this.#limit.burst ?? this.#limit.points;
  }

  free(nowMs: number, points: number): number {
    const { now, later } = this.#inHand(nowMs);
    if (now < points || (now + later) * 2 <= this.#batch * points) this.#askFor(nowMs, points, now + later < points);
    return Math.floor(now / points);
  }

  take(points: number): void {
    this.#inFlight += points;
    let left = points;
    for (let first = this.#hand[0]; first !== undefined && left > 0; first = this.#hand[0]) {
      if (first.points > left) this.#hand[0] = { ...first, points: first.points - left };
      else this.#hand.shift();
      left -= Math.min(left, first.points);
    }
  }

  end(nowMs: number, points: number, actual: number): void {
    if (this.#limit.slots) return this.#slotFree(nowMs, points);
    this.#inFlight -= points;
    if (actual > 0) this.#used.push({ atMs: nowMs, points: actual });
    this.#reportInTime(nowMs);
  }

  unsent(points: number): void {
    this.#inFlight -= points;
    this.#hand.unshift({ fromMs: this.#lender.clock.monotonic(), points });
  }

  /** Where others want slots, no more are kept than are this worker's share. */
  #slotFree(nowMs: number, points: number): void {
    const has = this.#inFlight + sum(this.#hand);
    if (has <= Math.ceil(this.#points / this.#sharers)) return this.unsent(points);
    this.#inFlight -= points;
    if (this.#asking === undefined) this.#ask(nowMs, 0, 0);
  }

  /** Whether what was let in may leave: the ledger counts it still. */
  maySend(nowMs: number): boolean {
    return nowMs <= this.#goodUntilMs;
  }

  freeAt(nowMs: number, points: number): number {
    if (this.free(nowMs, points) > 0) return nowMs;
    let has = 0;
    for (const lot of this.#hand) {
      has += lot.points;
      if (has >= points) return Math.max(nowMs + 1, lot.fromMs);
    }
    return this.#asking === undefined ? Math.max(nowMs + 1, this.#askAgainAtMs) : nowMs + answerMs;
  }

  freeBy(nowMs: number, untilMs: number, points: number): number {
    this.#inHand(nowMs);
    return Math.floor(sum(this.#hand.filter(({ fromMs }) => fromMs <= untilMs)) / points);
  }

  intervalMs(holdMs: number, points: number): number {
    const { perMs, burst } = this.#limit;
    const eachMs = this.#limit.slots ? holdMs : perMs + (burst === undefined ? holdMs : 0);
    return (eachMs * points * this.#sharers) / this.#limit.points;
  }

  left(nowMs: number): number {
    const { now, later } = this.#inHand(nowMs);
    return Math.max(0, this.#points - this.used(nowMs) + now + later);
  }

  used(nowMs: number): number {
    const { now, later } = this.#inHand(nowMs);
    const spent = sum(this.#spent.filter(({ fromMs }) => fromMs > nowMs));
    // What others had a while ago they have no more, or somebody has asked since.
    const others = nowMs - this.#askedAtMs > this.#limit.perMs + this.#terms.coverMs ? 0 : this.#others;
    return spent + others + this.#inFlight + now + later + sum(this.#used);
  }

  /** What counts, by when it comes back, for a forecast. Milliseconds since 1970. */
  counted(offsetMs: number): readonly Spent[] {
    return this.#spent.map(({ fromMs, points }) => ({ untilMs: offsetMs + fromMs, points }));
  }

  /** Says what was used, and gives back what was not. */
  async close(nowMs: number): Promise<void> {
    await this.#asking;
    this.#cancelTimer?.();
    const isOpen = this.#isOpen;
    this.#hand = [];
    if (isOpen) await this.#exchange(nowMs, 0, 0);
    this.#cancelTimer?.();
  }

  /** The ledger is owed a word, or is asked to keep something. */
  get #isOpen(): boolean {
    return this.#hand.length > 0 || this.#inFlight > 0 || this.#used.length > 0;
  }

  #inHand(nowMs: number): { readonly now: number; readonly later: number } {
    if (nowMs > this.#goodUntilMs) this.#hand = [];
    const now = sum(this.#hand.filter(({ fromMs }) => fromMs <= nowMs));
    return { now, later: sum(this.#hand) - now };
  }

  /** The sooner all are used, the more at once. */
  #askFor(nowMs: number, points: number, isDry: boolean): void {
    if (this.#asking !== undefined || nowMs < this.#askAgainAtMs) return;
    const fast = nowMs - this.#askedAtMs < this.#terms.coverMs;
    if (fast && isDry) this.#batch = Math.min(this.#points, this.#batch * 2);
    else if (!fast) this.#lessAtOnce();
    this.#askedAtMs = nowMs;
    const missing = Math.max(0, points - sum(this.#hand));
    this.#ask(nowMs, Math.max(missing, this.#batch * points), points);
  }

  #lessAtOnce(): void {
    this.#batch = Math.max(batchFirst, Math.floor(this.#batch / 2));
  }

  /** What lay there unused goes back: somebody else may have a use for it. */
  #letGo(nowMs: number): void {
    const fresh = this.#hand.filter(({ fromMs }) => fromMs > nowMs - this.#terms.coverMs / 2);
    if (fresh.length < this.#hand.length) this.#lessAtOnce();
    this.#hand = fresh;
  }

  #ask(nowMs: number, want: number, least: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#asking = this.#exchange(nowMs, want, least)
      .catch(() => {
        this.#askAgainAtMs = this.#lender.clock.monotonic() + failedPauseMs;
      })
      .finally(() => {
        this.#asking = undefined;
        this.#reportInTime(this.#lender.clock.monotonic());
        if (want > 0) this.#waits.pump();
      });
  }

  #reportInTime(nowMs: number): void {
    if (this.#cancelTimer !== undefined || this.#asking !== undefined || !this.#isOpen) return;
    const dueMs = Math.max(this.#askedAtMs + this.#terms.coverMs / 3, this.#askAgainAtMs, nowMs + 1);
    const report = (): void => {
      this.#cancelTimer = undefined;
      if (this.#asking !== undefined) return;
      const now = this.#lender.clock.monotonic();
      this.#askedAtMs = now;
      this.#ask(now, 0, 0);
    };
    this.#cancelTimer = this.#lender.clock.after(dueMs - nowMs, report, { idle: true });
  }

  async #exchange(nowMs: number, want: number, least: number): Promise<void> {
    const used = this.#used;
    this.#used = [];
    this.#letGo(nowMs);
    const { now, later } = this.#inHand(nowMs);
    let answer: LendAnswer;
    try {
      answer = await this.#lender.ask(this.#name, {
        ...this.#limit,
        inHand: now + later,
        inFlight: this.#inFlight,
        want,
        least,
        used: used.map(({ atMs, points }) => ({ agoMs: nowMs - atMs, byMs: this.#lender.time.by(atMs), points })),
      });
    } catch (fault) {
      this.#used = [...used, ...this.#used];
      throw fault;
    }
    this.#heard(answer, least);
  }

  #heard(answer: LendAnswer, least: number): void {
    const { clock, time } = this.#lender;
    const { paceMs, aheadMs } = this.#terms;
    const nowMs = clock.monotonic();
    const here = ({ fromMs, points }: Lot): Lot => ({ fromMs: time.reached(fromMs), points });
    if (!answer.kept) this.#hand = [];
    this.#goodUntilMs = time.before(answer.goodUntilMs);
    this.#hand = [...this.#hand, ...answer.lots.map(here)].sort((a, b) => a.fromMs - b.fromMs);
    this.#others = answer.others;
    this.#sharers = answer.sharers;
    this.#spent = answer.spent.map(here);
    if (least === 0) return;
    const soonest = nowMs + paceMs;
    const opens = answer.opensAtMs === undefined ? soonest : time.reached(answer.opensAtMs) - aheadMs;
    this.#askAgainAtMs = Math.max(opens, soonest);
  }
}

const sum = (lots: readonly Pick<Lot, "points">[]): number => lots.reduce((all, { points }) => all + points, 0);
