import type { Stop as KeptStop } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Clock } from "../world/clock.ts";
import type { Keeps } from "./keeps.ts";
import { type Stop, stopAsked } from "./retry-after.ts";
import { Throttling } from "./throttling.ts";

/** Stops shorter than this are over before a restart is. */
const keptStepMs = 1_000;

/** Until when a system is to be left alone, as its answers have asked: told, written down, and told again when it is over. Times are monotonic. */
export class LeftAlone {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #keeps: Keeps | undefined;
  readonly #throttling = new Throttling();
  #untilMs = Number.NEGATIVE_INFINITY;
  #because = "";
  #cancelTimer = (): void => undefined;
  /** It was seen to be written down: once it is no more, somebody has lifted it. */
  #isKept = false;
  /** Until when the stop goes that is written down. */
  #keptUntilMs = Number.NEGATIVE_INFINITY;

  constructor(name: string, clock: Clock, emit: Emit, keeps: Keeps | undefined) {
    this.#name = name;
    this.#clock = clock;
    this.#emit = emit;
    this.#keeps = keeps;
  }

  get untilMs(): number {
    return this.#untilMs;
  }

  get because(): string {
    return this.#because;
  }

  /**
   * @param sentMs when the call was let in.
   * @param spent what its answer says of a quota that is spent, also when it is done.
   */
  learn(nowMs: number, sentMs: number, outcome: Outcome, spent: Stop | undefined): void {
    const asked = stopAsked(outcome, this.#clock.now());
    if (asked !== undefined || spent !== undefined) this.#throttling.over();
    const unsaidMs = this.#throttling.ended(nowMs, sentMs, outcome);
    if (asked !== undefined) this.#ask(nowMs, asked, outcome.name === "done" ? "" : outcome.why);
    else if (spent !== undefined) this.#ask(nowMs, spent, spent.why ?? "its answer says that its quota is spent");
    else if (unsaidMs !== undefined && outcome.name !== "done")
      this.#ask(nowMs, { afterMs: unsaidMs, absurd: false }, `${outcome.why}, and it does not say for how long`);
  }

  /** A stop that one is told holds for all; a shorter one changes nothing. */
  #ask(nowMs: number, { afterMs, absurd }: Stop, why: string): void {
    if (afterMs <= 0 || nowMs + afterMs <= this.#untilMs) return;
    const known = this.#untilMs > nowMs;
    this.#untilMs = nowMs + afterMs;
    this.#because = why;
    if (absurd && !known)
      this.#emit({ event: "system.absurd", system: this.#name, what: "a stop of more than a day, cut to an hour" });
    if (!known) this.#emit({ event: "system.stopped", system: this.#name, untilMs: this.#clock.now() + afterMs, why });
    this.#keep(afterMs);
    this.#tellWhenOver(afterMs);
  }

  /** A person has found out that it answers; when it still asks to be left alone, its answer says so again. */
  lift(nowMs: number): void {
    if (this.#untilMs <= nowMs) return;
    this.#free(nowMs);
    void this.#keeps?.post({ post: "lift", system: this.#name, tenant: this.#keeps.tenant, kind: "told" });
  }

  #free(nowMs: number): void {
    this.#cancelTimer();
    this.#untilMs = nowMs;
    this.#keptUntilMs = nowMs;
    this.#isKept = false;
    this.#emit({ event: "system.freed", system: this.#name });
  }

  /**
   * What this system told another process, or one that has ended, holds here too; and no longer than there.
   *
   * @param stop what is written down; undefined when nothing is.
   * @returns whether it was lifted.
   */
  heed(nowMs: number, afterMs: number, stop: KeptStop | undefined): boolean {
    if (stop === undefined) {
      // One that is nearly over ends by itself.
      const isLifted = this.#isKept && this.#keptUntilMs > nowMs + keptStepMs;
      if (isLifted) this.#free(nowMs);
      return isLifted;
    }
    this.#isKept = true;
    this.#heed(nowMs, afterMs, stop);
    return false;
  }

  #heed(nowMs: number, afterMs: number, { untilMs, why }: KeptStop): void {
    if (afterMs <= 0 || nowMs + afterMs <= this.#untilMs + keptStepMs) return;
    this.#untilMs = nowMs + afterMs;
    this.#keptUntilMs = nowMs + afterMs;
    this.#because = why;
    this.#tellWhenOver(afterMs);
    this.#emit({ event: "system.stopped", system: this.#name, untilMs, why });
  }

  close(): void {
    this.#cancelTimer();
  }

  #tellWhenOver(afterMs: number): void {
    this.#cancelTimer();
    const tell = (): void => this.#emit({ event: "system.freed", system: this.#name });
    this.#cancelTimer = this.#clock.after(afterMs, tell, { idle: true });
  }

  /** A stop that outlasts a restart is written down, and not again for every second that is added to it. */
  #keep(afterMs: number): void {
    if (this.#keeps === undefined || this.#untilMs < this.#keptUntilMs + keptStepMs || afterMs < keptStepMs) return;
    this.#keptUntilMs = this.#untilMs;
    this.#isKept = false;
    const atMs = this.#clock.now();
    const { tenant, post } = this.#keeps;
    const of = { system: this.#name, tenant, kind: "told" } as const;
    void post({ post: "stop", ...of, atMs, untilMs: Math.ceil(atMs + afterMs), openMs: undefined, why: this.#because });
  }
}
