import { WaybillError } from "../model/errors.ts";
import type { Clock } from "../world/clock.ts";
import type { Seat } from "./seats.ts";

/** A wait that is over so soon is not worth standing up for. */
const seatMs = 20;

/**
 * How long a source's own code and the systems it asks may take. Waits inside Waybill, for a limit or a system that is down, do not count: otherwise a
 * poll of a system with a slow limit would never end in time.
 */
export class RunDeadline {
  readonly #clock: Clock;
  readonly #allowedMs: number;
  readonly #startedMs: number;
  readonly #controller = new AbortController();
  #cancel: () => void;
  readonly #seat: Seat | undefined;
  #waiting = 0;
  #waitingSinceMs = 0;
  #waitedMs = 0;

  /** @param seat is given up while it waits inside Waybill. */
  constructor(clock: Clock, allowedMs: number, seat?: Seat) {
    this.#seat = seat;
    this.#clock = clock;
    this.#allowedMs = allowedMs;
    this.#startedMs = clock.monotonic();
    this.#cancel = clock.after(allowedMs, () => this.#look(), { idle: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends it: what waits or is under way is aborted with `reason`. */
  end(reason: WaybillError): void {
    this.#cancel();
    if (!this.signal.aborted) this.#controller.abort(reason);
  }

  /** Resolves or rejects with `work`, unless it is ended before; `work` is then no longer looked at. */
  async race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    let onAbort = (): void => undefined;
    const ended = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason as WaybillError);
      signal.addEventListener("abort", onAbort, { once: true });
    });
    // Whoever loses the race may still reject.
    work.catch(() => undefined);
    ended.catch(() => undefined);
    try {
      signal.throwIfAborted();
      return await Promise.race([work, ended]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Time inside `wait` is Waybill's own. */
  async waitInside<T>(wait: Promise<T>): Promise<T> {
    if (this.#waiting++ === 0) this.#waitingSinceMs = this.#clock.monotonic();
    const seat = this.#seat;
    const cancel = seat && this.#clock.after(seatMs, () => seat.leave(), { idle: true });
    try {
      return await wait;
    } finally {
      cancel?.();
      if (seat !== undefined && this.#waiting === 1) await seat.sit();
      if (--this.#waiting === 0) this.#waitedMs += this.#clock.monotonic() - this.#waitingSinceMs;
    }
  }

  #look(): void {
    const now = this.#clock.monotonic();
    const waitingMs = this.#waiting > 0 ? now - this.#waitingSinceMs : 0;
    const leftMs = this.#allowedMs - (now - this.#startedMs - this.#waitedMs - waitingMs);
    if (leftMs > 0) {
      // While it waits inside, no time is used up: looking again once in a while is enough.
      this.#cancel = this.#clock.after(Math.max(1, Math.ceil(leftMs)), () => this.#look(), { idle: true });
      return;
    }
    const message = `fetch did not end within ${this.#allowedMs} ms`;
    this.#controller.abort(
      new WaybillError("timed-out", message, "Ask for less at a time, or give the poll a longer timeout."),
    );
  }
}
