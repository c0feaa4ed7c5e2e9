import type { Alert } from "../../model/alert.ts";
import { durationText } from "../../model/duration.ts";
import type { Telling } from "../alerts/telling.ts";

/** What a channel is to say: the news, and whom they were meant for when that one could not be told. */
export interface Message extends Telling {
  /** Names the message, whoever sends it how often. */
  readonly id: string;
  readonly insteadOf: string | undefined;
}

/** The alert in one line: `[critical] orders: 12 records are dead`. */
export function headline({ alert, news }: Pick<Message, "alert" | "news">): string {
  const about = alert.integration ?? alert.system;
  const whose = about === null ? "" : `${about}${alert.tenant === "" ? "" : ` (${alert.tenant})`}: `;
  const beginning = { raised: "", grew: "grew: ", reminder: "still: ", resolved: "over: " }[news];
  return `[${alert.severity}] ${beginning}${whose}${alert.message}`;
}

/** What else there is to know, as pairs of a name and its text. */
export function factsOf({ alert, insteadOf }: Message): readonly (readonly [string, string])[] {
  const facts: [string, string][] = [["since", sinceText(alert)]];
  if (alert.count > 1) facts.push(["count", String(alert.count)]);
  if (alert.samples.length > 0) facts.push(["records", alert.samples.join(", ")]);
  if (insteadOf !== undefined) facts.push(["meant for", `${insteadOf}, which could not be told`]);
  return facts;
}

function sinceText({ since, resolvedAt }: Alert): string {
  const lastedMs = resolvedAt === null ? Number.NaN : Date.parse(resolvedAt) - Date.parse(since);
  return Number.isNaN(lastedMs) ? since : `${since}, for ${durationText(lastedMs)}`;
}
