import { createHash } from "node:crypto";

// What is wrong now, and its life. Rules say what they find (a Finding); an alert is a finding that is remembered, told and, at some time, over.
// One incident is one alert: its identity is (rule, integration, system, tenant, about), and it has a count in place of five hundred copies.

export const severities = ["info", "warning", "critical"] as const;
export type Severity = (typeof severities)[number];

export const alertStates = ["firing", "acknowledged", "muted", "resolved"] as const;
export type AlertState = (typeof alertStates)[number];

/** Every rule that there is, one for each file in watch/rules/. */
export const ruleNames = [
  "dead",
  "held",
  "quarantined",
  "retrying",
  "lagging",
  "refused",
  "breaker",
  "unauthorized",
  "token",
  "quota",
  "absurd",
  "source",
  "orphaned",
  "unsteady",
  "paused",
  "tenants",
  "clock",
  "worker",
  "disk",
  "ledger",
  "unbalanced",
  "silent",
  "volume",
  "drift",
] as const;
export type RuleName = (typeof ruleNames)[number];

/** Why somebody is told. */
export const alertNews = ["raised", "grew", "reminder", "resolved"] as const;
export type AlertNews = (typeof alertNews)[number];

/** Which incident it is. */
export interface AlertIdentity {
  readonly rule: RuleName;
  readonly integration: string | null;
  readonly system: string | null;
  /** `""` where there is one tenant, or it is about all. */
  readonly tenant: string;
  /** What tells two incidents of one rule apart: a cause, a source, a field; `""` for none. */
  readonly about: string;
}

/** What a rule says is wrong now. */
export interface Finding extends AlertIdentity {
  readonly severity: Severity;
  readonly count: number;
  /** Plain words: what happened, since when, how many. */
  readonly message: string;
  /** At most three records. */
  readonly samples: readonly string[];
  /** The next command, that works when it is typed as it stands. */
  readonly next: string;
}

/** An alert, as it is shown everywhere: `alerts --json`, the API, channels. Times are ISO 8601. */
export interface Alert extends Finding {
  /** The same from its raise until it is resolved. */
  readonly id: string;
  readonly state: AlertState;
  readonly since: string;
  /** When it was last found to be so. */
  readonly lastAt: string;
  readonly mutedUntil: string | null;
  /** Who acknowledged or muted it, and why. */
  readonly actor: string | null;
  readonly why: string | null;
  readonly resolvedAt: string | null;
  /** Where it can be looked at; null where no address is known. */
  readonly url: string | null;
}

/** One text for each identity. */
export function identityText({ rule, integration, system, tenant, about }: AlertIdentity): string {
  return JSON.stringify([rule, integration, system, tenant, about]);
}

/** Names an incident: the same words and the same beginning give the same id, so that whoever raises it twice raises one. */
export function alertId(identity: AlertIdentity, sinceMs: number): string {
  return createHash("sha256")
    .update(`${identityText(identity)} ${sinceMs}`)
    .digest("hex")
    .slice(0, 12);
}

/** The more severe of two. */
export function isWorse(one: Severity, other: Severity): boolean {
  return severities.indexOf(one) > severities.indexOf(other);
}
