import type { Clock } from "../world/clock.ts";
import type { Keeps } from "./keeps.ts";
import type { Pace } from "./pace.ts";

/**
 * Turns are estimates, and permits may come sooner: calls take less time or cost less than they used to, or somebody did not come. So when few stand in
 * line, or are on their way to it, and permits are near, those who go next are called in before their turn.
 */
export class CallIn {
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #tell: Keeps["callIn"];
  #lookAtMs = Number.POSITIVE_INFINITY;
  #cancelTimer = (): void => undefined;

  constructor(clock: Clock, pace: Pace, tell: Keeps["callIn"]) {
    this.#clock = clock;
    this.#pace = pace;
    this.#tell = tell;
  }

  /** @param inLine how many there are, asked again when it is time to look again. Times are monotonic. */
  look(nowMs: number, inLine: () => number): void {
    const { records, againAtMs } = this.#pace.callIn(nowMs, inLine());
    if (records.length > 0) this.#tell(records);
    if (againAtMs === undefined || againAtMs >= this.#lookAtMs) return;
    this.close();
    this.#lookAtMs = againAtMs;
    const again = (): void => {
      this.#lookAtMs = Number.POSITIVE_INFINITY;
      this.look(this.#clock.monotonic(), inLine);
    };
    this.#cancelTimer = this.#clock.after(Math.max(1, Math.ceil(againAtMs - nowMs)), again, { idle: true });
  }

  /** One is called in to find out whether its system is back; when it is, the others follow. */
  first(nowMs: number): void {
    const records = this.#pace.first(nowMs);
    if (records.length > 0) this.#tell(records);
  }

  close(): void {
    this.#cancelTimer();
    this.#lookAtMs = Number.POSITIVE_INFINITY;
  }
}
