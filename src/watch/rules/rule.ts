import type { Finding, RuleName } from "../../model/alert.ts";
import type { Observation } from "./observation.ts";

/** One thing that can go wrong, and how it is seen. Pure: what it says follows from what is seen now, and from nothing else. */
export interface Rule {
  readonly name: RuleName;
  /** What is wrong when it fires, for docs/alerts.md. */
  readonly means: string;
  /** What to do about it, for docs/alerts.md. */
  readonly help: string;
  readonly find: (seen: Observation) => readonly Finding[];
}

/** What most findings leave out. */
type Given = Pick<Finding, "rule" | "severity" | "message" | "next"> & Partial<Finding>;

/**
 * A finding, where what is left out is nothing: no integration, no system, no tenant, no samples, a count of 1.
 *
 * @example finding({ rule: "disk", severity: "critical", message: "…", next: "npx waybill prune" })
 */
export function finding(given: Given): Finding {
  return { integration: null, system: null, tenant: "", about: "", count: 1, samples: [], ...given };
}
