import type { SystemDefinition } from "../define/system.ts";
import type { Emit } from "../model/events.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Clock } from "../world/clock.ts";
import { type Adaptive, adapted, type Load, type Strain, unbound } from "./adaptive.ts";
import { Latency, type LatencyState } from "./latency.ts";
import { type Granted, timedOut } from "./permit.ts";
import { quotasIn } from "./quotas-in.ts";
import { stopOf } from "./rate-headers.ts";
import type { Stop } from "./retry-after.ts";
import { Told, type ToldState } from "./told.ts";

// What the answers of one system teach besides a stop: how many calls it takes gladly (adaptive.ts), what it says of its quotas (told.ts), and how
// long it takes (latency.ts). The gate asks this like a limit. Times are monotonic milliseconds.

const strains = {
  refused: "it refuses calls for their number",
  "timed-out": "calls time out",
  slow: "it answers several times as slowly as usual",
} as const satisfies Record<Strain, string>;

export interface LearnedState {
  readonly atOnce: number | undefined;
  readonly why: string | undefined;
  readonly told: readonly ToldState[];
  readonly latency: LatencyState | undefined;
}

export class Learned {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #told: Told;
  readonly #teaches: Pick<SystemDefinition, "vendor" | "learn">;
  readonly #latency = new Latency();
  #adaptive: Adaptive = unbound;
  /** What the last event said: not every small step up is one. */
  #toldAtOnce: number | undefined;

  constructor(system: Pick<SystemDefinition, "name" | "limits" | "vendor" | "learn">, clock: Clock, emit: Emit) {
    this.#name = system.name;
    this.#clock = clock;
    this.#emit = emit;
    this.#told = new Told(system.limits);
    this.#teaches = system;
  }

  free(nowMs: number, inFlight: number): number {
    const { atOnce } = this.#adaptive;
    const told = this.#told.free(nowMs, inFlight);
    return atOnce === undefined ? told : Math.min(told, atOnce - inFlight);
  }

  /** Infinity when it hangs on somebody who is inside. */
  freeAt(nowMs: number, inFlight: number): number {
    const { atOnce } = this.#adaptive;
    if (atOnce !== undefined && atOnce <= inFlight) return Number.POSITIVE_INFINITY;
    return this.#told.freeAt(nowMs, inFlight);
  }

  take(): void {
    this.#told.take();
  }

  /** It never left. */
  unsent(): void {
    this.#told.unsent();
  }

  /**
   * A call has ended.
   *
   * @param inFlight calls that are under way still
   * @returns the stop that its quota headers or the user's `learn` ask for, if they do.
   */
  ended(nowMs: number, granted: Granted, outcome: Outcome, own: boolean, inFlight: number): Stop | undefined {
    this.#told.end(nowMs);
    const { answer } = outcome;
    if (answer !== undefined) this.#latency.add(nowMs, outcome.durationMs);
    if (own) return undefined;
    const was = this.#adaptive;
    const load = loadOf(outcome);
    this.#adaptive = adapted(was, { load, nowMs, sentMs: granted.sinceMs, inFlight: inFlight + 1 });
    if (this.#adaptive.atOnce !== was.atOnce) this.#tell(was);
    if (answer === undefined) return undefined;
    const { quotas, stop, odd } = quotasIn(this.#teaches, answer, this.#clock.now());
    if (odd !== undefined) this.#emit({ event: "system.absurd", system: this.#name, what: odd });
    if (quotas.length === 0) return stop;
    for (const contradiction of this.#told.note(quotas, nowMs, granted.sinceMs, inFlight))
      this.#emit({ event: "system.contradicted", system: this.#name, ...contradiction });
    return longer(stop, stopOf(quotas, outcome.name === "limited"));
  }

  #tell(was: Adaptive): void {
    const { atOnce, why } = this.#adaptive;
    const known = this.#toldAtOnce;
    if (atOnce !== undefined && (was.atOnce === undefined || atOnce < was.atOnce)) {
      this.#toldAtOnce = atOnce;
      this.#emit({ event: "system.lowered", system: this.#name, atOnce, why: why === undefined ? "" : strains[why] });
    } else if (atOnce === undefined || known === undefined || atOnce >= known * 2) {
      this.#toldAtOnce = atOnce;
      this.#emit({ event: "system.raised", system: this.#name, atOnce });
    }
  }

  state(nowMs: number, inFlight: number): LearnedState {
    const { atOnce, why } = this.#adaptive;
    return {
      atOnce,
      why: why === undefined ? undefined : strains[why],
      told: this.#told.state(nowMs, inFlight),
      latency: this.#latency.state(nowMs),
    };
  }
}

function longer(one: Stop | undefined, other: Stop | undefined): Stop | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.afterMs > other.afterMs ? one : other;
}

function loadOf(outcome: Outcome): Load {
  if (timedOut(outcome)) return "timed-out";
  switch (outcome.name) {
    case "limited":
      return "refused";
    case "done":
    case "pending":
    case "failed-permanent":
      return outcome.sent === "no" ? "nothing" : "calm";
    default:
      // A server that sheds load says so with a 503.
      return outcome.answer?.status === 503 ? "refused" : "nothing";
  }
}
