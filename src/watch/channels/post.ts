import { createHash, createHmac } from "node:crypto";
import type { Channel } from "../../define/channel.ts";
import { isSecret, type OptionalSecret, type Secret } from "../../define/secret.ts";
import { later, permanent } from "../../define/verdict.ts";
import { NotSent } from "../../systems/evidence.ts";
import { retryAfter } from "../../systems/retry-after.ts";
import type { Secrets } from "../../systems/secrets.ts";
import type { Clock } from "../../world/clock.ts";
import { createMailer, MailError } from "../../world/mail.ts";
import type { Transport, WireAnswer } from "../../world/transport.ts";
import { mailMessage } from "./mail-message.ts";
import type { Message } from "./news.ts";
import { pagerDutyEvent } from "./pager-duty.ts";
import { slackMessage } from "./slack.ts";
import { teamsMessage } from "./teams.ts";

// One message, or several as one, to one channel, once. It resolves when the channel took it, and throws what says whether another try can help: an
// ordinary error (nothing is known), `NotSent` (it is not there), `later` (it wants to be left alone) or `permanent` (it refuses this).

export interface PostParts {
  readonly transport: Transport;
  readonly clock: Pick<Clock, "now">;
  readonly secrets: Pick<Secrets, "value" | "redact">;
  readonly print: (line: string) => void;
}

export type Post = (
  channel: Channel,
  messages: readonly [Message, ...Message[]],
  signal?: AbortSignal,
) => Promise<void>;

const timeoutMs = 10_000;
const answerBytesMax = 64_000;
/** For one that does not say for how long it wants to be left alone. */
const busyMs = 5_000;
/** A mail server that says "later" mostly means minutes (RFC 6647, 4.1). */
const greylistedMs = 60_000;

/** What posts messages to channels. */
export function poster({ transport, clock, secrets, print }: PostParts): Post {
  const textOf = (given: string | Secret | OptionalSecret): string =>
    isSecret(given) ? secrets.value(given.name) : given;

  function requestOf(channel: Posted, messages: readonly [Message, ...Message[]]) {
    switch (channel.kind) {
      case "slack":
        return { url: textOf(channel.url), body: JSON.stringify(slackMessage(messages)) };
      case "teams":
        return { url: textOf(channel.url), body: JSON.stringify(teamsMessage(messages)) };
      case "pagerDuty":
        return { url: channel.url, body: JSON.stringify(pagerDutyEvent(messages[0], textOf(channel.key))) };
      case "httpAlert": {
        const body = JSON.stringify(asJson(messages, ({ alert }) => alert));
        const key = channel.secret === undefined ? undefined : textOf(channel.secret);
        return { url: textOf(channel.url), body, headers: webhookHeaders(nameOf(messages), body, clock.now(), key) };
      }
    }
  }

  return async (channel, messages, signal) => {
    if (channel.kind === "stdout") return print(JSON.stringify(asJson(messages, printed)));
    if (channel.kind === "email") return mailed(channel, textOf(channel.url), messages, signal);
    const { url, body, headers = [] } = requestOf(channel, messages);
    const to = URL.parse(url);
    if (to === null || !/^https?:$/.test(to.protocol)) throw permanent("its address is no URL");
    const answer = await transport({
      method: "POST",
      origin: to.origin,
      path: `${to.pathname}${to.search}`,
      headers: ["content-type", "application/json", ...headers],
      body,
      timeoutMs,
      answerBytesMax,
      signal,
      beforeSend: undefined,
      // Whoever runs this names the address: an alert manager beside it is the usual case.
      privateAllowed: true,
    });
    judge(channel, answer, clock.now(), secrets.redact);
  };
}

type Posted = Exclude<Channel, { kind: "email" | "stdout" }>;

/** One alert as it is, several as `waybill alerts --json` shows them. */
function asJson(messages: readonly [Message, ...Message[]], of: (message: Message) => unknown): unknown {
  return messages.length === 1 ? of(messages[0]) : { alerts: messages.map(of) };
}

const printed = ({ alert, news, insteadOf }: Message): unknown => ({
  ...alert,
  news,
  ...(insteadOf === undefined ? {} : { insteadOf }),
});

/** The same for the same messages, however often they are sent. */
function nameOf(messages: readonly [Message, ...Message[]]): string {
  if (messages.length === 1) return messages[0].id;
  const ids = messages.map(({ id }) => id).join(" ");
  return `summary.${createHash("sha256").update(ids).digest("hex").slice(0, 24)}`;
}

/** @throws what says whether another try can help. */
async function mailed(
  channel: Extract<Channel, { kind: "email" }>,
  url: string,
  messages: readonly Message[],
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  try {
    await createMailer(url).send(mailMessage(messages, channel), signal);
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    if (error.kind === "refused") throw permanent(error.message);
    if (error.kind === "busy") throw later(`${greylistedMs}ms`, error.message);
    if (error.kind === "unreachable") throw new NotSent(error.message);
    // The mail has a name of its own: one that was in doubt may go out again.
    throw error;
  }
}

/** Signed as https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md says; without a key only named. */
function webhookHeaders(id: string, body: string, nowMs: number, key: string | undefined): readonly string[] {
  const at = String(Math.floor(nowMs / 1_000));
  const named = ["webhook-id", id, "webhook-timestamp", at];
  if (key === undefined) return named;
  const bytes = key.startsWith("whsec_") ? Buffer.from(key.slice(6), "base64") : Buffer.from(key);
  return [
    ...named,
    "webhook-signature",
    `v1,${createHmac("sha256", bytes).update(`${id}.${at}.${body}`).digest("base64")}`,
  ];
}

/** @throws what says whether another try can help. */
function judge({ kind }: Channel, answer: WireAnswer, nowMs: number, redact: (text: string) => string): void {
  if (answer.kind === "failed") {
    const why = `${kind} could not be reached: ${redact(answer.message)}`;
    throw answer.sent === "no" ? new NotSent(why) : new Error(why);
  }
  const { status, headers, body } = answer;
  if (status >= 200 && status < 300) return;
  const said = redact(Buffer.from(body).toString("utf8").replace(/\s+/g, " ").slice(0, 200));
  const why = `${kind} answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status === 429) throw later(`${Math.ceil(retryAfter(headers, nowMs)?.afterMs ?? busyMs)}ms`, why);
  if (status >= 500 || status === 408) throw new Error(why);
  throw permanent(why);
}
