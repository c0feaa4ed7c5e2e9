import { factsOf, headline, type Message } from "./news.ts";

/** A section holds at most 3,000 characters (https://docs.slack.dev/reference/block-kit/blocks/section-block, read 2026-11-26). */
const textMax = 2_900;

/** A message for an incoming webhook of Slack: blocks, and text for notifications. */
export function slackMessage(message: Message): unknown {
  const { alert, news } = message;
  const facts = factsOf(message).map(([name, text]) => `*${name}* ${escaped(text)}`);
  const next = news === "resolved" ? [] : [`\`\`\`${escaped(alert.next)}\`\`\``];
  const link = alert.url === null ? [] : [`<${escaped(alert.url)}|look at it>`];
  const head = `${icons[news === "resolved" ? "resolved" : alert.severity]} *${escaped(headline(message))}*`;
  return {
    text: escaped(headline(message)).slice(0, textMax),
    blocks: [section(head), section([...facts, ...next, ...link].join("\n"))],
  };
}

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
