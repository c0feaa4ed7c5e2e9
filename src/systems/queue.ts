import type { Clock } from "../world/clock.ts";
import { CallIn } from "./call-in.ts";
import { Crowds } from "./crowds.ts";
import { deferredUntil } from "./deferred.ts";
import type { Keeps } from "./keeps.ts";
import type { Limits, Prices } from "./limits.ts";
import type { Openings } from "./openings.ts";
import { inTime, Pace } from "./pace.ts";
import type { Deferred, EnterOptions, Permit } from "./port.ts";
import type { Lane } from "./turns.ts";
import { type Waiter, Waiting } from "./waiting.ts";

// Those who find no permit at once. Whoever may wait stands in line, by crowds; whoever would have to wait longer is sent away with a turn of its own.
// Whoever came first goes first, also when they were sent away in between.

/** A permit that is kept for one who does not come is looked at again after this. */
const keptLookMs = 50;

export interface QueueParts {
  readonly system: string;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly openings: Openings;
  /** Undefined where nobody can be called in. */
  readonly callIn: Keeps["callIn"] | undefined;
  readonly grant: (nowMs: number, record: string, prices: Prices) => Permit;
}

export type Asking = Pick<EnterOptions, "record" | "lapsesAtMs" | "asked" | "from">;

/** Times are monotonic. */
export class Queue {
  readonly #parts: QueueParts;
  readonly #openings: Openings;
  readonly #crowds = new Crowds();
  readonly #waiting: Waiting;
  readonly #pace: Pace;
  readonly #callIn: CallIn | undefined;
  #places = 0;

  constructor(parts: QueueParts) {
    const { clock, limits, openings, callIn } = parts;
    this.#parts = parts;
    this.#openings = openings;
    this.#waiting = new Waiting(clock, this.#crowds, () => this.pump());
    this.#pace = new Pace(limits, this.#crowds, openings);
    this.#callIn = callIn && new CallIn(clock, this.#pace, callIn);
  }

  /** Nobody waits, and nobody was sent away who may still come back. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#crowds.empty;
  }

  /** Lets in at once, or after a wait of at most `waitMsMax`; else throws `Deferred`. */
  enter(now: number, options: EnterOptions, prices: Prices): Permit | Promise<Permit> {
    const { record, waitMsMax } = options;
    const crowd = this.#crowds.of(options.from);
    const { turns } = crowd;
    const given = turns.of(record);
    if (given !== undefined && given > now + waitMsMax) throw this.deferred(now, given, "its turn has not come");
    const lane: Lane = turns.placeOf(record) === undefined ? "first" : "again";
    const interval = this.#pace.intervalMs(now, prices, crowd, lane);
    if (this.#waiting.length === 0 && this.#openings.stoppedUntilMs <= now) {
      const kept = given === undefined ? turns.due(now, now + interval) : 0;
      if (this.#openings.free(now, prices) > kept + this.#crowds.keptFrom(crowd, now)) {
        this.#crowds.went(crowd);
        turns.take(record);
        return this.#parts.grant(now, record, prices);
      }
    }
    const earliest = this.#pace.earliest(now, interval, prices, crowd);
    const place = turns.placeOf(record) ?? this.#places++;
    // Who was here before waits in front of those who were not, so only the line counts for it.
    const turn = lane === "first" ? turns.next("first", earliest, interval) : earliest;
    if (turn > now + waitMsMax) {
      const at = turns.next(lane, earliest, interval);
      turns.give(record, place, lane, at);
      throw this.#sentAway(now, at, interval);
    }
    const entered = this.#waiting.join(options, crowd, place, now, prices);
    this.#lookAgain(now);
    return entered;
  }

  /** Lets in whoever may enter now, sends away whose time is over, and looks again later. */
  pump(): void {
    const now = this.#parts.clock.monotonic();
    if (this.#openings.stoppedUntilMs <= now) this.#letIn(now);
    for (const { record, place, crowd, prices, leave } of this.#waiting.expired(now)) {
      const interval = this.#pace.intervalMs(now, prices, crowd, "again");
      const earliest = Math.max(now + 1, this.#pace.earliest(now, interval, prices, crowd));
      const at = crowd.turns.next("again", earliest, interval);
      crowd.turns.give(record, place, "again", at);
      leave(this.#sentAway(now, at, interval));
    }
    this.#lookAgain(now);
    this.#callIn?.look(now, () => this.#waiting.length);
  }

  /** Calls in whoever goes next of those who were sent away: it finds out whether its system is back. */
  callFirst(now: number): void {
    this.#callIn?.first(now);
  }

  #letIn(now: number): void {
    for (let first = this.#waiting.first; first !== undefined; first = this.#waiting.first) {
      const { crowd, record, prices } = first;
      if (this.#openings.free(now, prices) <= this.#crowds.keptFrom(crowd, now)) return;
      this.#waiting.shift(crowd);
      this.#crowds.went(crowd);
      crowd.turns.take(record);
      first.enter(this.#parts.grant(now, record, prices));
    }
  }

  #lookAgain(now: number): void {
    const { first } = this.#waiting;
    if (first === undefined) return;
    const opensAt = this.#openings.opensAt(now, first.prices);
    // It is kept from whoever stands in line: its owner comes, or is late.
    this.#waiting.schedule(now, opensAt > now ? opensAt : now + keptLookMs);
  }

  /** A permit was given, to whomever. */
  entered(): void {
    this.#pace.entered();
  }

  /** A call that had one has ended; nothing has, where it never left. */
  ended(now: number, heldMs: number | undefined): void {
    if (heldMs !== undefined) this.#pace.ended(heldMs);
    if (this.#waiting.length > 0) this.pump();
    else this.#callIn?.look(now, () => this.#waiting.length);
  }

  /** The record was let in by another way. */
  take({ record, from }: Pick<EnterOptions, "record" | "from">): void {
    this.#crowds.of(from).turns.take(record);
  }

  /** Nobody is let in until then: spread like everybody else, but whose key lapses soon comes first. */
  sendAway(now: number, { record, lapsesAtMs, asked, from }: Asking, untilMs: number, why: string): Deferred {
    if (asked !== undefined) return this.deferred(now, untilMs, why);
    const crowd = this.#crowds.of(from);
    const { turns } = crowd;
    const given = turns.of(record);
    if (given !== undefined && given >= untilMs) return this.deferred(now, given, why);
    const lane: Lane = turns.placeOf(record) === undefined ? "first" : "again";
    const urgent = lapsesAtMs !== undefined && lapsesAtMs - this.#parts.clock.now() < 2 * (untilMs - now) + 60_000;
    const at = urgent ? untilMs : turns.next(lane, untilMs, this.#pace.declaredMs(now, crowd, lane));
    turns.give(record, turns.placeOf(record) ?? this.#places++, lane, at);
    return this.deferred(now, at, why);
  }

  #sentAway(now: number, at: number, interval: number): Deferred {
    const { stoppedUntilMs } = this.#openings;
    return this.deferred(now, inTime(now, at, interval, stoppedUntilMs), this.#openings.whyNot(now));
  }

  deferred(now: number, atMs: number, why: string): Deferred {
    const { system, clock } = this.#parts;
    return deferredUntil(system, clock.now() + Math.max(1, atMs - now), why);
  }

  /** Takes out everybody who stands in line, and calls nobody in for now. */
  leave(): Waiter[] {
    this.#callIn?.close();
    return this.#waiting.leave();
  }
}
