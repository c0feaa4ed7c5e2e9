import type { Clock } from "./clock.ts";

// Every exchange has a deadline, and nearly none is reached. A timer for each would cost more than the rest of the bookkeeping, so exchanges
// that may take equally long stand in one line: whoever came first expires first, entering and leaving are a few assignments, and one timer
// watches the head of the line. It is not moved when the head leaves: it fires, finds a younger head, and is set again.

export interface Deadlined {
  /** Called once, when its time is over. */
  expire(): void;
  deadlineMs: number;
  line: DeadlineLine | undefined;
  earlier: Deadlined | undefined;
  later: Deadlined | undefined;
}

/** Those that may take `allowedMs`, in the order in which they came. */
export class DeadlineLine {
  readonly #clock: Clock;
  readonly #allowedMs: number;
  readonly #onEmpty: () => void;
  #first: Deadlined | undefined;
  #last: Deadlined | undefined;
  #armed = false;

  constructor(clock: Clock, allowedMs: number, onEmpty: () => void) {
    this.#clock = clock;
    this.#allowedMs = allowedMs;
    this.#onEmpty = onEmpty;
  }

  enter(one: Deadlined): void {
    one.deadlineMs = this.#clock.monotonic() + this.#allowedMs;
    one.line = this;
    one.earlier = this.#last;
    if (this.#last === undefined) this.#first = one;
    else this.#last.later = one;
    this.#last = one;
    if (!this.#armed) this.#arm(this.#allowedMs);
  }

  leave(one: Deadlined): void {
    if (one.line !== this) return;
    if (one.earlier === undefined) this.#first = one.later;
    else one.earlier.later = one.later;
    if (one.later === undefined) this.#last = one.earlier;
    else one.later.earlier = one.earlier;
    one.line = undefined;
    one.earlier = undefined;
    one.later = undefined;
  }

  #arm(delayMs: number): void {
    this.#armed = true;
    this.#clock.after(delayMs, () => this.#sweep(), { idle: true });
  }

  #sweep(): void {
    this.#armed = false;
    const now = this.#clock.monotonic();
    while (this.#first !== undefined && this.#first.deadlineMs <= now) {
      const due = this.#first;
      this.leave(due);
      due.expire();
    }
    if (this.#first === undefined) this.#onEmpty();
    else if (!this.#armed) this.#arm(Math.max(1, this.#first.deadlineMs - now));
  }
}

/** One line for each length of time in use. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #lines = new Map<number, DeadlineLine>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  enter(one: Deadlined, allowedMs: number): void {
    let line = this.#lines.get(allowedMs);
    if (line === undefined) {
      line = new DeadlineLine(this.#clock, allowedMs, () => this.#lines.delete(allowedMs));
      this.#lines.set(allowedMs, line);
    }
    line.enter(one);
  }
}
