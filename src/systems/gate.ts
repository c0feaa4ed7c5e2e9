import type { Limit } from "../define/limit.ts";
import type { SystemDefinition } from "../define/system.ts";
import type { Stop as KeptStop } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Clock } from "../world/clock.ts";
import { CallIn } from "./call-in.ts";
import { Candidates } from "./candidates.ts";
import { Crowds } from "./crowds.ts";
import { limitViews, systemState } from "./gate-state.ts";
import type { Keeps } from "./keeps.ts";
import { KeyWays } from "./key-ways.ts";
import { Learned } from "./learned.ts";
import { LeftAlone } from "./left-alone.ts";
import { Limits, type Prices } from "./limits.ts";
import { Openings } from "./openings.ts";
import { inTime, Pace } from "./pace.ts";
import { pausedFor } from "./paused-for.ts";
import { Entered, type Granted } from "./permit.ts";
import { Deferred, type EnterOptions, type LimitView, type Permit, type SystemState } from "./port.ts";
import type { Stop } from "./retry-after.ts";
import type { Lane } from "./turns.ts";
import { Waiting } from "./waiting.ts";
import { WatchedBreaker } from "./watched-breaker.ts";

// The one way into a system. Whoever wants to call it comes here first and is let in at once, waits a moment, or is sent away with a time to come
// back. Limits, stops (Retry-After) and breaker each have a say; whoever came first goes first, also when they were sent away in between.

/** A permit that is kept for one who does not come is looked at again after this. */
const keptLookMs = 50;
type Asking = Pick<EnterOptions, "record" | "lapsesAtMs" | "asked" | "from">;

export class Gate {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #limits: Limits;
  /** Undefined at the gate of a key. */
  readonly #learned: Learned | undefined;
  readonly #keyed: KeyWays;
  readonly #breaker: WatchedBreaker | undefined;
  readonly #crowds = new Crowds();
  readonly #waiting: Waiting;
  readonly #candidates: Candidates;
  readonly #leftAlone: LeftAlone;
  #places = 0;
  #auth: SystemState["auth"];
  #paused = false;
  readonly #openings: Openings;
  readonly #pace: Pace;
  readonly #callIn: CallIn | undefined;

  /**
   * @param keeps where budgets and stops are kept, so that they outlive this process; without it nothing does.
   * @param key it lets through to one key of the system's limits, and learns nothing.
   */
  constructor(system: SystemDefinition, clock: Clock, emit: Emit, keeps?: Keeps, key?: string) {
    this.#name = system.name;
    this.#clock = clock;
    this.#emit = emit;
    const onAnswer = (): void => this.pump();
    const keeping = keeps && { together: undefined, ...keeps, system: system.name, key: key ?? "", onAnswer };
    const isForAll = (limit: Limit): boolean => key !== undefined || limit.per === undefined;
    this.#limits = new Limits(system.limits.filter(isForAll), keeping);
    const keyGate = (bare: SystemDefinition, kept: Keeps | undefined, one: string): Gate =>
      new Gate(bare, clock, emit, kept, one);
    this.#keyed = new KeyWays(key === undefined ? system : { ...system, limits: [] }, keeps, keyGate);
    this.#learned = key === undefined ? new Learned(system, clock, emit) : undefined;
    this.#breaker = WatchedBreaker.of(system, clock, emit, keeps);
    this.#waiting = new Waiting(clock, this.#crowds, () => this.pump());
    this.#auth = system.auth === undefined ? "none" : "ok";
    this.#candidates = new Candidates(clock, () => this.#chooseProbe());
    this.#leftAlone = new LeftAlone(system.name, clock, emit, keeps);
    this.#openings = new Openings(this.#limits, this.#learned, this.#breaker, this.#leftAlone);
    this.#pace = new Pace(this.#limits, this.#crowds, this.#openings);
    this.#callIn = keeps && new CallIn(clock, this.#pace, keeps.callIn);
  }

  get #stoppedUntilMs(): number {
    return this.#leftAlone.untilMs;
  }

  /** Lets in at once, or after a wait of at most `waitMsMax`; else throws `Deferred`. */
  async enter(options: EnterOptions): Promise<Permit> {
    options.signal.throwIfAborted();
    const now = this.#clock.monotonic();
    if (options.asked === "anyway") return this.#despite(now, options);
    if (this.#keyed.none || this.#paused) return this.#enter(now, options);
    return this.#keyed.pass(options, this.#clock, (left) => this.#enter(this.#clock.monotonic(), left));
  }

  #enter(now: number, options: EnterOptions): Permit | Promise<Permit> {
    if (this.#paused) throw pausedFor(this.#name, this.#clock);
    const decision = this.#breaker?.ask(now, options.asked !== undefined) ?? "pass";
    if (decision === "pass") return this.#pass(now, options);
    if (decision !== "probe") throw this.#sendAway(now, options, decision.untilMs, "its breaker is open");
    if (this.#stoppedUntilMs > now) throw this.#sendAway(now, options, this.#stoppedUntilMs, this.#whyNot(now));
    return this.#candidates.join(options, this.#limits.prices(options));
  }

  #pass(now: number, options: EnterOptions): Permit | Promise<Permit> {
    const { record, waitMsMax } = options;
    const prices = this.#limits.prices(options);
    const isOpen = this.#waiting.length === 0 && this.#stoppedUntilMs <= now;
    // The common case: nobody waits, nobody was sent away, and a permit is free.
    if (isOpen && this.#crowds.empty && this.#openings.free(now, prices) > 0)
      return this.#grant(now, record, false, prices);
    const crowd = this.#crowds.of(options.from);
    const { turns } = crowd;
    const given = turns.of(record);
    if (given !== undefined && given > now + waitMsMax) throw this.#deferred(now, given, "its turn has not come");
    const lane: Lane = turns.placeOf(record) === undefined ? "first" : "again";
    const interval = this.#pace.intervalMs(now, prices, crowd, lane);
    if (isOpen) {
      const kept = given === undefined ? turns.due(now, now + interval) : 0;
      if (this.#openings.free(now, prices) > kept + this.#crowds.keptFrom(crowd, now)) {
        this.#crowds.went(crowd);
        turns.take(record);
        return this.#grant(now, record, false, prices);
      }
    }
    const earliest = this.#pace.earliest(now, interval, prices, crowd);
    const place = turns.placeOf(record) ?? this.#places++;
    // Who was here before waits in front of those who were not, so only the line counts for it.
    const turn = lane === "first" ? turns.next("first", earliest, interval) : earliest;
    if (turn > now + waitMsMax) {
      const at = turns.next(lane, earliest, interval);
      turns.give(record, place, lane, at);
      throw this.#deferred(now, inTime(now, at, interval, this.#stoppedUntilMs), this.#whyNot(now));
    }
    const entered = this.#waiting.join(options, crowd, place, now, prices);
    this.#lookAgain(now);
    return entered;
  }

  #lookAgain(now: number): void {
    const { first } = this.#waiting;
    if (first === undefined) return;
    const opensAt = this.#openings.opensAt(now, first.prices);
    // It is kept from whoever stands in line: its owner comes, or is late.
    this.#waiting.schedule(now, opensAt > now ? opensAt : now + keptLookMs);
  }

  /** A person wants to know, whatever keeps others away. */
  #despite(now: number, options: EnterOptions): Permit {
    const prices = this.#limits.prices(options);
    if (this.#openings.free(now, prices) <= 0)
      throw this.#deferred(now, Math.min(this.#openings.opensAt(now, prices), now + 60_000), this.#whyNot(now));
    const probe = this.#breaker !== undefined && this.#breaker.ask(now, true) !== "pass";
    if (probe) this.#breaker?.probe(now, options.record);
    return this.#grant(now, options.record, probe, prices, true);
  }

  #whyNot(now: number): string {
    return this.#stoppedUntilMs > now ? "it asked to be left alone" : "its limits are used up";
  }

  #grant(now: number, record: string, probe: boolean, prices: Prices, anyway = false): Permit {
    this.#limits.take(prices);
    this.#learned?.take();
    this.#pace.entered();
    const era = this.#breaker?.era ?? 0;
    return new Entered({ record, sinceMs: now, probe, era, anyway, prices }, this.#ended, this.#recall);
  }

  /** A permit is no longer good when its system has asked to be left alone since, was paused, or went down. */
  readonly #recall = (granted: Granted): Deferred | undefined => {
    if (granted.anyway) return undefined;
    if (this.#paused) return pausedFor(this.#name, this.#clock);
    const now = this.#clock.monotonic();
    if (this.#stoppedUntilMs > now) return this.#sendAway(now, granted, this.#stoppedUntilMs, this.#whyNot(now));
    if (granted.probe || this.#breaker === undefined || this.#breaker.era === granted.era) return undefined;
    const decision = this.#breaker.ask(now);
    if (typeof decision === "string") return undefined;
    return this.#sendAway(now, granted, decision.untilMs, "its breaker is open");
  };

  /** Lets in whoever may enter now, sends away whose time is over, and looks again later. */
  pump(): void {
    const now = this.#clock.monotonic();
    if (this.#stoppedUntilMs <= now) {
      for (let first = this.#waiting.first; first !== undefined; first = this.#waiting.first) {
        const { crowd, record, prices } = first;
        if (this.#openings.free(now, prices) <= this.#crowds.keptFrom(crowd, now)) break;
        this.#waiting.shift(crowd);
        this.#crowds.went(crowd);
        crowd.turns.take(record);
        first.enter(this.#grant(now, record, false, prices));
      }
    }
    for (const { record, place, crowd, prices, leave } of this.#waiting.expired(now)) {
      const interval = this.#pace.intervalMs(now, prices, crowd, "again");
      const earliest = Math.max(now + 1, this.#pace.earliest(now, interval, prices, crowd));
      const at = crowd.turns.next("again", earliest, interval);
      crowd.turns.give(record, place, "again", at);
      leave(this.#deferred(now, inTime(now, at, interval, this.#stoppedUntilMs), this.#whyNot(now)));
    }
    this.#lookAgain(now);
    this.#callInMore(now);
  }

  #callInMore(now: number): void {
    if (!this.#paused) this.#callIn?.look(now, () => this.#waiting.length);
  }

  #chooseProbe(): void {
    const now = this.#clock.monotonic();
    const state = this.#breaker?.state;
    const [first, ...others] = this.#candidates.leave(
      state !== undefined && "probed" in state ? state.probed : undefined,
    );
    if (first === undefined) return;
    if (this.#breaker?.ask(now, first.asked !== undefined) === "probe" && this.#limits.free(now, first.prices) > 0) {
      this.#breaker.probe(now, first.record);
      this.#crowds.of(first.from).turns.take(first.record);
      this.#emit({ event: "system.probing", system: this.#name, record: first.record });
      first.enter(this.#grant(now, first.record, true, first.prices));
    } else {
      others.unshift(first);
    }
    for (const other of others)
      other.leave(this.#sendAway(now, other, now + 1_000, "another record is finding out whether it is back"));
  }

  /** Sent away by the breaker: spread like everybody else, but whose key lapses soon comes first. */
  #sendAway(now: number, { record, lapsesAtMs, asked, from }: Asking, untilMs: number, why: string): Deferred {
    if (asked !== undefined) return this.#deferred(now, untilMs, why);
    const crowd = this.#crowds.of(from);
    const { turns } = crowd;
    const given = turns.of(record);
    if (given !== undefined && given >= untilMs) return this.#deferred(now, given, why);
    const lane: Lane = turns.placeOf(record) === undefined ? "first" : "again";
    const urgent = lapsesAtMs !== undefined && lapsesAtMs - this.#clock.now() < 2 * (untilMs - now) + 60_000;
    const at = urgent ? untilMs : turns.next(lane, untilMs, this.#pace.declaredMs(now, crowd, lane));
    turns.give(record, turns.placeOf(record) ?? this.#places++, lane, at);
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
      this.#limits.unsent(granted.prices);
      this.#learned?.unsent();
    } else {
      const absurd = this.#limits.end(now, granted.prices, outcome);
      if (absurd !== undefined) this.#emit({ event: "system.absurd", system: this.#name, what: absurd });
      spent = this.#learned?.ended(now, granted, outcome, own, this.#limits.inFlight);
      this.#pace.ended(now - granted.sinceMs);
    }
    if (outcome !== undefined && !own && this.#learned !== undefined) {
      if (granted.anyway && outcome.sent === "maybe") this.#leftAlone.lift(now);
      this.#leftAlone.learn(now, outcome, spent);
      if (this.#auth !== "none" && outcome.name === "unauthorized") this.#auth = "unauthorized";
      else if (this.#auth !== "none" && outcome.name === "done") this.#auth = "ok";
    }
    const openUntilMs = this.#breaker?.ended(now, granted, outcome, own);
    for (const waiter of openUntilMs === undefined ? [] : this.#waiting.leave())
      waiter.leave(this.#sendAway(now, waiter, openUntilMs ?? now, "its breaker is open"));
    if (this.#waiting.length > 0) this.pump();
    else this.#callInMore(now);
    return granted.probe && this.#breaker?.isDownSince(granted.era) === true;
  };

  /** What this system told another process, or one that has ended, holds here too. */
  heed(stop: KeptStop): void {
    const now = this.#clock.monotonic();
    // On a clock that was set back since, it lasts no longer than it was told to.
    const afterMs = Math.min(stop.untilMs - this.#clock.now(), stop.untilMs - stop.atMs);
    if (stop.kind === "breaker") this.#breaker?.heed(now + afterMs, stop);
    else this.#leftAlone.heed(now, afterMs, stop);
  }

  /** A person pauses or resumes it. What is under way ends as it would have. */
  pause(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    if (paused) this.#sendAll(() => pausedFor(this.#name, this.#clock));
  }

  /** It has new credentials: what stood because of the old ones may be tried at once. */
  reauthorized(): void {
    if (this.#auth !== "none") this.#auth = "ok";
    this.#breaker?.hurry(this.#clock.monotonic());
  }

  get limits(): readonly LimitView[] {
    return limitViews(this.#limits, this.#clock);
  }

  /** How many keys have a budget of their own at present. */
  get keys(): number {
    return this.#keyed.size;
  }

  /** Nothing that went through here counts any more, and nobody waits. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#crowds.empty && this.#limits.isIdle(this.#clock.monotonic());
  }

  state(): SystemState {
    const nowMs = this.#clock.monotonic();
    return systemState({
      name: this.#name,
      nowMs,
      offsetMs: this.#clock.now() - nowMs,
      breaker: this.#breaker?.state,
      inFlight: this.#limits.inFlight,
      limits: [...this.limits, ...this.#keyed.limits],
      leftAlone: this.#leftAlone,
      learned: this.#learned?.state(nowMs, this.#limits.inFlight),
      auth: this.#auth,
      paused: this.#paused,
    });
  }

  /** Sends everybody away who waits, and says to the ledger what of the budgets was used. */
  async close(): Promise<void> {
    this.#leftAlone.close();
    this.#callIn?.close();
    const now = this.#clock.monotonic();
    this.#sendAll(() => this.#deferred(now, now, "Waybill is stopping"));
    await Promise.all([this.#limits.close(now), this.#keyed.close()]);
  }

  #sendAll(why: () => Deferred): void {
    for (const { leave } of [...this.#waiting.leave(), ...this.#candidates.leave()]) leave(why());
  }
}
