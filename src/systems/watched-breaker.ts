import type { SystemDefinition } from "../define/system.ts";
import type { Stop as KeptStop } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Clock } from "../world/clock.ts";
import { Breaker, type BreakerState, signOf } from "./breaker.ts";
import type { Keeps } from "./keeps.ts";
import type { Granted } from "./permit.ts";

/** A probe that has not come back so long after its timeout is lost. */
const probeGraceMs = 30_000;

/** A breaker whose news are told, and written down, so that a process which starts while it is open begins with one probe. */
export class WatchedBreaker extends Breaker {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #keeps: Keeps | undefined;

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
    this.#keep(nowMs, is, why);
    if (was.name === "probing" && is.name === "recovering") this.#emit({ event: "system.closed", system: this.#name });
    if (is.name !== "open" || (was.name !== "closed" && was.name !== "recovering")) return undefined;
    const untilMs = this.#clock.now() + is.untilMs - nowMs;
    this.#emit({ event: "system.opened", system: this.#name, why, untilMs });
    return is.untilMs;
  }

  /** It was open when another process ended. */
  heed(untilMs: number, { openMs, why, untilMs: keptUntilMs }: KeptStop): void {
    if (openMs === undefined) return;
    this.restore(untilMs, openMs);
    this.#emit({ event: "system.opened", system: this.#name, why, untilMs: keptUntilMs });
  }

  #keep(nowMs: number, is: BreakerState, why: string): void {
    if (this.#keeps === undefined) return;
    const { tenant, post } = this.#keeps;
    const of = { system: this.#name, tenant, kind: "breaker" } as const;
    const atMs = this.#clock.now();
    if (is.name === "open") {
      const untilMs = Math.ceil(atMs + Math.max(0, is.untilMs - nowMs));
      post({ post: "stop", ...of, atMs, untilMs, openMs: is.openMs, why });
    } else if (is.name !== "probing") {
      post({ post: "lift", ...of });
    }
  }
}
