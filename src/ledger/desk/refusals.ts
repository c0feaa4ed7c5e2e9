import type { RefusalRow } from "../ledger.ts";

/** One source is refused for a handful of reasons; a sender that invents reasons must not fill the disk. */
export const refusalsMax = 1_000;
export const otherReasons = "other reasons";
const reasonCharsMax = 500;
const sampleCharsMax = 2_000;

export const shortReason = (reason: string): string => reason.slice(0, reasonCharsMax);
export const shortSample = (sample: string): string => sample.slice(0, sampleCharsMax);

export function refusalRow([source, reason, count, firstAt, lastAt, sample, tenant]: readonly unknown[]): RefusalRow {
  return {
    source: source as string,
    tenant: tenant as string,
    reason: reason as string,
    count: count as number,
    firstAtMs: firstAt as number,
    lastAtMs: lastAt as number,
    sample: sample as string,
  };
}
