// Answers as the vendors' own pages show or describe them (the pages stand in the facts), and what a user would lose if they were read as plain HTTP.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as waybill from "waybill";
import { system, type Vendor } from "waybill";
import * as vendors from "waybill/vendors";
import { systemsDeclared } from "../../../src/define/systems-declared.ts";
import { readAnswer } from "../../../src/systems/answer.ts";
import { judgeAnswer, judgedOf, type Verdict } from "../../../src/systems/classify.ts";
import { aChange, aRead, byKey } from "../declared.ts";

const nowMs = Date.UTC(2026, 10, 26, 12);

function judged(vendor: Vendor, status: number, headers: Record<string, string>, body: unknown, write = true): Verdict {
  system(`answers-of-${vendor.name}`, { vendor, baseUrl: "http://127.0.0.1:1" });
  const declared = systemsDeclared().find(({ name }) => name === `answers-of-${vendor.name}`);
  assert.ok(declared);
  const more = { system: declared, idempotency: write ? byKey() : { how: "natural" as const } };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/plain" : "application/json";
  const read = readAnswer(status, { "content-type": type, ...headers }, Buffer.from(text), 100_000);
  return judgeAnswer(read, judgedOf(write ? aChange(more) : aRead(more), false), nowMs);
}

interface Row {
  readonly vendor: Vendor;
  readonly what: string;
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
  readonly outcome: Verdict["outcome"];
  readonly afterMs?: number;
  readonly key?: "in-flight" | "spent";
  /** What a read makes of it, where that differs. */
  readonly read?: Verdict["outcome"];
}

const v = vendors;
const stripeError = (error: object) => ({ error });
const google = (reason: string) => ({ error: { code: 403, errors: [{ domain: "usageLimits", reason }] } });
const salesforce = (errorCode: string, message = "…") => [{ errorCode, message }];
const cost = (requestedQueryCost: number, currentlyAvailable: number) => ({
  errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
  extensions: {
    cost: { requestedQueryCost, throttleStatus: { maximumAvailable: 2000, currentlyAvailable, restoreRate: 100 } },
  },
});
const userErrors = (code: string) => ({
  data: { refundCreate: { refund: null, userErrors: [{ code, message: "…" }] } },
});

const rows: readonly Row[] = [
  {
    vendor: v.stripe,
    what: "a card that was declined",
    status: 402,
    body: stripeError({ type: "card_error", code: "card_declined" }),
    outcome: "failed-permanent",
  },
  {
    vendor: v.stripe,
    what: "a key that is in flight",
    status: 409,
    body: stripeError({ type: "idempotency_error", code: "idempotency_key_in_use" }),
    outcome: "in-doubt",
    key: "in-flight",
    read: "failed-permanent",
  },
  {
    vendor: v.stripe,
    what: "a key that went with other parameters",
    status: 400,
    body: stripeError({
      type: "idempotency_error",
      message: "Keys for idempotent requests can only be used with the same parameters",
    }),
    outcome: "in-doubt",
    key: "spent",
    read: "failed-retryable",
  },
  {
    vendor: v.stripe,
    what: "a replayed 500",
    status: 500,
    headers: { "idempotent-replayed": "true" },
    body: stripeError({ type: "api_error" }),
    outcome: "in-doubt",
    key: "spent",
    read: "failed-retryable",
  },
  {
    vendor: v.stripe,
    what: "too many requests",
    status: 429,
    body: stripeError({ type: "invalid_request_error", code: "rate_limit" }),
    outcome: "limited",
  },
  {
    vendor: v.stripe,
    what: "an object that is locked, which stops nobody else",
    status: 429,
    body: stripeError({ code: "lock_timeout" }),
    outcome: "failed-retryable",
  },
  {
    vendor: v.stripe,
    what: "a coupon that is there already",
    status: 400,
    body: stripeError({ code: "resource_already_exists" }),
    outcome: "failed-permanent",
  },

  {
    vendor: v.shopifyRest,
    what: "a full bucket",
    status: 429,
    headers: { "retry-after": "2.0" },
    body: { errors: "Exceeded 2 calls per second" },
    outcome: "limited",
    afterMs: 2_000,
  },
  {
    vendor: v.shopifyGraphql,
    what: "points that are spent, with a 200",
    status: 200,
    body: cost(300, 100),
    outcome: "limited",
    afterMs: 2_000,
  },
  {
    vendor: v.shopifyGraphql,
    what: "points that are spent, without a word about them",
    status: 200,
    body: { errors: [{ extensions: { code: "THROTTLED" } }] },
    outcome: "limited",
    afterMs: 1_000,
  },
  {
    vendor: v.shopifyGraphql,
    what: "a query that can never be paid",
    status: 200,
    body: { errors: [{ extensions: { code: "MAX_COST_EXCEEDED" } }] },
    outcome: "failed-permanent",
  },
  {
    vendor: v.shopifyGraphql,
    what: "an error inside, with a 200",
    status: 200,
    body: { errors: [{ extensions: { code: "INTERNAL_SERVER_ERROR" } }] },
    outcome: "in-doubt",
    read: "failed-retryable",
  },
  {
    vendor: v.shopifyGraphql,
    what: "a query that was not understood",
    status: 200,
    body: { errors: [{ message: "Field 'x' doesn't exist" }] },
    outcome: "failed-permanent",
  },
  {
    vendor: v.shopifyGraphql,
    what: "errors beside data",
    status: 200,
    body: { data: { a: null }, errors: [{ message: "…" }] },
    outcome: "in-doubt",
    read: "failed-retryable",
  },
  {
    vendor: v.shopifyGraphql,
    what: "a mutation that was refused, with a 200",
    status: 200,
    body: userErrors("INVALID"),
    outcome: "failed-permanent",
  },
  {
    vendor: v.shopifyGraphql,
    what: "a key that is in flight, with a 200",
    status: 200,
    body: userErrors("IDEMPOTENCY_CONCURRENT_REQUEST"),
    outcome: "in-doubt",
    key: "in-flight",
    read: "failed-retryable",
  },
  {
    vendor: v.shopifyGraphql,
    what: "a key that went with other parameters",
    status: 200,
    body: userErrors("IDEMPOTENCY_KEY_PARAMETER_MISMATCH"),
    outcome: "in-doubt",
    key: "spent",
    read: "failed-retryable",
  },
  {
    vendor: v.shopifyGraphql,
    what: "a mutation that was made",
    status: 200,
    body: { data: { refundCreate: { refund: { id: "1" }, userErrors: [] } } },
    outcome: "done",
  },

  {
    vendor: v.xero,
    what: "the minute's calls spent",
    status: 429,
    headers: { "x-rate-limit-problem": "minute", "retry-after": "13" },
    body: {},
    outcome: "limited",
    afterMs: 13_000,
  },
  {
    vendor: v.xero,
    what: "the day's calls spent, without a time",
    status: 429,
    headers: { "x-rate-limit-problem": "day" },
    body: {},
    outcome: "limited",
    afterMs: 3_600_000,
  },
  {
    vendor: v.xero,
    what: "a limit told with a 503",
    status: 503,
    body: "oauth_problem=rate limit exceeded&oauth_problem_advice=please wait before retrying the xero api",
    outcome: "limited",
    afterMs: 60_000,
  },
  {
    vendor: v.xero,
    what: "an organisation that is offline",
    status: 503,
    body: "The Organisation is offline",
    outcome: "in-doubt",
    read: "failed-retryable",
  },
  {
    vendor: v.xero,
    what: "an invoice that breaks a rule",
    status: 400,
    body: { Type: "ValidationException", ErrorNumber: 10 },
    outcome: "failed-permanent",
  },

  {
    vendor: v.quickbooks,
    what: "too many requests, without a time",
    status: 429,
    body: {},
    outcome: "limited",
    afterMs: 60_000,
  },
  {
    vendor: v.quickbooks,
    what: "a name that is taken",
    status: 400,
    body: { Fault: { Error: [{ code: "6240" }], type: "ValidationFault" } },
    outcome: "failed-permanent",
  },

  {
    vendor: v.hubspot,
    what: "the day's calls spent",
    status: 429,
    body: { errorType: "RATE_LIMIT", policyName: "DAILY" },
    outcome: "limited",
    afterMs: 3_600_000,
  },
  {
    vendor: v.hubspot,
    what: "ten seconds' calls spent",
    status: 429,
    body: { errorType: "RATE_LIMIT", policyName: "TEN_SECONDLY_ROLLING" },
    outcome: "limited",
    afterMs: 10_000,
  },
  {
    vendor: v.hubspot,
    what: "a contact that exists",
    status: 409,
    body: { category: "CONFLICT", message: "Contact already exists. Existing ID: 7" },
    outcome: "failed-permanent",
  },

  {
    vendor: v.salesforce,
    what: "the day's calls spent, with a 403",
    status: 403,
    body: salesforce("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    outcome: "limited",
    afterMs: 3_600_000,
  },
  {
    vendor: v.salesforce,
    what: "too many long calls, with a 403",
    status: 403,
    body: salesforce("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."),
    outcome: "limited",
    afterMs: 30_000,
  },
  {
    vendor: v.salesforce,
    what: "a record that is locked, with a 400",
    status: 400,
    body: salesforce("UNABLE_TO_LOCK_ROW"),
    outcome: "failed-retryable",
  },
  {
    vendor: v.salesforce,
    what: "a value that is taken",
    status: 400,
    body: salesforce("DUPLICATE_VALUE"),
    outcome: "failed-permanent",
  },
  {
    vendor: v.salesforce,
    what: "a session that is over",
    status: 401,
    body: salesforce("INVALID_SESSION_ID"),
    outcome: "unauthorized",
  },
  {
    vendor: v.salesforce,
    what: "no permission, with a 403",
    status: 403,
    body: salesforce("INSUFFICIENT_ACCESS"),
    outcome: "failed-permanent",
  },

  {
    vendor: v.github,
    what: "the hour's calls spent, with a 403",
    status: 403,
    headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(nowMs / 1_000 + 90) },
    body: { message: "API rate limit exceeded" },
    outcome: "limited",
    afterMs: 90_000,
  },
  {
    vendor: v.github,
    what: "a secondary limit, without a time",
    status: 403,
    headers: { "x-ratelimit-remaining": "4000" },
    body: { message: "You have exceeded a secondary rate limit." },
    outcome: "limited",
    afterMs: 60_000,
  },
  {
    vendor: v.github,
    what: "a secondary limit, with a time",
    status: 403,
    headers: { "retry-after": "30" },
    body: { message: "You have exceeded a secondary rate limit." },
    outcome: "limited",
    afterMs: 30_000,
  },
  {
    vendor: v.github,
    what: "no permission, with a 403",
    status: 403,
    headers: { "x-ratelimit-remaining": "4999" },
    body: { message: "Resource not accessible by integration" },
    outcome: "failed-permanent",
  },
  {
    vendor: v.github,
    what: "a label that exists",
    status: 422,
    body: { message: "Validation Failed", errors: [{ resource: "Label", code: "already_exists", field: "name" }] },
    outcome: "failed-permanent",
  },

  {
    vendor: v.slack,
    what: "a channel that is not there, with a 200",
    status: 200,
    body: { ok: false, error: "channel_not_found" },
    outcome: "failed-permanent",
  },
  {
    vendor: v.slack,
    what: "a token that was revoked, with a 200",
    status: 200,
    body: { ok: false, error: "token_revoked" },
    outcome: "unauthorized",
  },
  {
    vendor: v.slack,
    what: "an error that may have left something, with a 200",
    status: 200,
    body: { ok: false, error: "fatal_error" },
    outcome: "in-doubt",
    read: "failed-retryable",
  },
  {
    vendor: v.slack,
    what: "too many requests",
    status: 429,
    headers: { "retry-after": "30" },
    body: { ok: false, error: "ratelimited" },
    outcome: "limited",
    afterMs: 30_000,
  },
  {
    vendor: v.slack,
    what: "a message that was posted",
    status: 200,
    body: { ok: true, ts: "1503435956.000247" },
    outcome: "done",
  },

  {
    vendor: v.zendesk,
    what: "a key that went with other parameters",
    status: 400,
    body: { error: "IdempotentRequestError" },
    outcome: "in-doubt",
    key: "spent",
    read: "failed-retryable",
  },
  {
    vendor: v.zendesk,
    what: "too many requests",
    status: 429,
    headers: { "retry-after": "93" },
    body: "Number of allowed API requests per minute exceeded",
    outcome: "limited",
    afterMs: 93_000,
  },

  {
    vendor: v.airtable,
    what: "too many requests, which take 30 seconds",
    status: 429,
    body: { errors: [{ error: "RATE_LIMIT_REACHED" }] },
    outcome: "limited",
    afterMs: 30_000,
  },
  {
    vendor: v.airtable,
    what: "a field that is not there",
    status: 422,
    body: { error: { type: "UNKNOWN_FIELD_NAME" } },
    outcome: "failed-permanent",
  },

  { vendor: v.notion, what: "a collision", status: 409, body: { code: "conflict_error" }, outcome: "failed-retryable" },
  {
    vendor: v.notion,
    what: "more work than fits in 60 seconds, however long it asks to wait",
    status: 503,
    headers: { "retry-after": "5" },
    body: { code: "service_unavailable" },
    outcome: "in-doubt",
    read: "failed-retryable",
  },
  {
    vendor: v.notion,
    what: "an overload",
    status: 529,
    headers: { "retry-after": "12" },
    body: { code: "service_overload" },
    outcome: "unavailable",
    afterMs: 12_000,
  },
  {
    vendor: v.notion,
    what: "too many requests",
    status: 429,
    headers: { "retry-after": "20" },
    body: { code: "rate_limited" },
    outcome: "limited",
    afterMs: 20_000,
  },

  {
    vendor: v.google,
    what: "too many requests, with a 403",
    status: 403,
    body: google("userRateLimitExceeded"),
    outcome: "limited",
  },
  {
    vendor: v.google,
    what: "the day's quota spent, with a 403",
    status: 403,
    body: google("dailyLimitExceeded"),
    outcome: "limited",
    afterMs: 3_600_000,
  },
  {
    vendor: v.google,
    what: "an event that exists",
    status: 409,
    body: { error: { errors: [{ reason: "duplicate" }] } },
    outcome: "failed-permanent",
  },
  {
    vendor: v.google,
    what: "no permission, with a 403",
    status: 403,
    body: google("forbidden"),
    outcome: "failed-permanent",
  },

  {
    vendor: v.graph,
    what: "too many requests",
    status: 429,
    headers: { "retry-after": "10" },
    body: { error: { code: "TooManyRequests" } },
    outcome: "limited",
    afterMs: 10_000,
  },
  {
    vendor: v.graph,
    what: "a file that exists",
    status: 409,
    body: { error: { code: "nameAlreadyExists" } },
    outcome: "failed-permanent",
  },

  {
    vendor: v.twilio,
    what: "too many at once",
    status: 429,
    body: { code: 20429, message: "Too Many Requests", status: 429 },
    outcome: "limited",
  },
  {
    vendor: v.twilio,
    what: "a number that is none",
    status: 400,
    body: { code: 21211, status: 400 },
    outcome: "failed-permanent",
  },

  {
    vendor: v.paypal,
    what: "a key that was used",
    status: 400,
    body: { name: "DUPLICATE_REQUEST_ID" },
    outcome: "in-doubt",
    key: "spent",
    read: "failed-retryable",
  },
  {
    vendor: v.paypal,
    what: "a key that was used for another request",
    status: 422,
    body: { name: "UNPROCESSABLE_ENTITY", details: [{ issue: "PAYPAL_REQUEST_ID_PREVIOUSLY_USED" }] },
    outcome: "in-doubt",
    key: "spent",
    read: "failed-retryable",
  },
  {
    vendor: v.paypal,
    what: "an invoice that exists",
    status: 422,
    body: { name: "UNPROCESSABLE_ENTITY", details: [{ issue: "DUPLICATE_INVOICE_ID" }] },
    outcome: "failed-permanent",
  },
  {
    vendor: v.paypal,
    what: "too many requests",
    status: 429,
    body: { name: "RATE_LIMIT_REACHED" },
    outcome: "limited",
  },

  {
    vendor: v.square,
    what: "a key that went with another payment",
    status: 400,
    body: { errors: [{ category: "INVALID_REQUEST_ERROR", code: "IDEMPOTENCY_KEY_REUSED" }] },
    outcome: "in-doubt",
    key: "spent",
    read: "failed-retryable",
  },
  {
    vendor: v.square,
    what: "too many requests",
    status: 429,
    body: { errors: [{ category: "RATE_LIMIT_ERROR", code: "RATE_LIMITED" }] },
    outcome: "limited",
  },
];

for (const { vendor, what, status, headers = {}, body, outcome, afterMs, key, read } of rows) {
  test(`${vendor.title}: ${what} is ${outcome}${key === undefined ? "" : `, its key ${key}`}`, () => {
    const verdict = judged(vendor, status, headers, body);
    assert.equal(verdict.outcome, outcome, verdict.why);
    if (afterMs !== undefined) assert.equal(verdict.afterMs, afterMs);
    assert.equal(verdict.keyInFlight === true, key === "in-flight");
    assert.equal(verdict.replayedFailure === true, key === "spent");
    assert.equal(judged(vendor, status, headers, body, false).outcome, read ?? outcome);
  });
}

test("every vendor has answers in this table", () => {
  const told = new Set(rows.map(({ vendor }) => vendor.name));
  assert.deepEqual(
    Object.values(vendors)
      .map(({ name }) => name)
      .filter((name) => !told.has(name)),
    [],
  );
});

test("every vendor says where its facts were read, when, and what could not be confirmed", () => {
  for (const { name, sources, unconfirmed } of Object.values(vendors) as Vendor[]) {
    assert.ok(sources.length > 0, name);
    for (const { page, seen, says } of sources) {
      assert.ok(URL.canParse(page) && page.startsWith("https://"), `${name}: ${page}`);
      assert.match(seen, /^\d{4}-\d\d-\d\d$/);
      assert.notEqual(says, "");
    }
    assert.ok(Array.isArray(unconfirmed), name);
  }
});

test("a vendor's webhooks are verified by something that is there, and where nothing is, it says so", () => {
  for (const { name, webhooks, unconfirmed } of Object.values(vendors) as Vendor[]) {
    if (webhooks === undefined)
      assert.ok(
        unconfirmed.some((words) => words.startsWith("webhooks: ")),
        name,
      );
    else assert.equal(typeof (waybill as Record<string, unknown>)[webhooks], "function", `${name}: ${webhooks}`);
  }
});

test("a request's own classify comes first, then the system's, then the vendor's, then HTTP", () => {
  const judge = (of: Parameters<typeof judgeAnswer>[1]) =>
    judgeAnswer(readAnswer(200, {}, Buffer.from('{"ok":false,"error":"x"}'), 1_000), of, nowMs).outcome;
  const of = { ...judgedOf(aChange(), false), classifiers: [] };
  assert.equal(judge(of), "done");
  assert.equal(judge({ ...of, vendor: v.slack }), "failed-permanent");
  assert.equal(judge({ ...of, vendor: v.slack, classifiers: [() => undefined, () => "pending"] }), "pending");
  assert.equal(judge({ ...of, vendor: v.slack, classifiers: [() => "limited", () => "pending"] }), "limited");
});
