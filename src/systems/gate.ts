import type { SystemDefinition } from "../define/system.ts";
import type { Emit } from "../model/events.ts";
import type { Outcome } from "../model/outcome.ts";
import { pausedReason } from "../model/paused.ts";
import type { Clock } from "../world/clock.ts";
import { Breaker, type BreakerState, signOf } from "./breaker.ts";
import { Learned, type LearnedState } from "./learned.ts";
import { Limits } from "./limits.ts";
import { Entered, type Granted } from "./permit.ts";
import { Deferred, type EnterOptions, type Permit, type SystemState } from "./port.ts";
import { type Stop, stopAsked } from "./retry-after.ts";
import { type Lane, Turns } from "./turns.ts";
import { type Waiter, Waiting } from "./waiting.ts";

// The one way into a system. Whoever wants to call it comes here first and is let in at once, waits a moment, or is sent away with a time to come
// back. Limits, stops (Retry-After) and breaker each have a say; whoever came first goes first, also when they were sent away in between.

/** A probe is chosen among those that ask within this time. */
const choosingMs = 25;
/** What a paused system sends away looks again after this long, unless the system is resumed before. */
const pausedAgainMs = 3_600_000;
/** A probe that has not come back so long after its timeout is lost. */
const probeGraceMs = 30_000;

const never = Number.POSITIVE_INFINITY;
type Asking = Pick<EnterOptions, "record" | "lapsesAtMs" | "asked">;

export class Gate {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #limits: Limits;
  readonly #learned: Learned;
  readonly #breaker: Breaker | undefined;
  readonly #turns = new Turns();
  readonly #waiting: Waiting;
  readonly #hasAuth: boolean;
  #candidates: (Asking & Pick<EnterOptions, "signal"> & Pick<Waiter, "enter" | "leave">)[] = [];
  #stoppedUntilMs = Number.NEGATIVE_INFINITY;
  #stoppedBecause = "";
  #cancelStopTimer = (): void => undefined;
  #places = 0;
  #unauthorized = false;
  #paused = false;
  /** How long a permit is held, on average of the last ones, and how many were at once: what turns are spread by. */
  #holdMs = 50;
  #inFlightPeak = 1;

  constructor(system: SystemDefinition, clock: Clock, emit: Emit) {
    this.#name = system.name;
    this.#clock = clock;
    this.#emit = emit;
    this.#limits = new Limits(system.limits);
    this.#learned = new Learned(system, clock, emit);
    this.#breaker = system.breaker && new Breaker(system.breaker, system.timeoutMs + probeGraceMs);
    this.#waiting = new Waiting(clock, () => this.#pump());
    this.#hasAuth = system.auth !== undefined;
  }

  /** Lets in at once, or after a wait of at most `waitMsMax`; else throws `Deferred`. */
  async enter(options: EnterOptions): Promise<Permit> {
    options.signal.throwIfAborted();
    const now = this.#clock.monotonic();
    if (options.asked === "anyway") return this.#despite(now, options.record);
    if (this.#paused) throw this.#pausedFor();
    const decision = this.#breaker?.ask(now, options.asked !== undefined) ?? "pass";
    if (decision === "pass") return this.#pass(now, options);
    if (decision !== "probe") throw this.#sendAway(now, options, decision.untilMs, "its breaker is open");
    if (this.#stoppedUntilMs > now) throw this.#sendAway(now, options, this.#stoppedUntilMs, this.#whyNot(now));
    return this.#applyForProbe(options);
  }

  #pass(now: number, options: EnterOptions): Permit | Promise<Permit> {
    const { record, waitMsMax } = options;
    const turns = this.#turns;
    if (this.#waiting.length === 0 && this.#stoppedUntilMs <= now) {
      // The common case: nobody waits, nobody was sent away, and a permit is free.
      const free = this.#free(now);
      if (turns.empty ? free > 0 : turns.of(record) === undefined && free > turns.due(now, now + this.#intervalMs()))
        return this.#grant(now, record, false);
    }
    const given = turns.of(record);
    if (given !== undefined && given > now + waitMsMax) throw this.#deferred(now, given, "its turn has not come");
    if (given !== undefined && this.#waiting.length === 0 && this.#stoppedUntilMs <= now && this.#free(now) > 0)
      return this.#grant(now, record, false);

    const interval = this.#intervalMs();
    const earliest = this.#earliest(now, interval);
    const lane: Lane = turns.placeOf(record) === undefined ? "first" : "again";
    const place = turns.placeOf(record) ?? this.#places++;
    // Who was here before waits in front of those who were not, so only the line counts for it.
    const turn = lane === "first" ? turns.next("first", earliest, interval) : earliest;
    if (turn > now + waitMsMax) {
      const at = turns.next(lane, earliest, interval);
      turns.give(record, place, lane, at);
      throw this.#deferred(now, at, this.#whyNot(now));
    }
    const entered = this.#waiting.join(options, place, now);
    this.#waiting.schedule(now, this.#opensAt(now));
    return entered;
  }

  /** A person wants to know, whatever keeps others away. */
  #despite(now: number, record: string): Permit {
    if (this.#free(now) <= 0) throw this.#deferred(now, Math.min(this.#opensAt(now), now + 60_000), this.#whyNot(now));
    const probe = this.#breaker !== undefined && this.#breaker.ask(now, true) !== "pass";
    if (probe) this.#breaker?.probe(now, record);
    return this.#grant(now, record, probe, true);
  }

  #free(now: number): number {
    const free = Math.min(this.#limits.free(now), this.#learned.free(now, this.#limits.inFlight));
    return this.#breaker === undefined ? free : Math.min(free, this.#breaker.atOnceMax - this.#limits.inFlight);
  }

  /** When the next permit may be had; `never` when that hangs on somebody who is inside. */
  #opensAt(now: number): number {
    if (this.#breaker !== undefined && this.#breaker.atOnceMax <= this.#limits.inFlight) return never;
    const learnt = this.#learned.freeAt(now, this.#limits.inFlight);
    return Math.max(this.#limits.freeAt(now), learnt, this.#stoppedUntilMs);
  }

  /** When somebody who joins the line now is likely to be let in. */
  #earliest(now: number, interval: number): number {
    const opens = this.#opensAt(now);
    return (opens === never ? Math.max(now + interval, this.#stoppedUntilMs) : opens) + this.#waiting.length * interval;
  }

  #intervalMs(): number {
    return Math.max(this.#limits.intervalMs(this.#holdMs), this.#holdMs / this.#inFlightPeak, 0.5);
  }

  #whyNot(now: number): string {
    return this.#stoppedUntilMs > now ? "it asked to be left alone" : "its limits are used up";
  }

  #grant(now: number, record: string, probe: boolean, anyway = false): Permit {
    if (!this.#turns.empty) this.#turns.take(record);
    this.#limits.take();
    this.#learned.take();
    if (this.#limits.inFlight > this.#inFlightPeak) this.#inFlightPeak = this.#limits.inFlight;
    return new Entered(record, now, probe, this.#breaker?.era ?? 0, this.#ended, anyway);
  }

  /** Lets in whoever may enter now, sends away whose time is over, and looks again later. */
  #pump(): void {
    const now = this.#clock.monotonic();
    if (this.#stoppedUntilMs <= now) {
      for (let first = this.#waiting.first; first !== undefined && this.#free(now) > 0; first = this.#waiting.first) {
        this.#waiting.shift();
        first.enter(this.#grant(now, first.record, false));
      }
    }
    const expired = this.#waiting.expired(now);
    if (expired.length > 0) {
      const interval = this.#intervalMs();
      const earliest = Math.max(now + 1, this.#earliest(now, interval));
      for (const { record, place, leave } of expired) {
        const at = this.#turns.next("again", earliest, interval);
        this.#turns.give(record, place, "again", at);
        leave(this.#deferred(now, at, this.#whyNot(now)));
      }
    }
    this.#waiting.schedule(now, this.#opensAt(now));
  }

  /** The breaker has been open long enough: among those who ask within a moment, the most urgent goes, and not the last one again. */
  #applyForProbe({ record, lapsesAtMs, waitMsMax, signal, asked }: EnterOptions): Promise<Permit> {
    return new Promise((enter, leave) => {
      this.#candidates.push({ record, lapsesAtMs, asked, signal, enter, leave });
      if (this.#candidates.length === 1) this.#clock.after(Math.min(choosingMs, waitMsMax), () => this.#chooseProbe());
    });
  }

  #chooseProbe(): void {
    const now = this.#clock.monotonic();
    const state = this.#breaker?.state;
    const last = state !== undefined && "probed" in state ? state.probed : undefined;
    for (const { signal, leave } of this.#candidates) if (signal.aborted) leave(signal.reason);
    const [first, ...others] = this.#candidates
      .filter(({ signal }) => !signal.aborted)
      .toSorted(
        (a, b) =>
          Number(a.asked === undefined) - Number(b.asked === undefined) ||
          Number(a.record === last) - Number(b.record === last) ||
          (a.lapsesAtMs ?? never) - (b.lapsesAtMs ?? never),
      );
    this.#candidates = [];
    if (first === undefined) return;
    if (this.#breaker?.ask(now, first.asked !== undefined) === "probe" && this.#limits.free(now) > 0) {
      this.#breaker.probe(now, first.record);
      this.#emit({ event: "system.probing", system: this.#name, record: first.record });
      first.enter(this.#grant(now, first.record, true));
    } else {
      others.unshift(first);
    }
    for (const other of others)
      other.leave(this.#sendAway(now, other, now + 1_000, "another record is finding out whether it is back"));
  }

  /** Sent away by the breaker: spread like everybody else, but whose key lapses soon comes first. */
  #sendAway(now: number, { record, lapsesAtMs, asked }: Asking, untilMs: number, why: string): Deferred {
    if (asked !== undefined) return this.#deferred(now, untilMs, why);
    const given = this.#turns.of(record);
    if (given !== undefined && given >= untilMs) return this.#deferred(now, given, why);
    const lane: Lane = this.#turns.placeOf(record) === undefined ? "first" : "again";
    const urgent = lapsesAtMs !== undefined && lapsesAtMs - this.#clock.now() < 2 * (untilMs - now) + 60_000;
    const at = urgent ? untilMs : this.#turns.next(lane, untilMs, this.#intervalMs());
    this.#turns.give(record, this.#turns.placeOf(record) ?? this.#places++, lane, at);
    return this.#deferred(now, at, why);
  }

  #deferred(now: number, atMs: number, why: string): Deferred {
    return new Deferred(this.#name, Math.ceil(this.#clock.now() + Math.max(1, atMs - now)), `${this.#name}: ${why}`);
  }

  /** A permit comes back. */
  readonly #ended = (granted: Granted, outcome: Outcome | undefined, own: boolean): boolean => {
    const now = this.#clock.monotonic();
    let spent: Stop | undefined;
    if (outcome === undefined || outcome.sent === "no") {
      this.#limits.unsent();
      this.#learned.unsent();
    } else {
      this.#limits.end(now);
      spent = this.#learned.ended(now, granted, outcome, own, this.#limits.inFlight);
      this.#holdMs += (now - granted.sinceMs - this.#holdMs) / 16;
    }
    if (outcome !== undefined && !own) {
      if (granted.anyway && outcome.sent === "maybe") this.#endStop(now);
      this.#learn(now, outcome, spent);
    }
    if (this.#breaker !== undefined) {
      const was = this.#breaker.state;
      this.#breaker.note(
        now,
        granted.record,
        outcome === undefined ? "neither" : signOf(outcome, own),
        granted.probe,
        granted.era,
      );
      if (this.#breaker.state !== was) this.#tell(now, was, this.#breaker.state, outcome);
    }
    if (this.#waiting.length > 0) this.#pump();
    return granted.probe && this.#breaker?.isDownSince(granted.era) === true;
  };

  /** @param spent what its answer says of a quota that is spent, also when it is done. */
  #learn(now: number, outcome: Outcome, spent: Stop | undefined): void {
    if (outcome.name === "done") this.#unauthorized = false;
    else if (outcome.name === "unauthorized") this.#unauthorized = true;
    const asked = stopAsked(outcome, this.#clock.now());
    if (asked !== undefined) this.#stop(now, asked, outcome.name === "done" ? "" : outcome.why);
    else if (spent !== undefined) this.#stop(now, spent, "its answer says that its quota is spent");
  }

  /** A stop that one is told holds for all. */
  #stop(now: number, { afterMs, absurd }: Stop, why: string): void {
    if (afterMs <= 0 || now + afterMs <= this.#stoppedUntilMs) return;
    const known = this.#stoppedUntilMs > now;
    this.#stoppedUntilMs = now + afterMs;
    this.#stoppedBecause = why;
    if (absurd && !known)
      this.#emit({ event: "system.absurd", system: this.#name, what: "a stop of more than a day, cut to an hour" });
    if (!known) this.#emit({ event: "system.stopped", system: this.#name, untilMs: this.#clock.now() + afterMs, why });
    this.#cancelStopTimer();
    this.#cancelStopTimer = this.#clock.after(
      afterMs,
      () => this.#emit({ event: "system.freed", system: this.#name }),
      {
        idle: true,
      },
    );
  }

  /** A person has found out that it answers; when it still asks to be left alone, its answer says so again. */
  #endStop(now: number): void {
    if (this.#stoppedUntilMs <= now) return;
    this.#cancelStopTimer();
    this.#stoppedUntilMs = now;
    this.#emit({ event: "system.freed", system: this.#name });
  }

  #tell(now: number, was: BreakerState, is: BreakerState, outcome: Outcome | undefined): void {
    if (is.name === "open" && (was.name === "closed" || was.name === "recovering")) {
      const why = outcome !== undefined && "why" in outcome ? outcome.why : "it fails";
      this.#emit({ event: "system.opened", system: this.#name, why, untilMs: this.#clock.now() + is.untilMs - now });
      for (const waiter of this.#waiting.leave())
        waiter.leave(this.#sendAway(now, waiter, is.untilMs, "its breaker is open"));
    } else if (was.name === "probing" && is.name === "recovering") {
      this.#emit({ event: "system.closed", system: this.#name });
    }
  }

  /** A person pauses or resumes it. What is under way ends as it would have. */
  pause(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    if (paused) this.#sendAll(() => this.#pausedFor());
  }

  #pausedFor(): Deferred {
    return new Deferred(this.#name, this.#clock.now() + pausedAgainMs, pausedReason(this.#name), true);
  }

  state(): SystemState {
    const now = this.#clock.monotonic();
    const iso = (atMs: number): string => new Date(this.#clock.now() + atMs - now).toISOString();
    const breaker = this.#breaker?.state ?? { name: "closed" };
    const learned = this.#learned.state(now, this.#limits.inFlight);
    return {
      name: this.#name,
      breaker: breaker.name === "recovering" ? "closed" : breaker.name,
      openUntil: breaker.name === "open" ? iso(breaker.untilMs) : null,
      inFlight: this.#limits.inFlight,
      limits: this.#limits.state(now).map(({ limit, left, freeAtMs }) => ({
        limit,
        left,
        refillsAt: freeAtMs === undefined ? null : iso(freeAtMs),
      })),
      stoppedUntil: this.#stoppedUntilMs > now ? iso(this.#stoppedUntilMs) : null,
      stoppedBecause: this.#stoppedUntilMs > now ? this.#stoppedBecause : null,
      atOnce: this.#atOnce(breaker, learned),
      told: learned.told.map(({ told, limit, left, untilMs }) => ({
        told,
        limit: limit ?? null,
        left,
        until: untilMs === undefined ? null : iso(untilMs),
      })),
      latency: learned.latency ?? null,
      auth: this.#hasAuth ? (this.#unauthorized ? "unauthorized" : "ok") : "none",
      paused: this.#paused,
    };
  }

  /** How many may be under way for now, and why. */
  #atOnce(breaker: BreakerState, { atOnce, why }: LearnedState): SystemState["atOnce"] {
    if (breaker.name === "recovering" && breaker.atOnce <= (atOnce ?? never))
      return { most: breaker.atOnce, why: "it is back, and gets more as it goes well" };
    return atOnce === undefined ? null : { most: atOnce, why: why ?? "" };
  }

  /** Sends everybody away who waits. */
  close(): void {
    this.#cancelStopTimer();
    const now = this.#clock.monotonic();
    this.#sendAll(() => this.#deferred(now, now, "Waybill is stopping"));
  }

  #sendAll(why: () => Deferred): void {
    const candidates = this.#candidates;
    this.#candidates = [];
    for (const { leave } of [...this.#waiting.leave(), ...candidates]) leave(why());
  }
}
