import type { StoredEffect } from "../ledger/ledger.ts";

// An effect that was accepted: the destination works on it, under a job that can be asked for. What it answered is stored, so that a crash never sends
// again; it stands where the answer of an effect stands, until the job has ended.

export interface StoredAcceptance {
  /** The answer after `expect`, in the codec. */
  readonly accepted: string;
  readonly status?: number | undefined;
  readonly location?: string | undefined;
  readonly acceptedAtMs: number;
  /** Not before is its job asked for. */
  readonly nextCheckMs: number;
}

export function acceptanceText(acceptance: StoredAcceptance): string {
  const { accepted, ...rest } = acceptance;
  return JSON.stringify({ accepted, ...rest });
}

export function acceptanceOf(stored: StoredEffect): StoredAcceptance | undefined {
  return isAccepted(stored) ? (JSON.parse(stored.answer ?? "") as StoredAcceptance) : undefined;
}

/** Whether a job of it can be asked for. */
export function isAccepted(stored: StoredEffect): boolean {
  return stored.state === "pending" && stored.answer?.startsWith('{"accepted":') === true;
}
