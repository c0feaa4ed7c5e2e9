import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Classify } from "../../src/define/request.ts";
import { readAnswer } from "../../src/systems/answer.ts";
import { type Judged, judgeAnswer, judgedOf, judgeFailure } from "../../src/systems/classify.ts";
import type { WireAnswer } from "../../src/world/transport.ts";
import { aChange, aRead, byKey } from "./declared.ts";

const write: Judged = {
  changes: true,
  method: "POST",
  keyed: true,
  orAbsent: false,
  expects: true,
  classifiers: [],
  afterDoubt: false,
};
const read: Judged = { ...write, changes: false, method: "GET", keyed: false };
const nowMs = Date.UTC(2026, 10, 24, 12);

const judge = (of: Judged, status: number, headers: Record<string, string> = {}, body = "{}") =>
  judgeAnswer(
    readAnswer(status, { "content-type": "application/json", ...headers }, Buffer.from(body), 100_000),
    of,
    nowMs,
  );

// status, headers, body → what it means for a write, and for a read.
const table: [status: number, headers: Record<string, string>, body: string, ofWrite: string, ofRead: string][] = [
  [200, {}, "{}", "done", "done"],
  [201, {}, '{"id":1}', "done", "done"],
  [202, {}, "{}", "done", "done"],
  [204, {}, "", "done", "done"],
  [200, {}, "null", "done", "done"],
  [200, {}, '{"id":', "in-doubt", "failed-retryable"],
  [200, {}, "<html>", "in-doubt", "failed-retryable"],
  [200, { "content-type": "text/html" }, "<html>", "in-doubt", "failed-retryable"],
  [200, {}, '{"__proto__":{}}', "in-doubt", "failed-retryable"],
  [200, {}, "[".repeat(5_000) + "]".repeat(5_000), "in-doubt", "failed-retryable"],
  [301, { location: "/x" }, "", "in-doubt", "failed-permanent"],
  [304, {}, "", "failed-permanent", "failed-permanent"],
  [307, { location: "/x" }, "", "failed-permanent", "failed-permanent"],
  [400, {}, "{}", "failed-permanent", "failed-permanent"],
  [401, {}, "{}", "unauthorized", "unauthorized"],
  [402, {}, "{}", "failed-permanent", "failed-permanent"],
  [403, {}, "{}", "failed-permanent", "failed-permanent"],
  [404, {}, "{}", "failed-permanent", "failed-permanent"],
  [405, {}, "{}", "failed-permanent", "failed-permanent"],
  [408, {}, "{}", "in-doubt", "failed-retryable"],
  [409, {}, "{}", "in-doubt", "failed-permanent"],
  [410, {}, "{}", "failed-permanent", "failed-permanent"],
  [412, {}, "{}", "failed-permanent", "failed-permanent"],
  [413, {}, "{}", "failed-permanent", "failed-permanent"],
  [422, {}, "{}", "failed-permanent", "failed-permanent"],
  [423, {}, "{}", "failed-retryable", "failed-retryable"],
  [425, {}, "{}", "failed-retryable", "failed-retryable"],
  [429, {}, "{}", "limited", "limited"],
  [429, { "retry-after": "7" }, "{}", "limited", "limited"],
  [451, {}, "{}", "failed-permanent", "failed-permanent"],
  [500, {}, "{}", "in-doubt", "failed-retryable"],
  [500, { "retry-after": "7" }, "{}", "in-doubt", "failed-retryable"],
  [500, { "idempotent-replayed": "true" }, "{}", "in-doubt", "failed-retryable"],
  [501, {}, "{}", "in-doubt", "failed-retryable"],
  [502, {}, "<html>", "in-doubt", "failed-retryable"],
  [503, {}, "{}", "in-doubt", "failed-retryable"],
  [503, { "retry-after": "7" }, "{}", "unavailable", "unavailable"],
  [503, { "retry-after": "soon" }, "{}", "in-doubt", "failed-retryable"],
  [504, {}, "{}", "in-doubt", "failed-retryable"],
  [599, {}, "", "in-doubt", "failed-retryable"],
];

for (const [status, headers, body, ofWrite, ofRead] of table) {
  const shown = body.length > 20 ? `${body.slice(0, 10)}…` : body;
  test(`${status} ${JSON.stringify(headers)} ${shown}: a write is ${ofWrite}, a read is ${ofRead}`, () => {
    assert.equal(judge(write, status, headers, body).outcome, ofWrite);
    assert.equal(judge(read, status, headers, body).outcome, ofRead);
  });
}

test("a read is never in doubt, and a write that got a 5xx is never a plain failure", () => {
  const answers = fc.record({
    status: fc.integer({ min: 200, max: 599 }),
    headers: fc.dictionary(
      fc.constantFrom("retry-after", "idempotent-replayed", "location", "content-type"),
      fc.string(),
    ),
    body: fc.string(),
  });
  fc.assert(
    fc.property(answers, fc.boolean(), ({ status, headers, body }, expects) => {
      assert.notEqual(judge({ ...read, expects }, status, headers, body).outcome, "in-doubt");
      const { outcome } = judge({ ...write, expects }, status, headers, body);
      if (status >= 500) assert.ok(outcome === "in-doubt" || (outcome === "unavailable" && status === 503), outcome);
    }),
    { numRuns: 500 },
  );
});

test("a conflict under an Idempotency-Key waits for the one in flight; without such a key it is a refusal", () => {
  assert.equal(judge(write, 409).keyInFlight, true);
  assert.equal(judge({ ...write, keyed: false }, 409).outcome, "failed-permanent");
  assert.equal(judgedOf(aChange({ idempotency: byKey() }), false).keyed, true);
  assert.equal(judgedOf(aChange({ idempotency: byKey({ header: "X-Idempotency-Key" }) }), false).keyed, true);
  assert.equal(judgedOf(aChange({ idempotency: byKey({ query: "requestid" }) }), false).keyed, false);
  assert.equal(judgedOf(aChange({ idempotency: { how: "atMostOnce" } }), false).keyed, false);
});

test("a replayed failure ends repeating", () => {
  for (const name of ["idempotent-replayed", "idempotency-replayed"]) {
    assert.equal(judge(write, 500, { [name]: "true" }).replayedFailure, true);
    assert.equal(judge(write, 503, { [name]: "true", "retry-after": "1" }).replayedFailure, true);
    assert.equal(judge(write, 500, { [name]: "false" }).replayedFailure, undefined);
  }
});

test("a 404 means nothing only where the read says so", () => {
  assert.equal(judge({ ...read, orAbsent: true }, 404).outcome, "done");
  assert.equal(judge({ ...read, orAbsent: true }, 404).absent, true);
  assert.equal(judge({ ...read, orAbsent: true }, 410).outcome, "failed-permanent");
});

test("a DELETE that finds nothing is done when an earlier try of it may have done it", () => {
  for (const status of [404, 410]) {
    assert.equal(judge({ ...write, method: "DELETE", afterDoubt: true }, status).outcome, "done");
    assert.equal(judge({ ...write, method: "DELETE" }, status).outcome, "failed-permanent");
    assert.equal(judge({ ...write, method: "POST", afterDoubt: true }, status).outcome, "failed-permanent");
  }
});

test("without expect a text answer is done, and JSON that does not parse is still in doubt", () => {
  const asksNothing = { ...write, expects: false };
  assert.equal(judge(asksNothing, 200, { "content-type": "text/html" }, "<html>").outcome, "done");
  assert.equal(judge(asksNothing, 200, {}, '{"id":').outcome, "in-doubt");
  assert.equal(judge(asksNothing, 200, {}, "").outcome, "done");
});

test("the reason names the status and the first words of the answer, and a redirect where it leads, without its query", () => {
  assert.equal(
    judge(write, 422, {}, '{"error":\n  "no such customer"}').why,
    'status 422: {"error": "no such customer"}',
  );
  assert.match(
    judge(write, 308, { location: "https://new.example.com/x?token=1" }, "").why,
    /a redirect to https:\/\/new\.example\.com\/x: a write is not repeated elsewhere/,
  );
});

// What happened without a whole answer.
const failures: [Partial<Extract<WireAnswer, { kind: "failed" }>>, string, string][] = [
  [{ sent: "no", reason: "connection", code: "ECONNREFUSED" }, "unavailable", "unavailable"],
  [{ sent: "no", reason: "timeout", code: "TIMEOUT" }, "unavailable", "unavailable"],
  [{ sent: "no", reason: "connection", code: "ECONNRESET" }, "unavailable", "unavailable"],
  [{ sent: "no", reason: "aborted", code: "ABORTED" }, "unavailable", "unavailable"],
  [{ sent: "no", reason: "revoked", code: "REVOKED" }, "unavailable", "unavailable"],
  [{ sent: "no", reason: "address-refused", code: "X" }, "failed-permanent", "failed-permanent"],
  [{ sent: "no", reason: "connection", code: "UND_ERR_INVALID_ARG" }, "failed-permanent", "failed-permanent"],
  [{ sent: "maybe", reason: "connection", code: "ECONNRESET" }, "in-doubt", "failed-retryable"],
  [{ sent: "maybe", reason: "connection", code: "ECONNREFUSED" }, "in-doubt", "failed-retryable"],
  [{ sent: "maybe", reason: "timeout", code: "TIMEOUT" }, "in-doubt", "failed-retryable"],
  [{ sent: "maybe", reason: "aborted", code: "ABORTED" }, "in-doubt", "failed-retryable"],
  [{ sent: "maybe", reason: "connection", code: "UND_ERR_SOCKET", status: 422 }, "in-doubt", "failed-retryable"],
  [{ sent: "maybe", reason: "connection", code: "UND_ERR_SOCKET", status: 429 }, "in-doubt", "failed-retryable"],
  [{ sent: "maybe", reason: "too-large", code: "TOO_LARGE", status: 200 }, "in-doubt", "failed-permanent"],
];

for (const [failed, ofWrite, ofRead] of failures) {
  test(`${failed.reason} ${failed.code}, sent "${failed.sent}": a write is ${ofWrite}, a read is ${ofRead}`, () => {
    const whole = {
      kind: "failed",
      sent: "maybe",
      code: "",
      message: "it broke",
      reason: "connection",
      ...failed,
    } as const;
    assert.equal(judgeFailure(whole, write).outcome, ofWrite);
    assert.equal(judgeFailure(whole, read).outcome, ofRead);
    assert.equal(
      judgeFailure(whole, write).own === true,
      failed.reason === "aborted" || failed.reason === "revoked" || failed.code === "UND_ERR_INVALID_ARG",
    );
  });
}

test("what the user's own reading says comes first: the request's, then the system's, then HTTP's", () => {
  const busy: Classify = ({ body }) =>
    (body as { error?: string }).error === "BUSY" ? { outcome: "limited", why: "busy", after: "30s" } : undefined;
  const gone: Classify = ({ status }) => (status === 404 ? "done" : undefined);
  const of = { ...write, classifiers: [busy, gone] };
  assert.deepEqual(judge(of, 200, {}, '{"error":"BUSY"}'), { outcome: "limited", why: "busy", afterMs: 30_000 });
  assert.equal(judge(of, 404).outcome, "done");
  assert.equal(judge(of, 422).outcome, "failed-permanent");
  assert.deepEqual(judgedOf(aChange({ classify: busy }), false).classifiers, [busy]);
  assert.deepEqual(judgedOf(aRead(), false).changes, false);
});

test("a classify that throws or answers nonsense leaves a write in doubt, and says so", () => {
  const throws: Classify = () => {
    throw new TypeError("body is undefined");
  };
  const nonsense = (() => "fine") as unknown as Classify;
  const forever = (() => ({ outcome: "limited", after: "eternity" })) as unknown as Classify;
  for (const [classify, words] of [
    [throws, /classify threw at status 200: body is undefined/],
    [nonsense, /classify answered "fine"/],
    [forever, /classify threw at status 200: .*eternity/],
  ] as const) {
    const verdict = judge({ ...write, classifiers: [classify] }, 200);
    assert.equal(verdict.outcome, "in-doubt");
    assert.match(verdict.why, words);
    assert.equal(judge({ ...read, classifiers: [classify] }, 200).outcome, "failed-retryable");
  }
  assert.equal(judge({ ...read, classifiers: [() => "in-doubt"] }, 200).outcome, "failed-retryable");
});
