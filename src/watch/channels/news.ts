import type { Alert } from "../../model/alert.ts";
import { durationText } from "../../model/duration.ts";
import type { Telling } from "../alerts/telling.ts";

/** What a channel is to say: the news, and whom they were meant for when that one could not be told. */
export interface Message extends Telling {
  /** Names the message, whoever sends it how often. */
  readonly id: string;
  readonly insteadOf: string | undefined;
}

/** The most alerts that one message tells whole. */
const shownMax = 20;

/** What a message that tells several of them shows, the worst first, and a line for the others. */
export function shownOf<T extends Pick<Message, "alert" | "news">>(
  messages: readonly T[],
): { readonly shown: readonly T[]; readonly rest: string | undefined } {
  const sorted = messages.toSorted((a, b) => rank(b) - rank(a));
  const more = sorted.length - shownMax;
  return {
    shown: sorted.slice(0, shownMax),
    rest: more > 0 ? `and ${more} more: npx waybill alerts ls --all` : undefined,
  };
}

/** How bad it is: what is over is not. */
export const rank = ({ alert, news }: Pick<Message, "alert" | "news">): number =>
  news === "resolved" ? 0 : { info: 1, warning: 2, critical: 3 }[alert.severity];

/** `5 alerts: 2 critical, 2 warning, 1 over`. */
export function summaryLine(messages: readonly Message[]): string {
  const counts = Object.entries(
    Object.groupBy(
      messages.toSorted((a, b) => rank(b) - rank(a)),
      ({ alert, news }) => (news === "resolved" ? "over" : alert.severity),
    ),
  );
  return `${messages.length} alerts: ${counts.map(([what, of]) => `${of?.length} ${what}`).join(", ")}`;
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
