import { factsOf, headline, type Message, shownOf, summaryLine } from "./news.ts";

/** A section holds at most 3,000 characters (https://docs.slack.dev/reference/block-kit/blocks/section-block, read 2026-11-26). */
const textMax = 2_900;

/** A message for an incoming webhook of Slack: blocks, and text for notifications. Several are one, under a line that says how many. */
export function slackMessage(messages: readonly [Message, ...Message[]]): unknown {
  const [first, ...others] = messages;
  if (others.length === 0) return { text: textOf(headline(first)), blocks: sectionsOf(first) };
  const { shown, rest } = shownOf(messages);
  const title = summaryLine(messages);
  return {
    text: textOf(title),
    blocks: [
      section(`*${escaped(title)}*`),
      ...shown.flatMap(sectionsOf),
      ...(rest === undefined ? [] : [section(escaped(rest))]),
    ],
  };
}

function sectionsOf(message: Message): readonly unknown[] {
  const { alert, news } = message;
  const facts = factsOf(message).map(([name, text]) => `*${name}* ${escaped(text)}`);
  const next = news === "resolved" ? [] : [`\`\`\`${escaped(alert.next)}\`\`\``];
  const link = alert.url === null ? [] : [`<${escaped(alert.url)}|look at it>`];
  const head = `${icons[news === "resolved" ? "resolved" : alert.severity]} *${escaped(headline(message))}*`;
  return [section(head), section([...facts, ...next, ...link].join("\n"))];
}

const textOf = (text: string): string => escaped(text).slice(0, textMax);

const section = (text: string): unknown => ({
  type: "section",
  text: { type: "mrkdwn", text: text.slice(0, textMax) },
});

const icons = {
  critical: ":rotating_light:",
  warning: ":warning:",
  info: ":information_source:",
  resolved: ":white_check_mark:",
};

/** What steers a text there is escaped so (https://docs.slack.dev/messaging/formatting-message-text#escaping, read 2026-11-26). */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("`", "'");
}
