import type { ThresholdsOf } from "../../define/watch.ts";
import type { Overview, Pause, RefusalRow } from "../../ledger/ledger.ts";
import type { FileStatus } from "../../sources/files.ts";
import type { PollStatus } from "../../sources/poll.ts";
import type { SystemState } from "../../systems/port.ts";
import type { TenantsState } from "../../systems/tenant-ref.ts";
import type { VolumeSeen } from "../baselines/volume-watch.ts";
import type { DriftSeen } from "../drift/shapes.ts";

/** What is seen in one look, by all that work with a ledger. Where each part comes from stands in assembly/watch-over.ts; all of it is bounded. */
export interface Observation extends Sightings {
  /** How much came, of each integration. */
  readonly volumes: readonly VolumeSeen[];
  readonly nowMs: number;
  /** Since when this process watches. */
  readonly upSinceMs: number;
  readonly thresholds: ThresholdsOf;
  /** The integrations that run here. */
  readonly integrations: readonly string[];
  readonly ledger: Overview;
  readonly refusals: readonly RefusalSeen[];
  readonly pauses: readonly Pause[];
  readonly files: readonly FileStatus[];
  readonly inflow: readonly Inflow[];
  /** Undefined where the ledger is no file. */
  readonly disk: { readonly folder: string; readonly freeBytes: number } | undefined;
  /** Books that did not balance when they were last compared. */
  readonly unbalanced: readonly { readonly integration: string; readonly tenant: string; readonly off: number }[];
}

/** What one process sees and no ledger holds; merged, what all of them see. Plain JSON. */
export interface Sightings {
  readonly systems: readonly SystemSeen[];
  readonly polls: readonly PollStatus[];
  readonly tenants: readonly TenantsState[];
  readonly recent: Recent;
  /** Sources of which the shape has changed. */
  readonly drifts: readonly DriftSeen[];
  /** One for each machine. */
  readonly clocks: readonly ClockSeen[];
}

export const nothingSeen: Sightings = {
  systems: [],
  polls: [],
  tenants: [],
  recent: { absurd: [], unsteady: [], failing: [] },
  drifts: [],
  clocks: [],
};

export interface RefusalSeen extends RefusalRow {
  /** When each of the latest came, as far as this process saw it: how many since a moment. */
  readonly countSince: (ms: number) => number;
  /** Whose source it is. */
  readonly integrations: readonly string[];
}

export interface SystemSeen extends Omit<SystemState, "renews"> {
  /** Since when its breaker is not closed; undefined while it is. */
  readonly openSinceMs: number | undefined;
  /** Until when its breaker was open at the latest; undefined when that is a day ago, or was before this process. */
  readonly lastOpenMs: number | undefined;
  /** Until when it let nobody in at the latest, as far back. */
  readonly lastUnauthorizedMs: number | undefined;
  /** Its token is got anew without a person. */
  readonly renews: boolean;
}

/** What an integration and tenant took in since a moment. */
export interface Inflow {
  readonly integration: string;
  readonly tenant: string;
  /** Records that are no duplicates, and how many of them are in the quarantine, since the moment that is so long ago. */
  readonly since: (ms: number) => { readonly received: number; readonly quarantined: number };
}

/** What events have told lately: the last of each kind, at most a few hundred. */
export interface Recent {
  /** Something that a system answered and that cannot be. */
  readonly absurd: readonly Told[];
  readonly unsteady: readonly (Told & {
    readonly integration: string;
    readonly tenant: string;
    readonly effect: string;
    readonly fields: readonly string[];
    readonly record: string;
  })[];
  /** Which system failed lately for which integration. */
  readonly failing: readonly (Told & { readonly integration: string; readonly tenant: string })[];
}

export interface Told {
  readonly atMs: number;
  readonly count: number;
  readonly system: string;
  readonly what: string;
}

export interface ClockSeen {
  /** Whose it is, where several work with one ledger. */
  readonly worker?: string | undefined;
  /** How far the clock of its machine was set back since the process began, and when that was noticed. */
  readonly setBackMs: number;
  readonly setBackAtMs: number | undefined;
  /** How far the clock of the ledger's server is ahead of it; undefined where that is the same machine's, or not known. */
  readonly ledgerAheadMs: number | undefined;
  /** How far the Date of answers is ahead of this clock, by system; only lately. */
  readonly ahead: readonly { readonly system: string; readonly byMs: number }[];
}
