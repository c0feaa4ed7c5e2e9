import { resetAfterMs } from "./reset.ts";
import { capped, type Stop } from "./retry-after.ts";
import { countsOf, type Named, namedItems, wholeOf } from "./structured.ts";

// What answers say about the quota of whoever calls: `RateLimit` and `RateLimit-Policy` of the IETF draft
// (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/, -10 of September 2025), its earlier forms, and `X-RateLimit-*`, which no
// standard describes. What they say can only make stricter what is declared, and never loosens it.

type Headers = Readonly<Record<string, string>>;

/** One quota, as an answer tells it. Whatever cannot be read is undefined. */
export interface Quota {
  /** The header that tells it, and the quota's name in it: `RateLimit "day"`. */
  readonly told: string;
  /** How many there are in a window. */
  readonly limit: number | undefined;
  readonly windowMs: number | undefined;
  readonly remaining: number | undefined;
  /** Until more is to be had: past when it is negative. */
  readonly afterMs: number | undefined;
  /** Whether it counts calls, and not bytes or whatever else. */
  readonly ofCalls: boolean;
  /** It is for a part of the API only, and nobody says which. */
  readonly partial: boolean;
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
  return stopOf(quotasTold(headers, nowMs), refused);
}

/** The same of quotas that are read already. */
export function stopOf(quotas: readonly Quota[], refused: boolean): Stop | undefined {
  let longestMs = 0;
  for (const { remaining, afterMs } of quotas) {
    if (afterMs === undefined || !(remaining === 0 || (refused && remaining === undefined))) continue;
    longestMs = Math.max(longestMs, afterMs);
  }
  return longestMs > 0 ? capped(longestMs) : undefined;
}

/** Every quota that an answer tells, in a form that can be read. */
export function quotasTold(headers: Headers, nowMs: number): readonly Quota[] {
  const { ratelimit, "ratelimit-policy": policy } = headers;
  const found: Quota[] = ratelimit === undefined && policy === undefined ? [] : quotasOfFields(ratelimit, policy);
  for (const family of families) {
    if (headers[family.reset] === undefined) continue;
    const quota = quotaOfFamily(family, headers, nowMs);
    if (quota !== undefined) found.push(quota);
  }
  return found;
}

interface Family {
  readonly reset: string;
  readonly remaining: string;
  readonly limit: string;
  readonly ofCalls: boolean;
}

/** Some tell several counts beside each other, each with its own ending. Every answer is looked at, so the names are put together once. */
const families: readonly Family[] = [
  ["ratelimit", ""],
  ["x-ratelimit", ""],
  ["x-ratelimit", "-requests"],
  ["x-ratelimit", "-tokens"],
  ["x-rate-limit", ""],
].map(([prefix, ending]) => ({
  reset: `${prefix}-reset${ending}`,
  remaining: `${prefix}-remaining${ending}`,
  limit: `${prefix}-limit${ending}`,
  ofCalls: ending !== "-tokens",
}));

function quotaOfFamily(family: Family, headers: Headers, nowMs: number): Quota | undefined {
  const count = headers[family.remaining];
  const remaining = whole(count);
  // A count that cannot be read is not a count that is missing.
  if (remaining === undefined && count !== undefined) return undefined;
  return {
    told: family.remaining,
    limit: whole(headers[family.limit]),
    windowMs: undefined,
    remaining,
    afterMs: resetAfterMs((headers[family.reset] ?? "").trim(), headers, nowMs),
    ofCalls: family.ofCalls,
    partial: false,
  };
}

/** `"day";r=0;t=3600`; without `t`, the whole window of the policy of that name. Before that the draft said `limit=10, remaining=0, reset=30`. */
function quotasOfFields(field: string | undefined, policyField: string | undefined): Quota[] {
  const policies = policyField === undefined ? undefined : namedItems(policyField);
  const members = field === undefined ? [] : namedItems(field);
  if (members === undefined) return [earlierQuota(field ?? "", policies)];
  const told = members.filter(({ name }) => name !== undefined);
  const silent = (policies ?? []).filter(({ name }) => !told.some((member) => member.name === name));
  return [
    ...told.map((member) =>
      quotaOf(
        member,
        policies?.find(({ name }) => name === member.name),
      ),
    ),
    ...silent.map((policy) => quotaOf(undefined, policy)),
  ];
}

function quotaOf(member: Named | undefined, policy: Named | undefined): Quota {
  const windowMs = inMs(wholeOf(policy?.parameters.get("w")));
  const unit = policy?.parameters.get("qu");
  const name = member?.name ?? policy?.name ?? "";
  return {
    told: `RateLimit "${name.slice(0, 50)}"`,
    limit: wholeOf(policy?.parameters.get("q")) ?? policy?.count,
    // A window of nothing is no window.
    windowMs: windowMs === 0 ? undefined : windowMs,
    remaining: wholeOf(member?.parameters.get("r")),
    afterMs: untilMore(member, windowMs),
    ofCalls: unit === undefined || unit === "requests",
    partial: member?.parameters.has("pk") === true || policy?.parameters.has("pk") === true,
  };
}

/** A policy alone says how much there is, and not how much is left until when. */
function untilMore(member: Named | undefined, windowMs: number | undefined): number | undefined {
  if (member === undefined) return undefined;
  return member.parameters.has("t") ? inMs(wholeOf(member.parameters.get("t"))) : windowMs;
}

/** Its policy came without a name: `10;w=60`. */
function earlierQuota(field: string, policies: readonly Named[] | undefined): Quota {
  const counts = countsOf(field);
  const limit = counts?.get("limit");
  const policy = policies?.find(({ count }) => count !== undefined && count === limit);
  return {
    told: "RateLimit",
    limit,
    windowMs: inMs(wholeOf(policy?.parameters.get("w"))),
    remaining: counts?.get("remaining"),
    afterMs: inMs(counts?.get("reset")),
    ofCalls: true,
    partial: false,
  };
}

/** A count, and nothing but a count. */
function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+\s*$/.test(text) ? Number(text) : undefined;
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}
