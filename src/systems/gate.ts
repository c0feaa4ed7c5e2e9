import type { SystemDefinition } from "../define/system.ts";
import type { Stop as KeptStop } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Clock } from "../world/clock.ts";
import { type Candidate, Candidates } from "./candidates.ts";
import { pausedFor } from "./deferred.ts";
import { limitViews, systemState } from "./gate-state.ts";
import type { Keeps } from "./keeps.ts";
import { KeyWays } from "./key-ways.ts";
import { Learned } from "./learned.ts";
import { LeftAlone } from "./left-alone.ts";
import { Limits, type Prices } from "./limits.ts";
import { Openings } from "./openings.ts";
import { Entered, type Granted, type Home } from "./permit.ts";
import type { Deferred, EnterOptions, LimitView, Permit, SystemState } from "./port.ts";
import { Queue } from "./queue.ts";
import type { Stop } from "./retry-after.ts";
import { WatchedBreaker } from "./watched-breaker.ts";

// The one way into a system. Whoever wants to call it comes here first and is let in at once, waits a moment, or is sent away with a time to come
// back. Limits, stops (Retry-After) and breaker each have a say; whoever came first goes first, also when they were sent away in between.

export class Gate {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #limits: Limits;
  readonly #learned: Learned;
  readonly #keyed: KeyWays;
  readonly #breaker: WatchedBreaker | undefined;
  readonly #candidates: Candidates;
  readonly #leftAlone: LeftAlone;
  #auth: SystemState["auth"];
  #paused = false;
  readonly #openings: Openings;
  readonly #queue: Queue;
  readonly #home: Home;

  /** @param keeps where budgets and stops are kept, so that they outlive this process; without it nothing does. */
  constructor(system: SystemDefinition, clock: Clock, emit: Emit, keeps?: Keeps) {
    this.#name = system.name;
    this.#clock = clock;
    this.#emit = emit;
    const waits = { pump: () => this.#queue.pump() };
    const forAll = system.limits.filter(({ per }) => per === undefined);
    this.#limits = new Limits(
      forAll,
      keeps && { keeps, system: system.name, key: "", requestMs: system.timeoutMs, waits },
    );
    this.#keyed = new KeyWays(system, { clock, emit, keeps });
    this.#learned = new Learned(system, clock, emit);
    this.#breaker = WatchedBreaker.of(system, clock, emit, keeps);
    this.#auth = system.auth === undefined ? "none" : "ok";
    this.#candidates = new Candidates(clock, () => this.#chooseProbe());
    this.#leftAlone = new LeftAlone(system.name, clock, emit, keeps);
    this.#home = { ended: (...ended) => this.#ended(...ended), recall: (granted) => this.#recall(granted) };
    const limits = this.#limits;
    this.#openings = new Openings({
      limits,
      learned: this.#learned,
      breaker: this.#breaker,
      leftAlone: this.#leftAlone,
      isPaused: () => this.#paused,
    });
    const grant = (now: number, record: string, prices: Prices): Permit => this.#grant(now, record, false, prices);
    const callIn = keeps?.callIn;
    this.#queue = new Queue({ system: system.name, clock, limits, openings: this.#openings, callIn, grant });
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
    if (decision !== "probe") throw this.#queue.sendAway(now, options, decision.untilMs, "its breaker is open");
    if (this.#stoppedUntilMs > now)
      throw this.#queue.sendAway(now, options, this.#stoppedUntilMs, this.#openings.whyNot(now));
    return this.#candidates.join(options, this.#limits.prices(options));
  }

  #pass(now: number, options: EnterOptions): Permit | Promise<Permit> {
    const prices = this.#limits.prices(options);
    // The common case: nobody waits, nobody was sent away, and a permit is free.
    if (this.#queue.isEmpty && this.#stoppedUntilMs <= now && this.#openings.free(now, prices) > 0)
      return this.#grant(now, options.record, false, prices);
    return this.#queue.enter(now, options, prices);
  }

  /** A person wants to know, whatever keeps others away. */
  #despite(now: number, options: EnterOptions): Permit {
    const prices = this.#limits.prices(options);
    if (this.#openings.free(now, prices) <= 0)
      throw this.#queue.deferred(
        now,
        Math.min(this.#openings.opensAt(now, prices), now + 60_000),
        this.#openings.whyNot(now),
      );
    const probe = this.#breaker !== undefined && this.#breaker.ask(now, true) !== "pass";
    if (probe) this.#breaker?.probe(now, options.record);
    return this.#grant(now, options.record, probe, prices, true);
  }

  #grant(now: number, record: string, probe: boolean, prices: Prices, anyway = false): Permit {
    this.#limits.take(prices);
    this.#learned.take();
    this.#queue.entered();
    const era = this.#breaker?.era ?? 0;
    return new Entered({ record, sinceMs: now, probe, era, anyway, prices }, this.#home);
  }

  /** A permit is no longer good when its system has asked to be left alone since, was paused, or went down. */
  #recall(granted: Granted): Deferred | undefined {
    if (granted.anyway) return undefined;
    if (this.#paused) return pausedFor(this.#name, this.#clock);
    const now = this.#clock.monotonic();
    if (!this.#limits.maySend(now)) return this.#queue.sendAway(now, granted, now, "its permit was not used in time");
    if (this.#stoppedUntilMs > now)
      return this.#queue.sendAway(now, granted, this.#stoppedUntilMs, this.#openings.whyNot(now));
    if (granted.probe || this.#breaker === undefined || this.#breaker.era === granted.era) return undefined;
    const decision = this.#breaker.ask(now);
    if (typeof decision === "string") return undefined;
    return this.#queue.sendAway(now, granted, decision.untilMs, "its breaker is open");
  }

  #chooseProbe(): void {
    const state = this.#breaker?.state;
    const [first, ...others] = this.#candidates.leave(
      state !== undefined && "probed" in state ? state.probed : undefined,
    );
    if (first === undefined) return;
    const mayGo = this.#mayProbe(first) && (this.#breaker?.claim(first.asked !== undefined) ?? false);
    if (mayGo instanceof Promise) void mayGo.then((mine) => this.#sendClaimed(first, others, mine));
    else this.#sendProbe(first, others, mayGo);
  }

  #mayProbe({ asked, prices }: Candidate): boolean {
    const now = this.#clock.monotonic();
    return this.#breaker?.ask(now, asked !== undefined) === "probe" && this.#limits.free(now, prices) > 0;
  }

  /** Asking whether another worker probes has taken a moment. */
  #sendClaimed(first: Candidate, others: Candidate[], mine: boolean): void {
    const now = this.#clock.monotonic();
    const goes = mine && !first.signal.aborted && !this.#paused && this.#limits.free(now, first.prices) > 0;
    if (mine && !goes) this.#breaker?.unclaim(now);
    this.#sendProbe(first, others, goes);
  }

  #sendProbe(first: Candidate, others: Candidate[], goes: boolean): void {
    const now = this.#clock.monotonic();
    if (goes) {
      this.#breaker?.probe(now, first.record);
      this.#queue.take(first);
      this.#emit({ event: "system.probing", system: this.#name, record: first.record });
      first.enter(this.#grant(now, first.record, true, first.prices));
    } else {
      others.unshift(first);
    }
    for (const other of others)
      other.leave(this.#queue.sendAway(now, other, now + 1_000, "another record is finding out whether it is back"));
  }

  /** A permit comes back. */
  #ended(granted: Granted, outcome: Outcome | undefined, own: boolean): boolean {
    const now = this.#clock.monotonic();
    let spent: Stop | undefined;
    if (outcome === undefined || outcome.sent === "no") {
      this.#limits.unsent(granted.prices);
      this.#learned.unsent();
    } else {
      const absurd = this.#limits.end(now, granted.prices, outcome);
      if (absurd !== undefined) this.#emit({ event: "system.absurd", system: this.#name, what: absurd });
      spent = this.#learned.ended(now, granted, outcome, own, this.#limits.inFlight);
    }
    if (outcome !== undefined && !own) {
      if (granted.anyway && outcome.sent === "maybe") this.#leftAlone.lift(now);
      this.#leftAlone.learn(now, granted.sinceMs, outcome, spent);
      if (this.#auth !== "none" && outcome.name === "unauthorized") this.#auth = "unauthorized";
      else if (this.#auth !== "none" && outcome.name === "done") this.#auth = "ok";
    }
    const openUntilMs = this.#breaker?.ended(now, granted, outcome, own);
    for (const waiter of openUntilMs === undefined ? [] : this.#queue.leave())
      waiter.leave(this.#queue.sendAway(now, waiter, openUntilMs ?? now, "its breaker is open"));
    this.#queue.ended(now, outcome === undefined || outcome.sent === "no" ? undefined : now - granted.sinceMs);
    return granted.probe && this.#breaker?.isDownSince(granted.era) === true;
  }

  /**
   * What this system told another process, or one that has ended, holds here too.
   *
   * @param stops all that are written down of it.
   * @param isNew nothing has gone through here: an open breaker is one of a process that has ended. One that is at work, and not shared, knows better.
   */
  heed(stops: readonly KeptStop[], isNew = false): void {
    const now = this.#clock.monotonic();
    const [told, breaker] = (["told", "breaker"] as const).map((kind) => stops.find((stop) => stop.kind === kind));
    // On a clock that was set back since, it lasts no longer than it was told to.
    const afterMs = ({ atMs, untilMs }: KeptStop): number => Math.min(untilMs - this.#clock.now(), untilMs - atMs);
    let isFree = this.#leftAlone.heed(now, told === undefined ? 0 : afterMs(told), told);
    if (isNew || this.#breaker?.isShared === true)
      isFree = this.#breaker?.heed(breaker === undefined ? 0 : afterMs(breaker), breaker) === true || isFree;
    if (isFree) this.#queue.pump();
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
    const now = this.#clock.monotonic();
    this.#breaker?.hurry(now);
    this.#queue.callFirst(now);
  }

  get limits(): readonly LimitView[] {
    return limitViews(this.#limits, this.#clock);
  }

  /** How many keys have a budget of their own at present. */
  get keys(): number {
    return this.#keyed.size;
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
      learned: this.#learned.state(nowMs, this.#limits.inFlight),
      auth: this.#auth,
      paused: this.#paused,
    });
  }

  /** Sends everybody away who waits, and says to the ledger what of the budgets was used. */
  async close(): Promise<void> {
    this.#leftAlone.close();
    const now = this.#clock.monotonic();
    this.#sendAll(() => this.#queue.deferred(now, now, "Waybill is stopping"));
    await Promise.all([this.#limits.close(now), this.#keyed.close()]);
  }

  #sendAll(why: () => Deferred): void {
    for (const { leave } of [...this.#queue.leave(), ...this.#candidates.leave()]) leave(why());
  }
}
