import type { WaybillEvent } from "../../model/events.ts";

/** What a story tells of an event; undefined of those that belong in no story. */
export function eventText(event: WaybillEvent): { readonly what: string; readonly record: string } | undefined {
  if (event.event === "record.settled") {
    const { record, state, cause, reason } = event;
    const why = reason === undefined ? "" : `: ${reason}`;
    return { record, what: `${record} is ${state}${cause === undefined ? "" : ` (${cause})`}${why}` };
  }
  if (event.event !== "attempt" || event.outcome === "done") return undefined;
  return { record: event.record, what: `"${event.effect}": ${event.outcome}, ${event.why}` };
}
