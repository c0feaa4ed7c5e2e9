import { reportMain } from "../../report/html.ts";
import type { Report } from "../../report/report.ts";
import type { Clock } from "../../world/clock.ts";
import type { Page } from "./frame.ts";

/** The report, as a page among the others. */
export function week(report: Report): Page {
  return { title: "The week", section: "week", body: reportMain(report) };
}

const share = 20;
/** What takes less is always made anew. */
const cheapMs = 250;
const longestMs = 600_000;
/** Of several beginnings at most so many. */
const keptMax = 8;

interface Made {
  readonly report: Promise<Report>;
  /** Undefined while it is being made. */
  untilMs: number | undefined;
}

/**
 * Reports that were made, to be shown again: that of a large ledger takes seconds to count. However many look at it, that takes at most a twentieth of
 * the time. It says itself when it was made.
 */
export class Weeks {
  readonly #clock: Clock;
  readonly #make: (since: string | undefined) => Promise<Report>;
  readonly #made = new Map<string, Made>();

  constructor(clock: Clock, make: (since: string | undefined) => Promise<Report>) {
    this.#clock = clock;
    this.#make = make;
  }

  async since(since: string | undefined): Promise<Report> {
    const key = since ?? "";
    const known = this.#made.get(key);
    if (known !== undefined && (known.untilMs === undefined || this.#clock.monotonic() < known.untilMs))
      return known.report;
    const beganMs = this.#clock.monotonic();
    const made: Made = { report: this.#make(since), untilMs: undefined };
    this.#made.delete(key);
    for (const oldest of this.#made.keys()) if (this.#made.size >= keptMax) this.#made.delete(oldest);
    this.#made.set(key, made);
    try {
      return await made.report;
    } catch (error) {
      if (this.#made.get(key) === made) this.#made.delete(key);
      throw error;
    } finally {
      const endedMs = this.#clock.monotonic();
      const tookMs = endedMs - beganMs;
      made.untilMs = endedMs + (tookMs > cheapMs ? Math.min(longestMs, tookMs * (share - 1)) : 0);
    }
  }
}
