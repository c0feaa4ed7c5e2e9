import type { SystemDefinition } from "../define/system.ts";
import type { Stop as KeptStop } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Clock } from "../world/clock.ts";
import { Breaker, type BreakerState, signOf } from "./breaker.ts";
import type { Keeps } from "./keeps.ts";
import type { Granted } from "./permit.ts";

/** A worker that probes and is lost keeps the others from it for so long after the timeout. */
const claimGraceMs = 5_000;
/** A probe that has not come back so long after its timeout is lost. */
const probeGraceMs = 30_000;

/**
 * A breaker whose news are told, and written down, so that a process which starts while it is open begins with one probe. Where several workers share a
 * ledger, what one finds out is heeded by all: it opens for all, one of all probes, and it is back for all.
 */
export class WatchedBreaker extends Breaker {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #keeps: Keeps | undefined;
  readonly #timeoutMs: number;
  /** What is being written down by this process is not to be heeded as it was before. */
  #posting = 0;
  /** That it is open was seen to be written down: once it is no more, somebody has found out that it is back. */
  #isKept = false;
  #why = "it fails";
  #isHurried = false;

  /** Undefined where the system has none. */
  static of(system: SystemDefinition, clock: Clock, emit: Emit, keeps: Keeps | undefined): WatchedBreaker | undefined {
    return system.breaker && new WatchedBreaker(system, system.breaker, clock, emit, keeps);
  }

  private constructor(
    { name, timeoutMs }: SystemDefinition,
    options: NonNullable<SystemDefinition["breaker"]>,
    clock: Clock,
    emit: Emit,
    keeps: Keeps | undefined,
  ) {
    super(options, timeoutMs + probeGraceMs);
    this.#timeoutMs = timeoutMs;
    this.#name = name;
    this.#clock = clock;
    this.#emit = emit;
    this.#keeps = keeps;
  }

  /** A call has ended. Answers until when nobody is let in, when that was what opened it. */
  ended(nowMs: number, granted: Granted, outcome: Outcome | undefined, own: boolean): number | undefined {
    const was = this.state;
    const sign = outcome === undefined ? "neither" : signOf(outcome, own);
    this.note(nowMs, granted.record, sign, granted.probe, granted.era);
    const is = this.state;
    if (is === was) return undefined;
    const why = outcome !== undefined && "why" in outcome ? outcome.why : "it fails";
    if (is.name === "open" || was.name === "probing") this.#keep(nowMs, is, why);
    if (was.name === "probing" && is.name === "recovering") this.#emit({ event: "system.closed", system: this.#name });
    if (is.name !== "open" || (was.name !== "closed" && was.name !== "recovering")) return undefined;
    const untilMs = this.#clock.now() + is.untilMs - nowMs;
    this.#emit({ event: "system.opened", system: this.#name, why, untilMs });
    return is.untilMs;
  }

  override hurry(nowMs: number): void {
    this.#isHurried = true;
    super.hurry(nowMs);
  }

  /** Several workers have it together. */
  get isShared(): boolean {
    return this.#keeps?.probe !== undefined;
  }

  /**
   * Asks to be the one who probes, where several workers could.
   *
   * @param person who does not wait for the time to be over.
   */
  claim(person: boolean): boolean | Promise<boolean> {
    const { probe, tenant } = this.#keeps ?? {};
    if (probe === undefined || tenant === undefined) return true;
    const { state } = this;
    const openMs = "openMs" in state ? state.openMs : 1;
    const of = { system: this.#name, tenant, why: this.#why };
    const forMs = this.#timeoutMs + claimGraceMs;
    const claimed = probe({ post: "probe", ...of, forMs, openMs, anyway: person || this.#isHurried });
    this.#noting(claimed);
    return claimed;
  }

  /** It was claimed, and nobody could go. */
  unclaim(nowMs: number): void {
    const { state } = this;
    if (state.name === "open") this.#keep(nowMs, { ...state, untilMs: nowMs }, this.#why);
  }

  /**
   * What is written down, by this process or another one; undefined when nothing is.
   *
   * @returns whether it is back.
   */
  heed(afterMs: number, stop: KeptStop | undefined): boolean {
    if (this.#posting > 0) return false;
    const wasKept = this.#isKept;
    this.#isKept = stop !== undefined;
    if (stop === undefined) {
      const isBack = wasKept && this.recover();
      if (isBack) this.#emit({ event: "system.closed", system: this.#name });
      return isBack;
    }
    const { openMs, why, untilMs } = stop;
    if (openMs === undefined) return false;
    this.#why = why;
    if (this.restore(this.#clock.monotonic() + afterMs, openMs))
      this.#emit({ event: "system.opened", system: this.#name, why, untilMs });
    return false;
  }

  #keep(nowMs: number, is: BreakerState, why: string): void {
    if (this.#keeps === undefined) return;
    const { tenant, post } = this.#keeps;
    const of = { system: this.#name, tenant, kind: "breaker" } as const;
    const atMs = this.#clock.now();
    this.#isKept = false;
    this.#isHurried = false;
    if (is.name === "open") {
      this.#why = why;
      const untilMs = Math.ceil(atMs + Math.max(0, is.untilMs - nowMs));
      this.#noting(post({ post: "stop", ...of, atMs, untilMs, openMs: is.openMs, why }));
    } else {
      this.#noting(post({ post: "lift", ...of }));
    }
  }

  #noting(posted: unknown): void {
    this.#posting += 1;
    void Promise.resolve(posted).finally(() => {
      this.#posting -= 1;
    });
  }
}
