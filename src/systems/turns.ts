import { Line } from "./line.ts";

// Those who may not wait come back later, and are told when. If a hundred thousand records were all told "when the next permit is free", all would
// come back at once and all but one in vain, over and over. So each gets a turn of its own, one interval after the last one given, and keeps its
// place: who comes back goes before who comes for the first time. Turns are estimates, and a record may need several permits, so some come back
// and still find none; their next turns are spread in the same way, but over those like them, not behind everybody who has not been here yet.
// While a turn is due, a permit is kept for it; a turn nobody comes for is forfeited after a grace period. Where permits come sooner than was thought,
// those whose turn is next are called in before it (pace.ts).

interface Turn {
  readonly record: string;
  readonly place: number;
  atMs: number;
  readonly lane: Lane;
  /** `ahead`: its time has not come; `due`: a permit is kept for it; `late`: no permit is kept any more; `gone`: taken. */
  stage: "ahead" | "due" | "late" | "gone";
}

export type Lane = "first" | "again";

const graceMs = 5_000;
const forgottenMs = 600_000;
/** More are spread over time all the same, but lose their place. */
const turnsMax = 200_000;
const servedMax = 1_000;

const newLine = (): Line<Turn> => new Line(({ atMs }) => atMs);

export class Turns {
  readonly #turns = new Map<string, Turn>();
  readonly #ahead = { first: newLine(), again: newLine() } as const;
  readonly #lastMs = { first: Number.NEGATIVE_INFINITY, again: Number.NEGATIVE_INFINITY };
  readonly #due = newLine();
  readonly #late = newLine();
  readonly #served = new Map<string, number>();
  readonly #count = { first: 0, again: 0 };
  #dueCount = 0;

  /** Nobody was sent away who may still come back. */
  get empty(): boolean {
    return this.#turns.size === 0;
  }

  /** How many have a turn before one that is given now. */
  before(lane: Lane): number {
    return lane === "again" ? this.#count.again : this.#count.first + this.#count.again;
  }

  /** When a record was told to come, unless it has. */
  of(record: string): number | undefined {
    return this.#turns.get(record)?.atMs;
  }

  /** The place of a record that was sent away, or was let in lately and needs another permit. */
  placeOf(record: string): number | undefined {
    return this.#turns.get(record)?.place ?? this.#served.get(record);
  }

  /** When a turn given now would be. */
  next(lane: Lane, earliestMs: number, intervalMs: number): number {
    const busy = this.#ahead[lane].length > 0 || this.#dueCount > 0;
    return busy ? Math.max(earliestMs, this.#lastMs[lane] + intervalMs) : earliestMs;
  }

  give(record: string, place: number, lane: Lane, atMs: number): void {
    this.#lastMs[lane] = Math.max(this.#lastMs[lane], atMs);
    this.#remove(record);
    if (this.#turns.size >= turnsMax) return;
    const turn: Turn = { record, place, atMs, lane, stage: "ahead" };
    this.#turns.set(record, turn);
    this.#count[lane] += 1;
    this.#ahead[lane].join(turn);
  }

  /** Who goes next of those whose turn is ahead still: it has come now. */
  callIn(nowMs: number): string | undefined {
    const first = this.#nextAhead("first");
    const again = this.#nextAhead("again");
    const next = again !== undefined && (first === undefined || again.place < first.place) ? again : first;
    if (next === undefined) return undefined;
    this.#ahead[next.lane].shift();
    next.atMs = nowMs;
    this.#comesDue(next);
    return next.record;
  }

  #nextAhead(lane: Lane): Turn | undefined {
    const line = this.#ahead[lane];
    while (line.first?.stage === "gone") line.shift();
    return line.first;
  }

  /** The record has come and was let in. */
  take(record: string): void {
    const turn = this.#remove(record);
    if (turn === undefined) return;
    this.#served.set(record, turn.place);
    if (this.#served.size <= servedMax) return;
    for (const oldest of this.#served.keys()) {
      this.#served.delete(oldest);
      break;
    }
  }

  #remove(record: string): Turn | undefined {
    const turn = this.#turns.get(record);
    if (turn === undefined) return undefined;
    this.#turns.delete(record);
    this.#count[turn.lane] -= 1;
    if (turn.stage === "due") this.#dueCount -= 1;
    turn.stage = "gone";
    return turn;
  }

  /** How many permits are to be kept at `nowMs` for those whose turn is until `untilMs`. */
  due(nowMs: number, untilMs: number): number {
    this.#advance(this.#ahead.first, untilMs);
    this.#advance(this.#ahead.again, untilMs);
    for (let turn = this.#due.first; turn !== undefined; turn = this.#due.first) {
      if (turn.stage === "due" && turn.atMs >= nowMs - graceMs) break;
      this.#due.shift();
      if (turn.stage === "gone") continue;
      turn.stage = "late";
      this.#dueCount -= 1;
      this.#late.join(turn);
    }
    for (let turn = this.#late.first; turn !== undefined; turn = this.#late.first) {
      if (turn.stage === "late" && turn.atMs >= nowMs - forgottenMs) break;
      this.#late.shift();
      if (turn.stage === "late") this.#remove(turn.record);
    }
    return this.#dueCount;
  }

  #advance(line: Line<Turn>, untilMs: number): void {
    for (let turn = line.first; turn !== undefined; turn = line.first) {
      if (turn.stage === "ahead" && turn.atMs > untilMs) return;
      line.shift();
      if (turn.stage !== "gone") this.#comesDue(turn);
    }
  }

  #comesDue(turn: Turn): void {
    turn.stage = "due";
    this.#dueCount += 1;
    this.#due.join(turn);
  }
}
