import { type Duration, durationMs } from "../model/duration.ts";

// What `deliver` may say about its record by throwing: it can never be delivered, or not now. Everything else that it throws is an ordinary
// failure and is tried again.

/** Found by this mark rather than by its class, so that two copies of the package in one process understand each other. */
const mark = Symbol.for("waybill.verdict");

/** What `permanent()` makes. */
export interface Permanent extends Error {
  readonly name: "Permanent";
}

/** What `later()` makes. */
export interface Later extends Error {
  readonly name: "Later";
  readonly afterMs: number;
}

/**
 * Throw it in `deliver` when trying again cannot help: the record becomes a dead letter with this reason.
 *
 * @example if (invoice.total === "") throw permanent("the invoice has no total");
 */
export function permanent(why: string): Error {
  return Object.assign(new Error(String(why)), { name: "Permanent", [mark]: "permanent" });
}

/**
 * Throw it in `deliver` when it is too early: the record waits and is tried again after this time.
 *
 * @throws {WaybillError} `bad-definition` when `after` is not a duration.
 * @example if (!shipment.ready) throw later("10m", "the shipment is not packed yet");
 */
export function later(after: Duration, why: string): Error {
  const afterMs = durationMs(after, "later(): its first argument");
  return Object.assign(new Error(String(why)), { name: "Later", afterMs, [mark]: "later" });
}

/** Whether `permanent()` made what was thrown. */
export function isPermanent(thrown: unknown): thrown is Permanent {
  return verdictOf(thrown) === "permanent";
}

/** Whether `later()` made what was thrown; then `afterMs` says how long to wait. */
export function isLater(thrown: unknown): thrown is Later {
  return verdictOf(thrown) === "later";
}

function verdictOf(thrown: unknown): unknown {
  return thrown instanceof Error && mark in thrown ? thrown[mark] : undefined;
}
