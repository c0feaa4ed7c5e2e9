import type { Meter } from "./meter.ts";

// A window that is counted exactly. `rate(n, per)` promises the destination never more than n requests in any window of that length as *it* sees them.
// It sees a request at some moment between its start and its end, so a permit counts from the grant until `per` after the end: then the old request lies
// further back than the window, whenever within its time it was really seen. What was never sent is given back at once.

/** At most `points` in any stretch of `perMs`; what a call takes counts until `perMs` after its end. */
export class RollingWindow implements Meter {
  readonly points: number;
  readonly perMs: number;
  /** End times of what still counts, oldest first, in a ring that grows; and how much each took, where that is not always one. */
  #ends: number[] = [0];
  #taken: number[] | undefined;
  #oldest = 0;
  #ended = 0;
  #used = 0;
  #inFlight = 0;

  constructor(points: number, perMs: number) {
    this.points = points;
    this.perMs = perMs;
  }

  free(nowMs: number, points: number): number {
    this.#forget(nowMs);
    return Math.floor((this.points - this.#inFlight - this.#used) / points);
  }

  take(points: number): void {
    this.#inFlight += points;
  }

  end(nowMs: number, points: number, actual: number): void {
    this.#inFlight -= points;
    if (actual <= 0) return;
    if (actual !== 1) this.#taken ??= this.#ends.map(() => 1);
    if (this.#ended === this.#ends.length) this.#grow();
    const at = (this.#oldest + this.#ended) % this.#ends.length;
    this.#ends[at] = nowMs;
    if (this.#taken !== undefined) this.#taken[at] = actual;
    this.#ended += 1;
    this.#used += actual;
  }

  unsent(points: number): void {
    this.#inFlight -= points;
  }

  freeAt(nowMs: number, points: number): number {
    if (this.free(nowMs, points) > 0) return nowMs;
    let missing = this.#used + this.#inFlight + points - this.points;
    for (let index = 0; index < this.#ended; index++) {
      missing -= this.#takenBy(index);
      if (missing <= 0) return this.#end(index) + this.perMs;
    }
    return Number.POSITIVE_INFINITY;
  }

  freeBy(nowMs: number, untilMs: number, points: number): number {
    this.#forget(nowMs);
    let left = this.points - this.#inFlight - this.#used;
    for (let index = 0; index < this.#ended && this.#end(index) + this.perMs < untilMs; index++)
      left += this.#takenBy(index);
    return Math.floor(left / points);
  }

  intervalMs(holdMs: number, points: number): number {
    return ((this.perMs + holdMs) * points) / this.points;
  }

  left(nowMs: number): number {
    this.#forget(nowMs);
    return Math.max(0, this.points - this.#inFlight - this.#used);
  }

  used(nowMs: number): number {
    this.#forget(nowMs);
    return this.#inFlight + this.#used;
  }

  #forget(nowMs: number): void {
    while (this.#ended > 0 && nowMs > this.#end(0) + this.perMs) {
      this.#used -= this.#takenBy(0);
      this.#oldest = (this.#oldest + 1) % this.#ends.length;
      this.#ended -= 1;
    }
    // Parts of points leave crumbs.
    if (this.#ended === 0) this.#used = 0;
  }

  #end(index: number): number {
    return this.#ends[(this.#oldest + index) % this.#ends.length] ?? 0;
  }

  #takenBy(index: number): number {
    return this.#taken?.[(this.#oldest + index) % this.#ends.length] ?? 1;
  }

  #grow(): void {
    const inOrder = (ring: readonly number[]): number[] => [
      ...ring.slice(this.#oldest),
      ...ring.slice(0, this.#oldest),
      ...ring.map(() => 0),
    ];
    this.#ends = inOrder(this.#ends);
    this.#taken = this.#taken && inOrder(this.#taken);
    this.#oldest = 0;
  }
}
