import type { RecordId } from "../ledger.ts";

// A record's number is `milliseconds since 2020 * 4096 + n`, and its id that number as eleven characters in base 32: both grow in the order of the
// commits, and neither is a bare row number, so that a ledger restored from a backup does not give an old record's name to a new one.

const epochMs = 1_577_836_800_000;
const perMs = 4_096;
/** 2086: a clock that jumps further leaves room for as many records as will ever come. */
const latestMs = 2_084_000_000_000;
const form = /^[0-9a-v]{11}$/;

export function recordId(number: number): RecordId {
  return number.toString(32).padStart(11, "0");
}

/** The number of a record's id; 0, which no record has, for what is not an id. */
export function recordNumber(id: RecordId): number {
  if (!form.test(id)) return 0;
  const number = Number.parseInt(id, 32);
  return Number.isSafeInteger(number) ? number : 0;
}

/** The smallest number that a record taken at this time can have. */
export function numberAt(ms: number): number {
  return Math.max(0, Math.min(ms - epochMs, latestMs)) * perMs;
}

/** When a number was drawn, or a little earlier: a clock that stood still let them run ahead. */
export function numberedAtMs(number: number): number {
  return Math.floor(number / perMs) + epochMs;
}
