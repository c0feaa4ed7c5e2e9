import type { RecordWhole } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import type { State } from "../model/record.ts";

/** Refuses a verb for records in other states, and says what fits them. @throws {WaybillError} `refused-move`. */
export function refuseUnless(whole: RecordWhole, verb: string, from: readonly State[]): void {
  if (from.includes(whole.state)) return;
  const being = whole.state === "delivering" ? "is being delivered right now" : `is ${whole.state}`;
  throw new WaybillError(
    "refused-move",
    `Record ${whole.record} ${being}, and ${verb} takes records that are ${list(from)}.`,
    whole.state === "delivering" ? "Ask again when it has settled." : wayOut(whole.state),
  );
}

/** What a person may do about a record in this state. */
function wayOut(state: State): string {
  switch (state) {
    case "quarantined":
      return "`waybill quarantine release RECORD` reads it again; `quarantine discard RECORD` drops it.";
    case "held":
      return "`waybill held resolve RECORD` says what came of its effect; `held discard RECORD` drops it.";
    case "dead":
    case "filtered":
    case "discarded":
    case "superseded":
      return "`waybill dead replay RECORD` delivers it once more.";
    case "waiting":
    case "delivering":
      return "It is on its way; `waybill dead RECORD` ends one that is being retried.";
    case "delivered":
      return "It is delivered; `waybill redo` makes an effect of it again.";
  }
}

function list(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
