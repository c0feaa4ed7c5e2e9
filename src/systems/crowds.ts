import { Turns } from "./turns.ts";

// Who is let in when several want the same permits. Records of one integration and one tenant are a crowd, and what is live is another crowd than what is
// caught up with (backfill). Each permit goes to the crowd that has had the least: every permit moves its crowd back by one step, a backfill by sixteen,
// and who comes new stands where the one stands that was let in last (start-time fair queueing, https://doi.org/10.1145/248156.248171). So a hundred
// thousand records of one crowd are one crowd, and the single record of another goes after at most one of them. Within a crowd whoever came first goes
// first (turns.ts). None of this costs anything while permits are free and nobody waits.

/** Whose call it is. */
export interface From {
  /** One name for an integration and a tenant. */
  readonly name: string;
  /** It catches up: what is live goes before it, all but one permit in sixteen. */
  readonly backfill: boolean;
}

const backfillStep = 16;
/** So many crowds are kept without asking which of them have gone. */
const sweepFrom = 64;
/** A permit is kept so long before its turn for a record of a crowd that has had less. */
const keptMsMax = 250;
const somebody: From = { name: "", backfill: false };

export class Crowd {
  readonly step: number;
  readonly turns: Turns = new Turns();
  /** How many of it stand in line. */
  inLine = 0;
  /** Where it stands; less goes first. */
  at: number = Number.NEGATIVE_INFINITY;

  constructor(step: number) {
    this.step = step;
  }
}

export class Crowds {
  readonly #crowds = new Map<string, Crowd>();
  #sweepAt = sweepFrom;
  /** Where the crowd stood that was let in last. */
  #now = 0;

  /** Nobody was sent away who may still come back. */
  get empty(): boolean {
    for (const { turns } of this.#crowds.values()) if (!turns.empty) return false;
    return true;
  }

  of({ name, backfill }: From = somebody): Crowd {
    const key = backfill ? `${name}\0backfill` : name;
    const known = this.#crowds.get(key);
    if (known !== undefined) return known;
    if (this.#crowds.size >= this.#sweepAt) this.#sweep();
    const crowd = new Crowd(backfill ? backfillStep : 1);
    this.#crowds.set(key, crowd);
    return crowd;
  }

  isBefore(one: Crowd, other: Crowd): boolean {
    return Math.max(one.at, this.#now) < Math.max(other.at, this.#now);
  }

  /** One of it was let in while others wanted to be. */
  went(crowd: Crowd): void {
    this.#now = Math.max(crowd.at, this.#now);
    crowd.at = this.#now + crowd.step;
  }

  /** Permits to be kept for those of other crowds whose turn it is, and who have had less than this one. */
  keptFrom(crowd: Crowd, nowMs: number): number {
    if (this.#crowds.size < 2) return 0;
    let kept = 0;
    for (const other of this.#crowds.values()) {
      if (other === crowd || other.turns.empty || !this.isBefore(other, crowd)) continue;
      const behind = Math.ceil((Math.max(crowd.at, this.#now) - Math.max(other.at, this.#now)) / other.step);
      // Those who stand in line already are let in by their place there.
      kept += Math.min(behind, Math.max(0, other.turns.due(nowMs, nowMs + keptMsMax) - other.inLine));
    }
    return kept;
  }

  /** How much slower one crowd advances than if it were alone. */
  slowdown(crowd: Crowd): number {
    let all = 1;
    for (const other of this.#crowds.values())
      if (other !== crowd && (other.inLine > 0 || !other.turns.empty)) all += crowd.step / other.step;
    return all;
  }

  /** How many in line are let in before another one of this crowd. */
  ahead(crowd: Crowd): number {
    let ahead = crowd.inLine;
    for (const other of this.#crowds.values()) {
      if (other === crowd || other.inLine === 0) continue;
      ahead += Math.min(other.inLine, Math.ceil(((crowd.inLine + 1) * crowd.step) / other.step));
    }
    return ahead;
  }

  /** How many of those who were sent away are in line again, or on their way. */
  comingBy(nowMs: number, untilMs: number): number {
    let coming = 0;
    for (const crowd of this.#crowds.values()) coming += comingOf(crowd, nowMs, untilMs);
    return coming;
  }

  /** Calls in so many of those whose turn is ahead still, in the order in which they are going to be let in. */
  callIn(count: number, nowMs: number): readonly string[] {
    const called: string[] = [];
    let crowds = [...this.#crowds.values()]
      .filter(({ turns }) => !turns.empty)
      .map((crowd) => ({ crowd, at: Math.max(crowd.at, this.#now) + comingOf(crowd, nowMs, nowMs) * crowd.step }));
    while (called.length < count && crowds.length > 0) {
      const next = crowds.reduce((least, one) => (one.at < least.at ? one : least));
      const record = next.crowd.turns.callIn(nowMs);
      if (record === undefined) crowds = crowds.filter((one) => one !== next);
      else called.push(record);
      next.at += next.crowd.step;
    }
    return called;
  }

  #sweep(): void {
    for (const [key, { turns, inLine, at }] of this.#crowds)
      if (turns.empty && inLine === 0 && at <= this.#now) this.#crowds.delete(key);
    this.#sweepAt = Math.max(sweepFrom, this.#crowds.size * 2);
  }
}

function comingOf({ turns, inLine }: Crowd, nowMs: number, untilMs: number): number {
  return Math.max(inLine, turns.due(nowMs, untilMs));
}
