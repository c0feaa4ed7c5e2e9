// Those who may not wait come back later, and are told when. If a hundred thousand records were all told "when the next permit is free", all would
// come back at once and all but one in vain, over and over. So each gets a turn of its own, one interval after the last one given, and keeps its
// place in line: who comes back in turn goes before who comes for the first time. A turn nobody comes for is forfeited after a grace period.

interface Turn {
  readonly record: string;
  readonly place: number;
  readonly atMs: number;
  /** `ahead`: its time has not come; `due`: a permit is kept for it; `late`: no permit is kept, but its place in line is. */
  stage: "ahead" | "due" | "late" | "gone";
}

const graceMs = 5_000;
const forgottenMs = 600_000;
/** More are spread over time all the same, but lose their place. */
const turnsMax = 200_000;

export class Turns {
  readonly #turns = new Map<string, Turn>();
  /** A heap by time of those ahead, then a queue of those due, then one of those late. */
  readonly #ahead: Turn[] = [];
  readonly #due = new Line();
  readonly #late = new Line();
  #dueCount = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#turns.size;
  }

  /** The turn that a record was given and has not taken: when, and its place in line. */
  of(record: string): { readonly atMs: number; readonly place: number } | undefined {
    return this.#turns.get(record);
  }

  /** When a turn given now would be. */
  next(earliestMs: number, intervalMs: number): number {
    return this.#ahead.length === 0 && this.#dueCount === 0
      ? earliestMs
      : Math.max(earliestMs, this.#lastMs + intervalMs);
  }

  /** Gives a turn at a time from `next`. */
  give(record: string, place: number, atMs: number): void {
    this.#lastMs = Math.max(this.#lastMs, atMs);
    this.take(record);
    if (this.#turns.size >= turnsMax) return;
    const turn: Turn = { record, place, atMs, stage: "ahead" };
    this.#turns.set(record, turn);
    push(this.#ahead, turn);
  }

  /** The record has come, or will not come any more. */
  take(record: string): void {
    const turn = this.#turns.get(record);
    if (turn === undefined) return;
    this.#turns.delete(record);
    if (turn.stage === "due") this.#dueCount -= 1;
    turn.stage = "gone";
  }

  /** How many permits are to be kept for those whose turn is at `untilMs` or was before. */
  due(nowMs: number, untilMs: number): number {
    for (
      let turn = this.#ahead[0];
      turn !== undefined && (turn.stage === "gone" || turn.atMs <= untilMs);
      turn = this.#ahead[0]
    ) {
      pop(this.#ahead);
      if (turn.stage === "gone") continue;
      turn.stage = "due";
      this.#dueCount += 1;
      this.#due.push(turn);
    }
    for (
      let turn = this.#due.first;
      turn !== undefined && (turn.stage === "gone" || turn.atMs < nowMs - graceMs);
      turn = this.#due.first
    ) {
      this.#due.drop();
      if (turn.stage === "gone") continue;
      turn.stage = "late";
      this.#dueCount -= 1;
      this.#late.push(turn);
    }
    for (
      let turn = this.#late.first;
      turn !== undefined && (turn.stage === "gone" || turn.atMs < nowMs - forgottenMs);
      turn = this.#late.first
    ) {
      this.#late.drop();
      this.take(turn.record);
    }
    return this.#dueCount;
  }
}

/** A queue that forgets its front now and then, not at every step. */
class Line {
  #turns: Turn[] = [];
  #first = 0;

  get first(): Turn | undefined {
    return this.#turns[this.#first];
  }

  push(turn: Turn): void {
    this.#turns.push(turn);
  }

  drop(): void {
    this.#first += 1;
    if (this.#first < 1_000 || this.#first * 2 < this.#turns.length) return;
    this.#turns = this.#turns.slice(this.#first);
    this.#first = 0;
  }
}

function push(heap: Turn[], turn: Turn): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as Turn;
    if (above.atMs <= turn.atMs) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = turn;
}

function pop(heap: Turn[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] as Turn).atMs < (heap[child] as Turn).atMs) child += 1;
    const below = heap[child] as Turn;
    if (below.atMs >= last.atMs) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = last;
}
