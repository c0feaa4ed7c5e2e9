import type { Meter } from "./meter.ts";
import type { Reserve } from "./reserve.ts";

// Limits whose budget outlives the process. A window of a minute or more is kept in the ledger, slot by slot, and this process has only what it
// reserved. A shorter one is counted here, exactly; the ledger keeps no more of it than that this process uses it: after a crash it counts as full.

/** At this length a window is kept in slots. */
export const keptFromMs = 60_000;

/** A batch is at most a twentieth of the budget: that is what a crash may cost. */
const batchShare = 20;
/** A batch that lasted less than this was too small. */
const batchMs = 1_000;

export class KeptWindow implements Meter {
  readonly #reserve: Reserve;
  readonly #batchMax: number;
  /** Calls to ask for at once. */
  #batch = 2;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(reserve: Reserve) {
    this.#reserve = reserve;
    this.#batchMax = Math.ceil(reserve.points / batchShare);
  }

  free(nowMs: number, points: number): number {
    const { held } = this.#reserve;
    if (held < points || held * 2 <= Math.min(this.#batch * points, this.#batchMax)) this.#askFor(nowMs, points);
    return Math.floor(held / points);
  }

  take(points: number): void {
    this.#reserve.take(points);
  }

  end(nowMs: number, points: number, actual: number): void {
    this.#reserve.end(nowMs, points, actual);
  }

  unsent(points: number): void {
    this.#reserve.unsent(points);
  }

  freeAt(nowMs: number, points: number): number {
    return this.free(nowMs, points) > 0 ? nowMs : this.#reserve.opensAtMs(nowMs);
  }

  freeBy(nowMs: number, _untilMs: number, points: number): number {
    return this.free(nowMs, points);
  }

  intervalMs(holdMs: number, points: number): number {
    return ((this.#reserve.perMs + holdMs) * points) / this.#reserve.points;
  }

  left(nowMs: number): number {
    return Math.max(0, Math.floor(this.#reserve.points - this.used(nowMs)));
  }

  used(nowMs: number): number {
    return this.#reserve.used(nowMs);
  }

  /** The faster they are used, the larger the batches. */
  #askFor(nowMs: number, points: number): void {
    const reserve = this.#reserve;
    if (!reserve.mayAsk(nowMs)) return;
    const fast = nowMs - this.#askedAtMs < batchMs;
    this.#batch = fast ? Math.min(this.#batchMax, this.#batch * 2) : Math.max(1, Math.floor(this.#batch / 2));
    this.#askedAtMs = nowMs;
    const missing = Math.max(0, points - reserve.held);
    reserve.ask(nowMs, Math.max(missing, Math.min(this.#batch * points, this.#batchMax)), Math.max(1, missing));
  }
}

/** A meter that is counted here: it opens once the ledger knows that this process uses it. */
export class Claimed implements Meter {
  readonly #meter: Meter;
  readonly #reserve: Reserve;

  constructor(meter: Meter, reserve: Reserve) {
    this.#meter = meter;
    this.#reserve = reserve;
  }

  get #isOpen(): boolean {
    return this.#reserve.held > 0;
  }

  free(nowMs: number, points: number): number {
    if (this.#isOpen) return this.#meter.free(nowMs, points);
    this.#reserve.ask(nowMs, this.#reserve.points, this.#reserve.points);
    return 0;
  }

  take(points: number): void {
    this.#meter.take(points);
  }

  end(nowMs: number, points: number, actual: number): void {
    this.#meter.end(nowMs, points, actual);
  }

  unsent(points: number): void {
    this.#meter.unsent(points);
  }

  freeAt(nowMs: number, points: number): number {
    if (this.#isOpen) return this.#meter.freeAt(nowMs, points);
    this.free(nowMs, points);
    return this.#reserve.opensAtMs(nowMs);
  }

  freeBy(nowMs: number, untilMs: number, points: number): number {
    return this.#isOpen ? this.#meter.freeBy(nowMs, untilMs, points) : 0;
  }

  intervalMs(holdMs: number, points: number): number {
    return this.#meter.intervalMs(holdMs, points);
  }

  left(nowMs: number): number {
    return this.#isOpen ? this.#meter.left(nowMs) : Math.max(0, this.#reserve.points - this.#reserve.used(nowMs));
  }

  used(nowMs: number): number {
    return this.#isOpen ? this.#meter.used(nowMs) : this.#reserve.used(nowMs);
  }

  /** What counts of what this process used. */
  usedHere(nowMs: number): number {
    return this.#isOpen ? this.#meter.used(nowMs) : 0;
  }
}
