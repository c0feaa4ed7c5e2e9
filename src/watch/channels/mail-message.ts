import { createHash } from "node:crypto";
import type { Alert, AlertNews } from "../../model/alert.ts";
import { durationText } from "../../model/duration.ts";
import type { Mail } from "../../world/mail.ts";
import { type Card, mailHtml } from "./mail-html.ts";
import { rank, shownOf } from "./news.ts";

/** One thing to say in a mail. */
export interface MailNews {
  readonly alert: Alert;
  readonly news: AlertNews;
  readonly number: number;
  /** Whom it was meant for, when that channel could not be told. */
  readonly insteadOf?: string | undefined;
}

const subjectMax = 120;

/**
 * The mail that tells news, one or several. It has the same Message-ID whenever it is made, and answers the first one about its alert, so that all of one
 * incident stands in one thread (RFC 5322, 3.6.4).
 *
 * @example mailMessage([{ alert, news: "raised", number: 1 }], { from: "waybill@example.com", to: ["ops@example.com"] })
 */
export function mailMessage(
  news: readonly MailNews[],
  { from, to }: { readonly from: string; readonly to: readonly string[] },
): Mail {
  const { shown, rest } = shownOf(news);
  const cards = shown.map(cardOf);
  const subject = subjectOf(news);
  return {
    from,
    to,
    subject,
    text: [...cards.map(textOf), ...(rest === undefined ? [] : [`${rest}\n`])].join(`\n${"- ".repeat(20)}\n\n`),
    html: mailHtml(subject, cards, rest),
    ...threadOf(news),
  };
}

const newsWords: Readonly<Record<AlertNews, string>> = {
  raised: "raised",
  grew: "grew",
  reminder: "still so",
  resolved: "over",
};

function cardOf({ alert, news, insteadOf }: MailNews): Card {
  const over = news === "resolved";
  return {
    tone: over ? "resolved" : alert.severity,
    label: `${alert.severity}, ${newsWords[news]}`,
    ...parted(plain(alert.message)),
    facts: factsOf(alert, insteadOf).map(([name, text]) => [name, plain(text)]),
    samples: alert.samples.slice(0, 3).map(plain),
    next: over ? undefined : plain(alert.next),
    url: alert.url !== null && /^https?:$/.test(URL.parse(alert.url)?.protocol ?? "") ? alert.url : undefined,
    id: alert.id,
  };
}

/** A message in two: up to the end of what happened, and what follows. */
function parted(message: string): Pick<Card, "title" | "detail"> {
  const end = message.search(/[.;] /);
  if (end === -1) return { title: message, detail: "" };
  const rest = message.slice(end + 2);
  return { title: message.slice(0, end), detail: rest.charAt(0).toUpperCase() + rest.slice(1) };
}

function factsOf(alert: Alert, insteadOf: string | undefined): (readonly [string, string])[] {
  const { integration, system, tenant, since, resolvedAt, count } = alert;
  const pairs: (readonly [string, string | undefined])[] = [
    ["Integration", integration ?? undefined],
    ["System", system ?? undefined],
    ["Tenant", tenant === "" ? undefined : tenant],
    ["Since", timeText(since)],
    ["Over at", resolvedAt === null ? undefined : `${timeText(resolvedAt)}, after ${lasted(since, resolvedAt)}`],
    ["Count", count > 1 ? String(count) : undefined],
    ["Meant for", insteadOf === undefined ? undefined : `${insteadOf}, which could not be told`],
  ];
  return pairs.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]));
}

/** `2026-11-26 14:20 UTC` */
const timeText = (iso: string): string => iso.replace(/^([\d-]+)T(\d\d:\d\d).*Z$/, "$1 $2 UTC");
const lasted = (since: string, until: string): string =>
  durationText(Math.max(0, Date.parse(until) - Date.parse(since)));

/** Without characters that steer: line breaks, other controls, and what turns the direction of writing. */
function plain(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, " ").trim();
}

function textOf({ label, title, detail, facts, samples, next, url, id }: Card): string {
  const blocks = [
    label.toUpperCase(),
    detail === "" ? title : `${title}.\n${detail}`,
    facts.map(([name, text]) => `${`${name}:`.padEnd(13)}${text}`).join("\n"),
    samples.length === 0 ? [] : ["Records:", ...samples.map((one) => `  ${one}`)].join("\n"),
    next === undefined ? [] : `Next:\n  ${next}`,
    url ?? [],
    `Waybill, alert ${id}`,
  ];
  return `${blocks.flat().join("\n\n")}\n`;
}

/** `[critical] orders: 12 records are dead (raised)`; of several the worst, and how many more. */
function subjectOf(news: readonly MailNews[]): string {
  const [worst] = news.toSorted((a, b) => rank(b) - rank(a));
  if (worst === undefined) return "nothing to tell";
  const { alert, news: what } = worst;
  const more = news.length === 1 ? "" : `, and ${news.length - 1} more`;
  return `[${alert.severity}] ${short(briefly(alert))} (${newsWords[what]})${more}`;
}

/** What happened, in short; with whom it is about where it does not say so itself. */
function briefly({ integration, system, message }: Alert): string {
  const title = parted(plain(message)).title.replace(/\.$/, "");
  const whose = integration ?? system;
  return whose === null || title.includes(whose) ? title : `${plain(whose)}: ${title}`;
}

function short(text: string): string {
  const letters = [...text];
  return letters.length > subjectMax ? `${letters.slice(0, subjectMax - 1).join("")}…` : text;
}

function threadOf(news: readonly MailNews[]): Pick<Mail, "messageId" | "inReplyTo"> {
  const ids = news.map(({ alert, number }) => `${alert.id}.${number}`);
  const [first, ...others] = news;
  const [only = "nothing"] = ids;
  const name = ids.length <= 1 ? only : createHash("sha256").update(ids.join(" ")).digest("hex").slice(0, 24);
  const one = first !== undefined && others.every(({ alert }) => alert.id === first.alert.id);
  const later = one && first.number > 1;
  return { messageId: `<${name}@waybill>`, inReplyTo: later ? `<${first.alert.id}.1@waybill>` : undefined };
}
