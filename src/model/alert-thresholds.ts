import type { Duration } from "./duration.ts";

/** From when on a rule finds something wrong: counts, and lengths of time. */
export interface RuleThresholds {
  readonly quarantined: { readonly count: number; readonly percent: number; readonly within: Duration };
  readonly retrying: { readonly count: number; readonly after: Duration };
  readonly lagging: { readonly after: Duration };
  readonly refused: { readonly count: number; readonly within: Duration };
  readonly breaker: { readonly after: Duration };
  readonly token: { readonly before: Duration };
  readonly source: { readonly failures: number; readonly late: Duration };
  readonly absurd: { readonly within: Duration };
  readonly unsteady: { readonly within: Duration };
  readonly paused: { readonly after: Duration };
  readonly clock: { readonly off: Duration };
  readonly worker: { readonly within: Duration };
  readonly disk: { readonly freeMb: number; readonly leastMb: number };
}

/** A rule that is not here has nothing to set; it can still be switched off. */
export type RuleWithThresholds = keyof RuleThresholds;
export type Thresholds = Readonly<Record<string, number | Duration>>;

/** What holds where nobody says otherwise. */
export const thresholdsDefault: RuleThresholds = {
  quarantined: { count: 5, percent: 5, within: "1h" },
  retrying: { count: 10, after: "15m" },
  lagging: { after: "1h" },
  refused: { count: 3, within: "30m" },
  breaker: { after: "30s" },
  token: { before: "3d" },
  source: { failures: 3, late: "5m" },
  absurd: { within: "1h" },
  unsteady: { within: "24h" },
  paused: { after: "4h" },
  clock: { off: "2m" },
  worker: { within: "1h" },
  disk: { freeMb: 2_000, leastMb: 500 },
};
