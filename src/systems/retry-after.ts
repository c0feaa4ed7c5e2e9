import type { Outcome } from "../model/outcome.ts";

// Retry-After (RFC 9110, 10.2.3): seconds, or an HTTP date. Systems also send nonsense here, and a stop holds every record of a system, so what
// is malformed is ignored and what is absurd is cut.

/** The longest stop that is believed: a quota of a day may be spent in its first minute. */
export const stopMsMax = 86_400_000;
/** What is left of a longer one: then the next answer is asked. */
export const absurdStopMs = 3_600_000;

export interface Stop {
  readonly afterMs: number;
  /** It asked for longer than is believed. */
  readonly absurd: boolean;
  /** Who asks, where it is not plain. */
  readonly why?: string;
}

/**
 * How long an answer asks to wait; undefined when it does not say so in a form that can be read.
 *
 * @param nowMs milliseconds since 1970, used when the answer has no `date` header: with it, the two clocks need not agree.
 * @example retryAfter({ "retry-after": "120" }, clock.now()) // { afterMs: 120_000, absurd: false }
 */
export function retryAfter(headers: Readonly<Record<string, string>>, nowMs: number): Stop | undefined {
  const text = headers["retry-after"]?.trim();
  if (text === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return capped(Number(text) * 1_000);
  const at = httpDate(text);
  if (at === undefined) return undefined;
  return capped(Math.max(0, at - (httpDate(headers.date ?? "") ?? nowMs)));
}

/**
 * The stop that a whole outcome asks for: what it was judged to ask, else the `Retry-After` of an answer that turns a call away for how much there is
 * (413, 429) or for a trouble of its own (5xx), whatever was made of it: also a write that is in doubt after a 502 was told to wait.
 */
export function stopAsked(outcome: Outcome, nowMs: number): Stop | undefined {
  if (outcome.name === "limited" || outcome.name === "unavailable") {
    if (outcome.afterMs !== undefined) return { afterMs: outcome.afterMs, absurd: false };
  }
  const { answer } = outcome;
  if (answer === undefined || outcome.name === "done") return undefined;
  const asks = outcome.name === "limited" || answer.status === 413 || answer.status === 429 || answer.status >= 500;
  return asks ? retryAfter(answer.headers, nowMs) : undefined;
}

/** A stop of so many milliseconds, cut where it is not believed. */
export function capped(ms: number): Stop {
  return ms > stopMsMax ? { afterMs: absurdStopMs, absurd: true } : { afterMs: Math.ceil(ms), absurd: false };
}

const months: readonly string[] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const day = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const time = "(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)";
/** The three forms of RFC 9110, 5.6.7: today's, RFC 850's, and C's asctime. */
const forms = [
  new RegExp(`^${day}, (?<date>\\d\\d) (?<month>\\w{3}) (?<year>\\d{4}) ${time} GMT$`),
  new RegExp(`^${day}[a-z]*, (?<date>\\d\\d)-(?<month>\\w{3})-(?<year>\\d\\d) ${time} GMT$`),
  new RegExp(`^${day} (?<month>\\w{3}) (?<date>[ \\d]\\d) ${time} (?<year>\\d{4})$`),
];

/** Milliseconds since 1970; undefined when it is no HTTP date, or a day that does not exist. */
export function httpDate(text: string): number | undefined {
  for (const form of forms) {
    const parts = form.exec(text)?.groups;
    if (parts === undefined) continue;
    const month = months.indexOf(parts.month ?? "");
    const date = Number(parts.date);
    const year = Number(parts.year);
    const at = Date.UTC(
      year < 100 ? year + 2_000 : year,
      month,
      date,
      Number(parts.hour),
      Number(parts.minute),
      Number(parts.second),
    );
    // Date.UTC turns 30 February into 2 March: a date that does not exist is malformed.
    return month !== -1 && new Date(at).getUTCDate() === date ? at : undefined;
  }
  return undefined;
}
