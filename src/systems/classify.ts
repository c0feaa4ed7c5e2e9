import type { Classified } from "../define/classify.ts";
import type { Classify, HttpChange } from "../define/request.ts";
import type { Vendor, VendorAnswer } from "../define/vendor.ts";
import { durationMs } from "../model/duration.ts";
import { said } from "../model/errors.ts";
import { type OutcomeName, outcomeNames } from "../model/outcome.ts";
import type { WireAnswer } from "../world/transport.ts";
import type { ReadAnswer } from "./answer.ts";
import { quotaStop } from "./rate-headers.ts";
import { judgeRedirect, type Target } from "./redirect.ts";
import { retryAfter } from "./retry-after.ts";
import { vendorAnswer } from "./vendor-answer.ts";

// What happened, judged. The one question behind all of it: may a write have been applied? Only what certainly was not sent, or was plainly
// refused, was not; everything else of a write is in doubt and is resolved later by its own rule. A read changes nothing, so what is doubt for a
// write is a plain failure for a read. Nothing here looks at the clock, the ledger or earlier attempts.

type Failed = Extract<WireAnswer, { kind: "failed" }>;

/** What about the request the judgement depends on. */
export interface Judged {
  readonly changes: boolean;
  readonly method: string;
  /** Its key travels in an `Idempotency-Key` header. */
  readonly keyed: boolean;
  readonly orAbsent: boolean;
  readonly expects: boolean;
  /** The request's own first, then the system's. */
  readonly classifiers: readonly Classify[];
  /** Knows what answers mean where nobody else said so. */
  readonly vendor?: Vendor | undefined;
  /** An earlier attempt of the same effect may have been applied. */
  readonly afterDoubt: boolean;
}

export interface Verdict {
  readonly outcome: OutcomeName;
  readonly why: string;
  readonly afterMs?: number | undefined;
  /** It asked for a longer stop than is believed. */
  readonly absurd?: boolean;
  readonly keyInFlight?: boolean;
  readonly replayedFailure?: boolean;
  /** It ended from this side: it says nothing about the system. */
  readonly own?: boolean;
  /** Done, because there is nothing there: the value is undefined, whatever the body says. */
  readonly absent?: boolean;
  /** A read that the answer sends on within its host: the path with its query. */
  readonly movedTo?: string;
}

/** What a request came to that got no whole answer. */
export function judgeFailure(failed: Failed, of: Judged): Verdict {
  const own = failed.reason === "aborted" || failed.reason === "revoked";
  const why = failed.status === undefined ? failed.message : `${failed.message} (after status ${failed.status})`;
  const ownFlag = own ? { own } : {};
  if (failed.sent === "no") {
    if (failed.reason === "address-refused") return { outcome: "failed-permanent", why };
    if (failed.code === "UND_ERR_INVALID_ARG" || failed.code === "UND_ERR_NOT_SUPPORTED") {
      return { outcome: "failed-permanent", why: `the request cannot be sent: ${why}`, own: true };
    }
    return { outcome: "unavailable", why: `nothing was sent: ${why}`, ...ownFlag };
  }
  if (of.changes) return { outcome: "in-doubt", why, ...ownFlag };
  return { outcome: failed.reason === "too-large" ? "failed-permanent" : "failed-retryable", why, ...ownFlag };
}

/** What a whole answer means. `done` still has to meet `expect`. */
export function judgeAnswer(answer: ReadAnswer, of: Judged, nowMs: number, sentTo?: Target): Verdict {
  for (const classify of of.classifiers) {
    const verdict = byUser(classify, answer, of);
    if (verdict !== undefined) return verdict;
  }
  const known = of.vendor === undefined ? undefined : byVendor(of.vendor, answer, of, nowMs);
  if (known !== undefined) return known;
  return byStatus(answer, of, nowMs, sentTo);
}

function byStatus(answer: ReadAnswer, of: Judged, nowMs: number, sentTo: Target | undefined): Verdict {
  const { status } = answer;
  if (status < 300) return done(answer, of);
  if (status < 400) return judgeRedirect(answer, of, sentTo);
  const why = whyOf(answer);
  if (status >= 500) return serverError(answer, of, why, nowMs);
  switch (status) {
    case 401:
      return { outcome: "unauthorized", why };
    case 404:
    case 410:
      if (of.orAbsent && status === 404) return { outcome: "done", why, absent: true };
      // Gone is what a delete is for, when an earlier try of it may have been the one that did it.
      if (of.method === "DELETE" && of.afterDoubt) return { outcome: "done", why, absent: true };
      return { outcome: "failed-permanent", why };
    case 408:
      // Usually something between gave up waiting: what stands behind it may have taken the request.
      return doubt(of, why);
    case 409:
      if (of.changes && of.keyed)
        return { outcome: "in-doubt", why: `${why}: a request with this key is in flight there`, keyInFlight: true };
      return { outcome: "failed-permanent", why };
    case 423:
    case 425:
      return { outcome: "failed-retryable", why };
    case 429: {
      // Where both are there, Retry-After is the one to follow.
      const stop = retryAfter(answer.headers, nowMs) ?? quotaStop(answer.headers, true, nowMs);
      return { outcome: "limited", why, afterMs: stop?.afterMs, absurd: stop?.absurd === true };
    }
    default:
      return { outcome: "failed-permanent", why };
  }
}

function serverError(answer: ReadAnswer, of: Judged, why: string, nowMs: number): Verdict {
  if (of.changes && isReplay(answer.headers)) {
    return { outcome: "in-doubt", why: `${why}, replayed: the same key will always get it`, replayedFailure: true };
  }
  const stop = answer.status === 503 ? retryAfter(answer.headers, nowMs) : undefined;
  if (stop !== undefined) return { outcome: "unavailable", why, afterMs: stop.afterMs, absurd: stop.absurd };
  return doubt(of, why);
}

/** Stripe's mark, and the one of other keepers of keys. */
export function isReplay(headers: ReadAnswer["headers"]): boolean {
  return (
    headers["idempotent-replayed"]?.toLowerCase() === "true" ||
    headers["idempotency-replayed"]?.toLowerCase() === "true"
  );
}

function done(answer: ReadAnswer, of: Judged): Verdict {
  const why = `status ${answer.status}`;
  const { body } = answer;
  if (body.kind === "unreadable") return doubt(of, `${why}, but the answer cannot be read: ${body.why}`);
  const plain = body.kind === "text" && /^text\/plain\b/i.test(answer.headers["content-type"] ?? "");
  if (of.expects && body.kind === "text" && !plain)
    return doubt(of, `${why}, but the answer is not JSON: ${JSON.stringify(body.text.slice(0, 80))}`);
  return { outcome: "done", why };
}

function doubt(of: Judged, why: string): Verdict {
  return { outcome: of.changes ? "in-doubt" : "failed-retryable", why };
}

/** What the facts about the vendor make of it. How long to wait, the answer itself knows better than they do. */
function byVendor(vendor: Vendor, answer: ReadAnswer, of: Judged, nowMs: number): Verdict | undefined {
  const fact = vendorAnswer(vendor, answer);
  const verdict =
    fact !== undefined
      ? verdictOf(classifiedBy(fact, answer), answer, of)
      : vendor.classify === undefined
        ? undefined
        : byUser(vendor.classify, answer, of);
  if (verdict === undefined || (verdict.outcome !== "limited" && verdict.outcome !== "unavailable")) return verdict;
  const stop = retryAfter(answer.headers, nowMs) ?? quotaStop(answer.headers, true, nowMs);
  return stop === undefined ? verdict : { ...verdict, afterMs: stop.afterMs, absurd: stop.absurd };
}

function classifiedBy({ means, why, after, key }: VendorAnswer, answer: ReadAnswer): Classified {
  return {
    outcome: means,
    why: `${why} (${whyOf(answer)})`,
    ...(after === undefined ? {} : { after }),
    ...(key === undefined ? {} : { key }),
  };
}

function byUser(classify: Classify, answer: ReadAnswer, of: Judged): Verdict | undefined {
  const { status, headers, body } = answer;
  try {
    const said = classify({ status, headers, body: body.kind === "json" ? body.value : (answer.text ?? "") });
    if (said === undefined) return undefined;
    const classified = typeof said === "string" ? { outcome: said } : said;
    if (!isOutcome(classified.outcome)) {
      const what = JSON.stringify(classified.outcome);
      return doubt(of, `classify answered ${what}, which is not an outcome, to status ${status}`);
    }
    return verdictOf(classified, answer, of);
  } catch (thrown) {
    return doubt(of, `classify threw at status ${status}: ${said(thrown)}`);
  }
}

function verdictOf({ outcome, why, after, key }: Classified, answer: ReadAnswer, of: Judged): Verdict {
  const afterMs = after === undefined ? undefined : durationMs(after, "after");
  const said = why ?? whyOf(answer);
  if (outcome !== "in-doubt") return { outcome, why: said, afterMs };
  return {
    ...doubt(of, said),
    afterMs,
    ...(key === "in-flight" ? { keyInFlight: true } : {}),
    ...(key === "spent" ? { replayedFailure: true } : {}),
  };
}

function isOutcome(value: unknown): value is OutcomeName {
  return outcomeNames.some((name) => name === value);
}

/** The status, and the first words of the body: what a person looks at first. */
function whyOf(answer: ReadAnswer): string {
  const words = answer.text?.trim().replaceAll(/\s+/g, " ").slice(0, 160) ?? "";
  return words === "" ? `status ${answer.status}` : `status ${answer.status}: ${words}`;
}

const none: readonly Classify[] = [];

/** What the judgement of a request depends on, read from its declaration. */
export function judgedOf(change: HttpChange, afterDoubt: boolean): Judged {
  const { idempotency } = change;
  return {
    changes: change.kind === "change",
    method: change.method,
    keyed:
      change.kind === "change" &&
      idempotency.how === "byKey" &&
      idempotency.query === undefined &&
      idempotency.body === undefined &&
      /idempotency-key$/i.test(idempotency.header ?? "Idempotency-Key"),
    orAbsent: change.orAbsent,
    expects: change.expect !== undefined,
    classifiers:
      change.classify === undefined && change.system.classify === undefined
        ? none
        : [change.classify, change.system.classify].filter((classify) => classify !== undefined),
    vendor: change.system.vendor,
    afterDoubt,
  };
}
