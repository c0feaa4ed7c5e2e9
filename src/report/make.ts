import type { Ledger } from "../ledger/ledger.ts";
import { buildReport } from "./build.ts";
import { gather } from "./gather.ts";
import { type Period, periodSince } from "./period.ts";
import type { Report } from "./report.ts";

export interface ReportParts {
  readonly ledger: Ledger;
  /** Integrations that the code has. */
  readonly names: readonly string[];
  readonly redact: (text: string) => string;
}

export interface ReportAsked {
  /** `7d`, or an instant. */
  readonly since?: string | undefined;
  readonly integration?: string | undefined;
  readonly tenant?: string | undefined;
}

export const sinceDefault = "7d";

/**
 * The report of the time up to now.
 *
 * @throws {WaybillError} `bad-usage` when `since` cannot be.
 * @example await makeReport({ ledger, names: ["orders"], redact }, { since: "7d" }, nowMs)
 */
export function makeReport(parts: ReportParts, asked: ReportAsked, nowMs: number): Promise<Report> {
  return reportOf(parts, periodSince(asked.since ?? sinceDefault, nowMs), asked, nowMs);
}

/** The report of a period. What waits, and what is wrong, is told as it is now. */
export async function reportOf(
  { ledger, names, redact }: ReportParts,
  period: Period,
  { integration, tenant }: ReportAsked,
  nowMs: number,
): Promise<Report> {
  return buildReport(await gather(ledger, period, { integration, tenant }, nowMs), names, redact);
}
