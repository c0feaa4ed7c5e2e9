import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { PerformChange } from "../../src/define/request.ts";
import { later, permanent } from "../../src/define/verdict.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { perform } from "../../src/systems/perform.ts";
import type { SendOptions } from "../../src/systems/port.ts";
import { prepare } from "../../src/systems/request.ts";
import { virtualClock } from "../world/virtual-clock.ts";
import { aPerform, aSystem } from "./declared.ts";

const key = "key-of-the-effect";

async function performed(
  more: Partial<PerformChange>,
  options: Partial<SendOptions> = {},
  passMs = 0,
): Promise<Outcome> {
  const clock = virtualClock();
  const change = aPerform(more);
  const given = {
    signal: new AbortController().signal,
    beforeSend: () => undefined,
    idempotencyKey: key,
    attempt: 1,
    ...options,
  };
  const outcome = perform(change, prepare(change, key), given, clock);
  if (passMs > 0) await clock.pass(passMs);
  const ended = await outcome;
  assert.equal(clock.timers(), 0, "a timer was left behind");
  return ended;
}

const throwing = (thrown: unknown): Partial<PerformChange> => ({
  run: () => {
    throw thrown;
  },
});

test("run gets its key, the attempt and the stored request, and what it returns is the result", async () => {
  const seen: unknown[] = [];
  const request = { amount: 9007199254740993n, to: "A" };
  const outcome = await performed({
    request,
    run: ({ idempotencyKey, attempt, request: got, signal }) => {
      seen.push(idempotencyKey, attempt, got, signal.aborted);
      return { id: "ch_1", at: new Date(0), big: 12n };
    },
  });
  assert.deepEqual(seen, [key, 1, request, false]);
  assert.deepEqual(outcome.name === "done" && outcome.value, { id: "ch_1", at: new Date(0), big: 12n });
});

test("run repeats the stored request, not the one that the code makes now", async () => {
  const clock = virtualClock();
  const stored = prepare(aPerform({ request: { amount: 1 } }), key);
  let got: unknown;
  const now = aPerform({
    request: { amount: 2 },
    run: ({ request }) => {
      got = request;
    },
  });
  await perform(
    now,
    stored,
    { signal: new AbortController().signal, beforeSend: () => undefined, idempotencyKey: key, attempt: 2 },
    clock,
  );
  assert.deepEqual(got, { amount: 1 });
});

// What it throws, and what that proves.
const table: [name: string, thrown: unknown, outcome: string, more?: Record<string, unknown>][] = [
  ["an ordinary error", new Error("boom"), "in-doubt"],
  ["a bug", new TypeError("x is undefined"), "in-doubt"],
  ["text", "boom", "in-doubt"],
  ["nothing", undefined, "in-doubt"],
  ["permanent()", permanent("no such customer"), "failed-permanent"],
  ["later()", later("10m", "closed on Sundays"), "limited", { afterMs: 600_000 }],
  ["a refused connection", Object.assign(new Error("x"), { code: "ECONNREFUSED" }), "unavailable", { sent: "no" }],
  ["an unknown host", Object.assign(new Error("x"), { code: "ENOTFOUND" }), "unavailable", { sent: "no" }],
  [
    "a reset while connecting",
    Object.assign(new Error("x"), { code: "ECONNRESET", syscall: "connect" }),
    "unavailable",
    { sent: "no" },
  ],
  ["a reset while reading", Object.assign(new Error("x"), { code: "ECONNRESET", syscall: "read" }), "in-doubt"],
  [
    "fetch's refused connection",
    new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }) }),
    "unavailable",
  ],
  [
    "fetch's reset",
    new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "UND_ERR_SOCKET" }) }),
    "in-doubt",
  ],
  [
    "several refused addresses",
    new AggregateError([Object.assign(new Error("x"), { code: "ECONNREFUSED", syscall: "connect" })]),
    "unavailable",
  ],
  ["an SDK's 400", Object.assign(new Error("bad amount"), { status: 400 }), "failed-permanent"],
  ["an SDK's 401", Object.assign(new Error("x"), { statusCode: 401 }), "unauthorized"],
  ["an SDK's 409", Object.assign(new Error("x"), { statusCode: 409 }), "in-doubt", { keyInFlight: true }],
  [
    "an SDK's 429",
    Object.assign(new Error("x"), { status: 429, headers: { "Retry-After": "3" } }),
    "limited",
    { afterMs: 3_000 },
  ],
  ["an SDK's 500", Object.assign(new Error("x"), { status: 500 }), "in-doubt"],
  [
    "an SDK's replayed 500",
    Object.assign(new Error("x"), { status: 500, headers: new Headers({ "Idempotent-Replayed": "true" }) }),
    "in-doubt",
    { replayedFailure: true },
  ],
  ["axios's 422", Object.assign(new Error("x"), { response: { status: 422, headers: {} } }), "failed-permanent"],
  ["AWS's 503", Object.assign(new Error("x"), { $metadata: { httpStatusCode: 503 } }), "in-doubt"],
  ["a status that is none", Object.assign(new Error("x"), { status: "failed" }), "in-doubt"],
  ["a status of 200", Object.assign(new Error("x"), { status: 200 }), "in-doubt"],
];
for (const [name, thrown, outcome, more] of table) {
  test(`run throws ${name}: ${outcome}`, async () => {
    const got = await performed(throwing(thrown));
    assert.equal(got.name, outcome);
    for (const [field, value] of Object.entries(more ?? {}))
      assert.equal((got as unknown as Record<string, unknown>)[field], value, field);
  });
}

test("classify sees the body that a client threw, read where it is JSON, as it sees every other answer", async () => {
  const body = { code: "DUPLICATE", id: "inv_1" };
  const text = JSON.stringify(body);
  const error = (more: object, message = "x"): Error => Object.assign(new Error(message), more);
  const table: readonly (readonly [what: string, thrown: unknown, body: unknown])[] = [
    ["axios, octokit", error({ response: { status: 409, data: body } }), body],
    ["got", error({ response: { statusCode: 409, body: text } }), body],
    ["data of its own", error({ status: 409, data: text }), body],
    ["a body of its own", error({ status: 409, body }), body],
    ["the message", error({ status: 409 }, text), body],
    ["a list", error({ status: 409, body: [1] }), [1]],
    ["no JSON", error({ status: 409, body: "busy" }, "it is busy"), "it is busy"],
    ["a stream", error({ status: 409, response: new Response(text) }, "conflict"), "conflict"],
    ["a key that changes prototypes", error({ status: 409, body: '{"__proto__":{}}' }, "odd"), "odd"],
  ];
  for (const [what, thrown, expected] of table) {
    let seen: unknown;
    const system = aSystem({
      classify: (answer) => {
        seen = answer.body;
        return "failed-permanent";
      },
    });
    const outcome = await performed({ system, ...throwing(thrown) });
    assert.equal(outcome.name, "failed-permanent", what);
    assert.deepEqual(seen, expected, what);
  }
});

test("a run that hangs is in doubt when its time is over, its signal fires, and what it does later is not waited for", async () => {
  let signal: AbortSignal | undefined;
  const outcome = await performed(
    {
      run: (attempt) => {
        signal = attempt.signal;
        return new Promise(() => undefined);
      },
    },
    {},
    2_000,
  );
  assert.equal(outcome.name, "in-doubt");
  assert.match(outcome.name === "in-doubt" ? outcome.why : "", /within 2000 ms/);
  assert.equal(signal?.aborted, true);
});

test("a stop from outside ends the wait, in doubt", async () => {
  const stop = new AbortController();
  const outcome = performed({ run: () => new Promise(() => undefined) }, { signal: stop.signal });
  await new Promise((later) => setImmediate(later));
  stop.abort(new Error("revoked"));
  assert.equal((await outcome).name, "in-doubt");
});

test("a run that was revoked before it began never begins", async () => {
  let began = false;
  const outcome = await performed(
    {
      run: () => {
        began = true;
      },
    },
    {
      beforeSend: () => {
        throw new Error("revoked");
      },
    },
  );
  assert.equal(began, false);
  assert.deepEqual([outcome.name, outcome.sent], ["unavailable", "no"]);
});

test("what it returns must meet expect; what breaks it was done all the same", async () => {
  const expect = z.object({ id: z.string() });
  const met = await performed({ expect, run: () => ({ id: "1", extra: true }) });
  assert.deepEqual(met.name === "done" && [met.value, met.unexpected], [{ id: "1" }, undefined]);
  const broken = await performed({ expect, run: () => ({ id: 1 }) });
  assert.equal(broken.name, "done");
  assert.match((broken.name === "done" && broken.unexpected) || "", /^id: /);
});

test("a result that cannot be stored was done too, and says what cannot be stored", async () => {
  const circle: Record<string, unknown> = {};
  circle.request = { circle };
  const table: [unknown, RegExp][] = [
    [circle, /contains itself/],
    [{ items: new Map() }, /items is a Map/],
    [{ body: new Uint8Array(2) }, /body is a Uint8Array/],
    [{ n: Number.NaN }, /n is NaN/],
    [() => 1, /the result is a function/],
    [new Date(Number.NaN), /invalid date/],
  ];
  for (const [value, words] of table) {
    const outcome = await performed({ run: () => value });
    assert.equal(outcome.name, "done");
    assert.match((outcome.name === "done" && outcome.unexpected) || "", words);
  }
  for (const fine of [undefined, null, 1, "x", { method() {}, a: undefined }, [1n, new Date(0)], { toJSON: () => 1 }]) {
    const outcome = await performed({ run: () => fine });
    assert.equal(outcome.name === "done" && outcome.unexpected, undefined);
  }
});
