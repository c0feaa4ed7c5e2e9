import { factsOf, headline, type Message, shownOf, summaryLine } from "./news.ts";

/** A message holds at most 28 KB (https://learn.microsoft.com/microsoftteams/limits-specifications-teams); so many characters of text, all told. */
const textMax = 12_000;

/** A card as a workflow of Teams takes it. Several alerts are one card, under a line that says how many. */
export function teamsMessage(messages: readonly [Message, ...Message[]]): unknown {
  const [first, ...others] = messages;
  const { shown, rest } = shownOf(messages);
  const max = Math.floor(textMax / (3 * shown.length));
  const body =
    others.length === 0
      ? alertBlocks(first, max)
      : [
          block(summaryLine(messages), max, { weight: "Bolder", size: "Medium" }),
          ...shown.map((message) => ({ type: "Container", separator: true, items: alertBlocks(message, max) })),
          ...(rest === undefined ? [] : [block(rest, max)]),
        ];
  const { url } = first.alert;
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body,
    ...(url === null || others.length > 0
      ? {}
      : { actions: [{ type: "Action.OpenUrl", title: "Look at it", url: url }] }),
  };
  return { type: "message", attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content }] };
}

function alertBlocks(message: Message, max: number): readonly unknown[] {
  const { alert, news } = message;
  const colour =
    news === "resolved" ? "Good" : { critical: "Attention", warning: "Warning", info: "Accent" }[alert.severity];
  const facts = factsOf(message).map(([title, value]) => ({ title, value: value.slice(0, Math.ceil(max / 4)) }));
  return [
    block(headline(message), max, { weight: "Bolder", color: colour }),
    { type: "FactSet", facts },
    ...(news === "resolved" ? [] : [block(alert.next, max, { fontType: "Monospace" })]),
  ];
}

const block = (text: string, max: number, look: object = {}): unknown => ({
  type: "TextBlock",
  text: text.slice(0, max),
  wrap: true,
  ...look,
});
