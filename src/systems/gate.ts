import type { SystemDefinition } from "../define/system.ts";
import { durationText } from "../model/duration.ts";
import type { Emit } from "../model/events.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Clock } from "../world/clock.ts";
import { Breaker, type Sign, signOf } from "./breaker.ts";
import { Limits } from "./limits.ts";
import { Deferred, type EnterOptions, type Permit, type SystemState } from "./port.ts";
import { Turns } from "./turns.ts";

// The one way into a system. Whoever wants to call it comes here first and is let in at once, waits a moment, or is sent away with a time to come
// back. Limits, stops (Retry-After) and breaker each have a say; whoever came first goes first, also when they were sent away in between.

interface Waiter {
  readonly record: string;
  readonly place: number;
  readonly deadlineMs: number;
  readonly lapsesAtMs: number;
  readonly enter: (permit: Permit) => void;
  readonly leave: (reason: unknown) => void;
  over: boolean;
}

/** A probe is chosen among those that come within this time. */
const choosingMs = 25;
const probeGraceMs = 30_000;

export class Gate {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #limits: Limits;
  readonly #breaker: Breaker | undefined;
  readonly #turns = new Turns();
  #waiters: Waiter[] = [];
  #candidates: Waiter[] = [];
  #cancelTimer: (() => void) | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #stoppedUntilMs = Number.NEGATIVE_INFINITY;
  #places = 0;
  /** How long a permit is held, on average of the last ones, and how many at once: what the spread of turns is estimated from. */
  #holdMs = 50;
  #inFlightPeak = 1;
  #unauthorized = false;
  readonly #hasAuth: boolean;

  constructor(system: SystemDefinition, clock: Clock, emit: Emit) {
    this.#name = system.name;
    this.#clock = clock;
    this.#emit = emit;
    this.#limits = new Limits(system.limits);
    this.#breaker =
      system.breaker === undefined ? undefined : new Breaker(system.breaker, system.timeoutMs + probeGraceMs);
    this.#hasAuth = system.auth !== undefined;
  }

  /** Another definition of the same system counts against the same budget, under the limits of both. */
  adopt(system: SystemDefinition): void {
    this.#limits.add(system.limits);
  }

  async enter(options: EnterOptions): Promise<Permit> {
    options.signal.throwIfAborted();
    const now = this.#clock.monotonic();
    const decision = this.#breaker?.ask(now) ?? "pass";
    if (decision === "probe") return this.#mayProbe(now, options);
    if (decision !== "pass") throw this.#sentAway(now, options, decision.untilMs, "its breaker is open");
    return this.#mayPass(now, options);
  }

  #mayPass(now: number, options: EnterOptions): Permit | Promise<Permit> {
    const { record, waitMsMax } = options;
    const given = this.#turns.size === 0 ? undefined : this.#turns.of(record);
    if (given !== undefined && given.atMs > now + waitMsMax)
      throw this.#deferred(now, given.atMs, "its turn has not come");
    const interval = this.#intervalMs();
    if (this.#stoppedUntilMs <= now && this.#waiters.length === 0) {
      const free = this.#free(now);
      const kept = given === undefined && this.#turns.size > 0 ? this.#turns.due(now, now + interval) : 0;
      if (free > kept) {
        if (given !== undefined) this.#turns.take(record);
        return this.#grant(now, record, false);
      }
    }
    const place = given?.place ?? this.#places++;
    const earliest = this.#earliest(now, interval);
    const turn = given === undefined ? this.#turns.next(earliest, interval) : Math.max(given.atMs, earliest);
    if (turn > now + waitMsMax) {
      this.#turns.give(record, place, turn);
      throw this.#deferred(
        now,
        turn,
        this.#stoppedUntilMs > now ? "it asked to be left alone" : "its limits are used up",
      );
    }
    return this.#wait(now, options, place);
  }

  /** When somebody who joins the line now is likely to be let in. */
  #earliest(now: number, interval: number): number {
    const free = this.#limits.freeAt(now);
    const opens = Math.max(now, this.#stoppedUntilMs, Number.isFinite(free) ? free : now + interval);
    return opens + this.#waiters.length * interval;
  }

  #intervalMs(): number {
    return Math.max(this.#limits.intervalMs(this.#holdMs), this.#holdMs / this.#inFlightPeak, 0.5);
  }

  #free(now: number): number {
    const free = this.#limits.free(now);
    return this.#breaker === undefined ? free : Math.min(free, this.#breaker.atOnceMax - this.#limits.inFlight);
  }

  #wait(now: number, { record, waitMsMax, signal, lapsesAtMs }: EnterOptions, place: number): Promise<Permit> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        waiter.over = true;
        reject(signal.reason);
      };
      const waiter: Waiter = {
        record,
        place,
        deadlineMs: now + waitMsMax,
        lapsesAtMs: lapsesAtMs ?? Number.POSITIVE_INFINITY,
        enter: (permit) => {
          signal.removeEventListener("abort", onAbort);
          resolve(permit);
        },
        leave: (reason) => {
          signal.removeEventListener("abort", onAbort);
          reject(reason);
        },
        over: false,
      };
      signal.addEventListener("abort", onAbort, { once: true });
      let at = this.#waiters.length;
      while (at > 0 && (this.#waiters[at - 1] as Waiter).place > place) at -= 1;
      this.#waiters.splice(at, 0, waiter);
      this.#schedule(now);
    });
  }

  /** Lets in whoever may enter, sends away whose time is over, and sets the timer for what comes next. */
  #pump(): void {
    const now = this.#clock.monotonic();
    let entered = 0;
    if (this.#stoppedUntilMs <= now) {
      while (entered < this.#waiters.length && (this.#waiters[entered] as Waiter).over) entered += 1;
      while (entered < this.#waiters.length && this.#free(now) > 0) {
        const waiter = this.#waiters[entered++] as Waiter;
        if (waiter.over) continue;
        waiter.over = true;
        this.#turns.take(waiter.record);
        waiter.enter(this.#grant(now, waiter.record, false));
      }
    }
    if (entered > 0) this.#waiters = this.#waiters.slice(entered);
    if (this.#waiters.some(({ over, deadlineMs }) => over || deadlineMs <= now)) this.#expire(now);
    this.#schedule(now);
  }

  #expire(now: number): void {
    const interval = this.#intervalMs();
    const waiting = this.#waiters.filter(({ over }) => !over);
    this.#waiters = [];
    for (const waiter of waiting) {
      if (waiter.deadlineMs > now) {
        this.#waiters.push(waiter);
        continue;
      }
      waiter.over = true;
      // It keeps its place; its turn is when it would have come in by waiting on.
      const turn = Math.max(now + 1, this.#earliest(now, interval));
      this.#turns.give(waiter.record, waiter.place, turn);
      waiter.leave(
        this.#deferred(now, turn, this.#stoppedUntilMs > now ? "it asked to be left alone" : "its limits are used up"),
      );
    }
  }

  #schedule(now: number): void {
    const [first] = this.#waiters;
    if (first === undefined) return;
    let at = Math.max(this.#limits.freeAt(now), this.#stoppedUntilMs);
    for (const { deadlineMs } of this.#waiters) at = Math.min(at, deadlineMs);
    if (this.#timerAtMs <= at) return;
    this.#cancelTimer?.();
    this.#timerAtMs = at;
    this.#cancelTimer = this.#clock.after(Math.max(1, Math.ceil(at - now)), () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#cancelTimer = undefined;
      this.#pump();
    });
  }

  #grant(now: number, record: string, probe: boolean): Permit {
    this.#limits.take();
    if (this.#limits.inFlight > this.#inFlightPeak) this.#inFlightPeak = this.#limits.inFlight;
    return new Entered(this, record, now, probe, this.#breaker?.era ?? 0);
  }

  /** The breaker is open and its time is over: among those who ask within a moment, the most urgent goes, and not the last one again. */
  async #mayProbe(now: number, options: EnterOptions): Promise<Permit> {
    if (this.#stoppedUntilMs > now)
      throw this.#sentAway(now, options, this.#stoppedUntilMs, "it asked to be left alone");
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        record: options.record,
        place: 0,
        deadlineMs: 0,
        lapsesAtMs: options.lapsesAtMs ?? Number.POSITIVE_INFINITY,
        enter: resolve,
        leave: reject,
        over: false,
      };
      this.#candidates.push(waiter);
      if (this.#candidates.length === 1)
        this.#clock.after(Math.min(choosingMs, options.waitMsMax), () => this.#choose());
    });
  }

  #choose(): void {
    const now = this.#clock.monotonic();
    const candidates = this.#candidates;
    this.#candidates = [];
    const state = this.#breaker?.state;
    const last = state?.name === "open" || state?.name === "probing" ? state.probed : undefined;
    const [chosen, ...others] = candidates.toSorted(
      (a, b) => Number(a.record === last) - Number(b.record === last) || a.lapsesAtMs - b.lapsesAtMs,
    );
    if (chosen === undefined) return;
    if (this.#limits.free(now) <= 0) {
      others.push(chosen);
    } else {
      this.#breaker?.probe(now, chosen.record);
      this.#turns.take(chosen.record);
      chosen.enter(this.#grant(now, chosen.record, true));
    }
    for (const { record, lapsesAtMs, leave } of others) {
      leave(
        this.#sentAway(now, { record, lapsesAtMs }, now + 1_000, "another record is finding out whether it is back"),
      );
    }
  }

  /** Sent away by the breaker: spread like everybody else, but whose key lapses soonest comes first. */
  #sentAway(
    now: number,
    { record, lapsesAtMs }: Pick<EnterOptions, "record" | "lapsesAtMs">,
    untilMs: number,
    why: string,
  ): Deferred {
    const given = this.#turns.of(record);
    if (given !== undefined && given.atMs >= untilMs) return this.#deferred(now, given.atMs, why);
    const urgent =
      lapsesAtMs !== undefined &&
      lapsesAtMs < Number.POSITIVE_INFINITY &&
      lapsesAtMs - this.#clock.now() < 2 * (untilMs - now) + 60_000;
    const turn = urgent ? untilMs : this.#turns.next(untilMs, this.#intervalMs());
    this.#turns.give(record, given?.place ?? this.#places++, turn);
    return this.#deferred(now, turn, why);
  }

  #deferred(now: number, atMs: number, why: string): Deferred {
    return new Deferred(this.#name, Math.ceil(this.#clock.now() + Math.max(1, atMs - now)), `${this.#name}: ${why}`);
  }

  /** Called by a permit when its request is over. */
  ended(
    record: string,
    sinceMs: number,
    probe: boolean,
    era: number,
    outcome: Outcome | undefined,
    own: boolean,
  ): void {
    const now = this.#clock.monotonic();
    if (outcome === undefined || outcome.sent === "no") this.#limits.unsent();
    else {
      this.#limits.end(now);
      this.#holdMs += (now - sinceMs - this.#holdMs) / 16;
    }
    if (outcome !== undefined) this.#learn(now, outcome);
    const sign: Sign = outcome === undefined ? "neither" : signOf(outcome, own);
    if (this.#breaker !== undefined) this.#note(now, record, sign, probe, era, outcome);
    if (this.#waiters.length > 0) this.#pump();
  }

  #learn(now: number, outcome: Outcome): void {
    if (outcome.name === "unauthorized") this.#unauthorized = true;
    else if (outcome.name === "done") this.#unauthorized = false;
    else if (
      (outcome.name === "limited" || outcome.name === "unavailable") &&
      outcome.afterMs !== undefined &&
      outcome.afterMs > 0
    ) {
      this.#stop(now, outcome.afterMs, outcome.why);
    }
  }

  /** A stop that one is told holds for all. */
  #stop(now: number, afterMs: number, why: string): void {
    if (now + afterMs <= this.#stoppedUntilMs) return;
    const told = this.#stoppedUntilMs > now;
    this.#stoppedUntilMs = now + afterMs;
    if (!told) this.#emit({ event: "system.stopped", system: this.#name, untilMs: this.#clock.now() + afterMs, why });
  }

  #note(now: number, record: string, sign: Sign, probe: boolean, era: number, outcome: Outcome | undefined): void {
    const breaker = this.#breaker as Breaker;
    const was = breaker.state.name;
    const changed = breaker.note(now, record, sign, probe, era);
    const { state } = breaker;
    if (state.name === "open" && changed === "opened") {
      const why = outcome !== undefined && "why" in outcome ? outcome.why : "it fails";
      this.#emit({ event: "system.opened", system: this.#name, why, untilMs: this.#clock.now() + state.untilMs - now });
      const waiting = this.#waiters.filter(({ over }) => !over);
      this.#waiters = [];
      for (const waiter of waiting) {
        waiter.over = true;
        waiter.leave(this.#sentAway(now, waiter, state.untilMs, "its breaker is open"));
      }
    } else if (was === "probing" && state.name === "recovering") {
      this.#emit({ event: "system.closed", system: this.#name });
    }
  }

  state(): SystemState {
    const now = this.#clock.monotonic();
    const isoOf = (atMs: number): string => new Date(this.#clock.now() + atMs - now).toISOString();
    const breaker = this.#breaker?.state.name ?? "closed";
    return {
      name: this.#name,
      breaker: breaker === "recovering" ? "closed" : breaker,
      inFlight: this.#limits.inFlight,
      limits: this.#limits.state(now).map(({ limit, left, freeAtMs }) => ({
        limit,
        left,
        refillsAt: freeAtMs === undefined ? null : isoOf(freeAtMs),
      })),
      stoppedUntil: this.#stoppedUntilMs > now ? isoOf(this.#stoppedUntilMs) : null,
      auth: this.#hasAuth ? (this.#unauthorized ? "unauthorized" : "ok") : "none",
    };
  }

  /** Sends everybody away who waits; for a stop of the whole. */
  close(): void {
    this.#cancelTimer?.();
    const now = this.#clock.monotonic();
    for (const waiter of [...this.#waiters, ...this.#candidates]) {
      if (!waiter.over)
        waiter.leave(this.#deferred(now, now + 1, `Waybill stops (waited for ${durationText(1_000)} at most)`));
    }
    this.#waiters = [];
    this.#candidates = [];
  }
}

/** Outcomes that ended from this side and say nothing about the system. */
const ownOutcomes = new WeakSet<Outcome>();

export function markOwn(outcome: Outcome): Outcome {
  ownOutcomes.add(outcome);
  return outcome;
}

class Entered implements Permit {
  readonly probe: boolean;
  readonly #gate: Gate;
  readonly #record: string;
  readonly #sinceMs: number;
  readonly #era: number;
  #over = false;

  constructor(gate: Gate, record: string, sinceMs: number, probe: boolean, era: number) {
    this.#gate = gate;
    this.#record = record;
    this.#sinceMs = sinceMs;
    this.probe = probe;
    this.#era = era;
  }

  release(outcome: Outcome): void {
    if (this.#over) return;
    this.#over = true;
    const own = outcome.name !== "done" && ownOutcomes.has(outcome);
    this.#gate.ended(this.#record, this.#sinceMs, this.probe, this.#era, outcome, own);
  }

  unsent(): void {
    if (this.#over) return;
    this.#over = true;
    this.#gate.ended(this.#record, this.#sinceMs, this.probe, this.#era, undefined, false);
  }
}
