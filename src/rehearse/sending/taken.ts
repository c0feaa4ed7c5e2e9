import { AsyncLocalStorage } from "node:async_hooks";
import type { WaybillEvent } from "../../model/events.ts";

// Which records a delivery became. The answer of a webhook may say anything (`respond`), so it is heard from the events of the taking, which belong to a
// delivery by the asynchronous context.

type Taken = Extract<WaybillEvent, { event: "intake.taken" }>;

/** What became of one record of a delivery. */
export type TakenRecord = Pick<Taken, "record" | "state" | "duplicate">;

const deliveries = new AsyncLocalStorage<TakenRecord[]>();

/** Runs a delivery, and collects in `records` what becomes of it. */
export function collecting<T>(records: TakenRecord[], deliver: () => Promise<T>): Promise<T> {
  return deliveries.run(records, deliver);
}

/** To be told each event. */
export function noteTaken(event: WaybillEvent): void {
  if (event.event === "intake.taken") deliveries.getStore()?.push(event);
}
