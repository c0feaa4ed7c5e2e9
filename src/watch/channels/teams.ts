import { factsOf, headline, type Message } from "./news.ts";

/** A card as a workflow of Teams takes it; a message holds at most 28 KB (https://learn.microsoft.com/microsoftteams/limits-specifications-teams). */
export function teamsMessage(message: Message): unknown {
  const { alert, news } = message;
  const colour =
    news === "resolved" ? "Good" : { critical: "Attention", warning: "Warning", info: "Accent" }[alert.severity];
  const next = news === "resolved" ? [] : [block(alert.next, { fontType: "Monospace" })];
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      block(headline(message), { weight: "Bolder", color: colour }),
      { type: "FactSet", facts: factsOf(message).map(([title, value]) => ({ title, value: short(value) })) },
      ...next,
    ],
    ...(alert.url === null ? {} : { actions: [{ type: "Action.OpenUrl", title: "Look at it", url: alert.url }] }),
  };
  return { type: "message", attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content }] };
}

const block = (text: string, look: object): unknown => ({ type: "TextBlock", text: short(text), wrap: true, ...look });
const short = (text: string): string => text.slice(0, 4_000);
