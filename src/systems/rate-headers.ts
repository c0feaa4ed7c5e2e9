import { capped, httpDate, type Stop } from "./retry-after.ts";

// What answers say about the quota of whoever calls: `RateLimit` and `RateLimit-Policy` of the IETF draft
// (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/), its earlier forms, and `X-RateLimit-*`, which no standard describes.
// Only "nothing is left until then" is learnt. What they say beyond that could only loosen what is declared, and that they never do.

type Headers = Readonly<Record<string, string>>;

/** One quota, as an answer tells it. */
interface Quota {
  readonly remaining: number | undefined;
  readonly afterMs: number | undefined;
}

/**
 * How long an answer asks to wait because its quota is spent; undefined when it does not say so in a form that can be read, or when that time is
 * over. When several quotas are spent, the longest wait counts.
 *
 * @param refused the system has just refused a call for its limits: then a reset without a count is enough.
 * @param nowMs milliseconds since 1970, used when the answer has no `date` header.
 * @example quotaStop({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "30" }, false, clock.now()) // { afterMs: 30_000, absurd: false }
 */
export function quotaStop(headers: Headers, refused: boolean, nowMs: number): Stop | undefined {
  let longestMs = 0;
  for (const { remaining, afterMs } of quotas(headers, nowMs)) {
    if (afterMs === undefined || !(remaining === 0 || (refused && remaining === undefined))) continue;
    longestMs = Math.max(longestMs, afterMs);
  }
  return longestMs > 0 ? capped(longestMs) : undefined;
}

function quotas(headers: Headers, nowMs: number): readonly Quota[] {
  const found: Quota[] = [];
  const field = headers.ratelimit;
  if (field !== undefined) found.push(...quotasOfField(field, headers["ratelimit-policy"]));
  for (const prefix of ["ratelimit", "x-ratelimit", "x-rate-limit"]) {
    const reset = headers[`${prefix}-reset`];
    if (reset === undefined) continue;
    const remaining = whole(headers[`${prefix}-remaining`]);
    // A count that cannot be read is not a count that is missing.
    if (remaining === undefined && headers[`${prefix}-remaining`] !== undefined) continue;
    found.push({ remaining, afterMs: resetAfterMs(reset.trim(), headers, nowMs) });
  }
  return found;
}

/** `"day";r=0;t=3600`; without `t`, the whole window of the policy of that name. Before that the draft said `limit=10, remaining=0, reset=30`. */
function quotasOfField(field: string, policyField: string | undefined): readonly Quota[] {
  const members = listOf(field);
  if (members === undefined) return [earlierQuota(field)];
  const policies = policyField === undefined ? undefined : listOf(policyField);
  return members.map(({ name, parameters }) => {
    const policy = policies?.find((one) => one.name === name)?.parameters;
    const text = parameters.has("t") ? parameters.get("t") : policy?.get("w");
    return { remaining: whole(parameters.get("r")), afterMs: inMs(whole(text)) };
  });
}

const earlier = /^limit=\d+(?:;[^,]*)?, *remaining=(?<remaining>\d+), *reset=(?<reset>\d+)$/;

function earlierQuota(field: string): Quota {
  const parts = earlier.exec(field.trim())?.groups;
  return { remaining: whole(parts?.remaining), afterMs: inMs(whole(parts?.reset)) };
}

interface Member {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const string = '"(?:[ !#-\\[\\]-~]|\\\\["\\\\])*"';
const key = "[a-z*][a-z0-9_.*-]*";
const value = `(?:-?\\d+(?:\\.\\d+)?|${string}|:[A-Za-z0-9+/=]*:|\\?[01]|[A-Za-z*][\\w:/!#$%&'*+.^\`|~-]*)`;
const parameter = new RegExp(`; *(${key})(?:=(${value}))?`, "g");
const member = new RegExp(`(${string})((?:; *${key}(?:=${value})?)*)[ \\t]*(,[ \\t]*|$)`, "y");

/** A list of strings with parameters (RFC 9651, 3.1); undefined when any of it is malformed, for then the whole field is. */
function listOf(field: string): readonly Member[] | undefined {
  const text = field.trim();
  const members: Member[] = [];
  for (let at = 0; at < text.length; at = member.lastIndex) {
    member.lastIndex = at;
    const found = member.exec(text);
    if (found === null) return undefined;
    const pairs = [...(found[2] ?? "").matchAll(parameter)].map(
      ([, name, said]) => [name ?? "", said ?? "?1"] as const,
    );
    members.push({ name: found[1] ?? "", parameters: new Map(pairs) });
    if (found[3] !== "" && member.lastIndex === text.length) return undefined;
  }
  return members;
}

/** Numbers from here on are seconds since 1970 (that is 2001) … */
const epochSecondsFrom = 1e9;
/** … and from here on milliseconds since 1970 (that is 1973). */
const epochMsFrom = 1e11;

/** Four dialects: seconds from now, seconds or milliseconds since 1970, and a date. */
function resetAfterMs(text: string, headers: Headers, nowMs: number): number | undefined {
  const atMs = (epochMs: number): number => epochMs - (httpDate(headers.date ?? "") ?? nowMs);
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    const number = Number(text);
    if (number >= epochMsFrom) return atMs(number);
    return number >= epochSecondsFrom ? atMs(number * 1_000) : number * 1_000;
  }
  const at = httpDate(text) ?? isoDate(text);
  return at === undefined ? undefined : atMs(at);
}

function isoDate(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}
