import type { BudgetAnswer, BudgetName, Spent } from "../ledger/budgets.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Clock } from "../world/clock.ts";
import type { Span } from "./planned.ts";

// How a limit's budget is had from the ledger. Times in a process are monotonic; on disk they are milliseconds since 1970, by the clock as it stood when
// the process began: a clock that is set while it runs changes nothing that it counts.

export interface Reserves {
  /** The reserve of one limit, or one key of it. */
  of(name: BudgetName, span: Span, waits: Waits): Reserve;
}

/** Those who wait for a reserve. */
export interface Waits {
  /** The ledger has answered, or failed. */
  pump(): void;
}

/** @param holder names this process. */
export function reservesFrom(ledger: Pick<Ledger, "reserve">, clock: Clock, holder: string): Reserves {
  const parts = { ledger, clock, offsetMs: clock.now() - clock.monotonic(), holder };
  return {
    of: (name, span, waits) => new Reserve(parts, name, span, waits),
  };
}

interface ReserveParts {
  readonly ledger: Pick<Ledger, "reserve">;
  readonly clock: Clock;
  readonly offsetMs: number;
  readonly holder: string;
}

const failedPauseMs = 500;
/** The ledger answers in about so long. */
const answerMs = 5;
const none: readonly never[] = [];

interface Noted {
  atMs: number;
  points: number;
}

/** What this process holds of one budget, and what it has to report of it. */
export class Reserve {
  readonly #parts: ReserveParts;
  readonly #name: BudgetName;
  readonly #span: Span;
  readonly #waits: Waits;
  /** Reserved, and not in use. */
  held = 0;
  /** As the ledger answered last, in this process's time. */
  spent: readonly Spent[] = none;
  /** Held by other processes. */
  others = 0;
  #inUse = 0;
  #freed = 0;
  #used: Noted[] = [];
  #asking: Promise<void> | undefined;
  #askAgainAtMs = Number.NEGATIVE_INFINITY;
  /** When a call of `least` may be had, as far as the last answer tells. */
  #opensAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ReserveParts, name: BudgetName, span: Span, waits: Waits) {
    this.#parts = parts;
    this.#name = name;
    this.#span = span;
    this.#waits = waits;
  }

  get points(): number {
    return this.#span.points;
  }

  get perMs(): number {
    return this.#span.perMs;
  }

  /** False while it is being asked, and as long as that is known to be in vain. */
  mayAsk(nowMs: number): boolean {
    return this.#asking === undefined && nowMs >= this.#askAgainAtMs;
  }

  /** Asks for more, unless that is under way or known to be in vain. */
  ask(nowMs: number, want: number, least: number): void {
    if (!this.mayAsk(nowMs)) return;
    this.#asking = this.#exchange(nowMs, want, least)
      .then(
        (granted) => {
          if (granted === 0 && want > 0) this.#waitFor(least);
        },
        () => {
          this.#askAgainAtMs = this.#opensAtMs = this.#parts.clock.monotonic() + failedPauseMs;
        },
      )
      .finally(() => {
        this.#asking = undefined;
        this.#waits.pump();
      });
  }

  /** When a call may be had that is not held yet: soon, while the ledger is being asked; Infinity when all that is missing is in use. */
  opensAtMs(nowMs: number): number {
    return this.#asking === undefined ? this.#opensAtMs : nowMs + answerMs;
  }

  take(points: number): void {
    this.held -= points;
    this.#inUse += points;
  }

  /** @param actual what it really cost. */
  end(nowMs: number, points: number, actual: number): void {
    this.#inUse -= points;
    this.#freed += points;
    const atMs = this.#parts.offsetMs + nowMs;
    if (actual > 0) this.#note(atMs, actual);
    if (this.#askAgainAtMs === Number.POSITIVE_INFINITY) this.#askAgainAtMs = Number.NEGATIVE_INFINITY;
  }

  #note(atMs: number, points: number): void {
    const last = this.#used.at(-1);
    // What ended within a second is one item of the report.
    if (last !== undefined && atMs - last.atMs < 1_000) {
      last.atMs = atMs;
      last.points += points;
    } else if (last === undefined) {
      this.#used = [{ atMs, points }];
    } else {
      this.#used.push({ atMs, points });
    }
  }

  unsent(points: number): void {
    this.#inUse -= points;
    this.held += points;
  }

  /** Points that count, of this process and, as of the last answer, of all others. */
  used(nowMs: number): number {
    const wall = this.#parts.offsetMs + nowMs;
    let used = this.others + this.#inUse;
    for (const { untilMs, points } of this.spent) if (untilMs > wall) used += points;
    for (const { points } of this.#used) used += points;
    return used;
  }

  /** What counts, by when it comes back, for a forecast. Milliseconds since 1970. */
  get counted(): readonly Spent[] {
    const { perMs } = this;
    return [...this.spent, ...this.#used.map(({ atMs, points }) => ({ untilMs: atMs + perMs, points }))];
  }

  /** Reports what was used, gives back what was not. `used` says how much of what is held counts all the same. */
  async close(nowMs: number, used: number): Promise<void> {
    await this.#asking;
    if (used > 0) this.#used.push({ atMs: this.#parts.offsetMs + nowMs, points: used });
    this.#freed += this.held;
    this.held = 0;
    if (this.#freed > 0 || this.#used.length > 0) await this.#exchange(nowMs, 0, 0);
  }

  async #exchange(nowMs: number, want: number, least: number): Promise<number> {
    const { ledger, offsetMs, holder } = this.#parts;
    const [used, freed] = [this.#used, this.#freed];
    this.#used = [];
    this.#freed = 0;
    let answer: BudgetAnswer;
    try {
      answer = await ledger.reserve({
        ...this.#name,
        ...this.#span,
        holder,
        nowMs: Math.floor(offsetMs + nowMs),
        want,
        least,
        freed,
        used: used.map(({ atMs, points }) => ({ atMs: Math.ceil(atMs), points })),
      });
    } catch (error) {
      this.#used = [...used, ...this.#used];
      this.#freed += freed;
      throw error;
    }
    this.held += answer.granted;
    this.spent = answer.spent.length === 0 ? none : answer.spent;
    this.others = Math.max(0, answer.held - this.held - this.#inUse - this.#freed);
    return answer.granted;
  }

  /** Nothing was granted: it opens when enough of what is spent has come back, or somebody has reported. */
  #waitFor(least: number): void {
    const { offsetMs } = this.#parts;
    let missing = least - this.points + this.others + this.held + this.#inUse + this.#freed;
    for (const { points } of this.spent) missing += points;
    let at = Number.POSITIVE_INFINITY;
    for (const { untilMs, points } of this.spent) {
      missing -= points;
      if (missing > 0) continue;
      at = untilMs - offsetMs + 1;
      break;
    }
    // What others hold comes back when they say so.
    if (at === Number.POSITIVE_INFINITY && this.others > 0) at = this.#parts.clock.monotonic() + 1_000;
    // What this process has used and not reported yet is reported by asking.
    if (this.#freed > 0) at = this.#parts.clock.monotonic();
    this.#askAgainAtMs = this.#opensAtMs = at;
  }
}
