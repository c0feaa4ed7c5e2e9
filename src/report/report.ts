import type { RuleName, Severity } from "../model/alert.ts";
import type { Cause, State } from "../model/record.ts";
import type { Flow } from "./flow.ts";

// What a report says, as data: the text, the page and `--json` all show this and compute nothing. Times are ISO 8601, lengths of time milliseconds.

/** A flow with its times, as it is shown. */
export interface FlowShown extends Flow {
  /** From receipt to delivery: half of them took no longer, and nineteen of twenty no longer; null where nothing was delivered. To two digits. */
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
}

export interface FeedLine {
  readonly integration: string;
  /** `""` where there are none. */
  readonly tenant: string;
  readonly now: FlowShown;
  /** Null where nothing is known of the time before. */
  readonly before: FlowShown | null;
  /** How many came in each slot. */
  readonly came: readonly number[];
  /** As it stands now, whenever it came. */
  readonly waits: { readonly records: number; readonly oldestMs: number | null; readonly person: number };
}

export interface SystemFlow {
  readonly calls: number;
  /** Not done: failed, refused, limited, in doubt. */
  readonly failed: number;
  /** It answered that it is asked too much. */
  readonly limited: number;
  /** Calls that a limit, a stop or a breaker put off. */
  readonly putOff: number;
  readonly stops: number;
  readonly stoppedMs: number;
  readonly openings: number;
  readonly openMs: number;
  readonly unauthorizedMs: number;
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
}

export interface SystemLine {
  readonly system: string;
  readonly now: SystemFlow;
  readonly before: SystemFlow | null;
  /** What it held up, in words; null where it held up nothing. */
  readonly limitedUs: string | null;
}

export interface CauseLine {
  readonly integration: string;
  readonly state: State | "refused";
  readonly cause: Cause | string;
  readonly count: number;
  readonly before: number | null;
  /** What the newest one says. */
  readonly reason: string | null;
}

export interface SlowerLine {
  readonly what: "integration" | "system";
  readonly name: string;
  readonly p95Ms: number;
  readonly beforeMs: number;
}

export interface AlertLine {
  readonly id: string;
  readonly rule: RuleName;
  readonly severity: Severity;
  readonly about: string;
  readonly message: string;
  readonly since: string;
  /** Null while it goes on. */
  readonly resolvedAt: string | null;
  readonly lastedMs: number;
  readonly count: number;
}

export interface HandLine {
  readonly at: string;
  readonly actor: string;
  /** `replayed 12 records of orders`. */
  readonly words: string;
  readonly why: string | null;
}

export interface NeedLine {
  readonly severity: Severity;
  readonly words: string;
  readonly next: string;
}

/** The tail of a list that is not shown, added up. */
export interface Rest {
  readonly lines: number;
  readonly now: FlowShown;
}

export type Tone = "well" | "look" | "wrong";

export interface Report {
  /** What waits and what is wrong is told as of then. */
  readonly madeAt: string;
  readonly period: {
    readonly since: string;
    readonly until: string;
    readonly comparedSince: string;
    readonly slotMs: number;
  };
  readonly only: { readonly integration: string | null; readonly tenant: string | null };
  readonly verdict: { readonly tone: Tone; readonly words: string };
  readonly needs: readonly NeedLine[];
  readonly total: {
    readonly now: FlowShown;
    readonly before: FlowShown | null;
    /** Came again, and made no record; null where nobody counted. */
    readonly duplicates: number | null;
    /** Turned away, and never became records. */
    readonly refused: number | null;
    readonly waits: FeedLine["waits"];
    readonly balanced: boolean;
  };
  readonly slots: readonly ({ readonly at: string } & Flow)[];
  readonly integrations: readonly FeedLine[];
  readonly otherIntegrations: Rest | null;
  readonly slower: readonly SlowerLine[];
  readonly systems: readonly SystemLine[];
  readonly otherSystems: number;
  readonly causes: readonly CauseLine[];
  readonly otherCauses: number;
  /** What was wrong besides what needs a person now. */
  readonly alerts: readonly AlertLine[];
  readonly otherAlerts: number;
  readonly drift: readonly AlertLine[];
  readonly byHand: readonly HandLine[];
  readonly otherDeeds: number;
  /** What this page cannot know, one sentence each. */
  readonly cannotKnow: readonly string[];
}
