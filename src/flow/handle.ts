import { WaybillError } from "../model/errors.ts";
import type { Clock } from "../world/clock.ts";

/**
 * What makes a run of `deliver` revocable. While it lives, effects and calls may be made; once it is revoked (a deadline, a stop, ownership
 * lost) they reject, also those that wait, and the last check stands in the tick that writes to the socket. User code that goes on
 * regardless can then do no harm through Waybill.
 *
 * Its deadline counts the time that user code and destinations take. Waits inside Waybill (limits, breakers, the ledger) do not count.
 */
export class Handle {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #startedMs: number;
  readonly #onDeadline: () => void;
  readonly #leaseLeftMs: () => number;
  #cancelTimer: () => void;
  #revokedBecause: string | undefined;
  #controller: AbortController | undefined;
  #waiting = 0;
  #waitingSinceMs = 0;
  #waitedMs = 0;

  /** @param leaseLeftMs for how long this worker may still let something out, as the ledger knows it. */
  constructor(clock: Clock, deadlineMs: number, onDeadline: () => void, leaseLeftMs: () => number) {
    this.#leaseLeftMs = leaseLeftMs;
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#onDeadline = onDeadline;
    this.#startedMs = clock.monotonic();
    this.#cancelTimer = clock.after(deadlineMs, () => this.#atDeadline(), { idle: true });
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#revokedBecause !== undefined) this.#controller.abort(this.#error());
    }
    return this.#controller.signal;
  }

  get revoked(): boolean {
    return this.#revokedBecause !== undefined;
  }

  /** How long this run has taken by itself, in milliseconds. */
  spentMs(): number {
    const waitingMs = this.#waiting > 0 ? this.#clock.monotonic() - this.#waitingSinceMs : 0;
    return Math.max(0, this.#clock.monotonic() - this.#startedMs - this.#waitedMs - waitingMs);
  }

  /** @throws {WaybillError} `revoked` when this run may do nothing any more. */
  check(): void {
    if (this.#revokedBecause === undefined && this.#leaseLeftMs() <= 0)
      this.revoke("this worker has not reached the ledger for too long, and others may have taken its records over");
    if (this.#revokedBecause !== undefined) throw this.#error();
  }

  revoke(because: string): void {
    if (this.#revokedBecause !== undefined) return;
    this.#revokedBecause = because;
    this.#cancelTimer();
    this.#controller?.abort(this.#error());
  }

  /** Ends the run in good order: nothing may follow, and nothing is aborted. */
  close(): void {
    this.#cancelTimer();
    this.#revokedBecause ??= "this run of deliver has ended";
  }

  /** Time inside `wait` is Waybill's own. */
  async waitInside<T>(wait: Promise<T>): Promise<T> {
    if (this.#waiting++ === 0) this.#waitingSinceMs = this.#clock.monotonic();
    try {
      return await wait;
    } finally {
      if (--this.#waiting === 0) this.#waitedMs += this.#clock.monotonic() - this.#waitingSinceMs;
    }
  }

  #atDeadline(): void {
    const leftMs = this.#deadlineMs - this.spentMs();
    if (leftMs > 1) this.#cancelTimer = this.#clock.after(leftMs, () => this.#atDeadline(), { idle: true });
    else this.#onDeadline();
  }

  #error(): WaybillError {
    return new WaybillError(
      "revoked",
      `This run may do nothing any more: ${this.#revokedBecause}.`,
      "Await every effect and call inside deliver, and stop when its signal fires.",
    );
  }
}
