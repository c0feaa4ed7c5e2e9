import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Limit } from "../../src/define/system.ts";
import { quotasTold } from "../../src/systems/rate-headers.ts";
import { Told } from "../../src/systems/told.ts";
import { done, entered, entrance, sentAway } from "./entrance.ts";

const rate = (count: number, perMs: number): Limit => ({ kind: "rate", count, perMs });
const headers = (remaining: number, reset = 30, limit = 100): Record<string, string> => ({
  "x-ratelimit-limit": String(limit),
  "x-ratelimit-remaining": String(remaining),
  "x-ratelimit-reset": String(reset),
});
const quotas = (given: Record<string, string>) => quotasTold(given, 0);

test("no more calls leave than an answer says are left, until then", () => {
  const told = new Told([]);
  told.note(quotas(headers(3)), 0, 0, 0);
  assert.equal(told.free(1, 0), 3);
  for (let call = 1; call <= 3; call++) told.take();
  assert.equal(told.free(1, 3), 0);
  assert.equal(told.freeAt(1, 3), 30_000);
  assert.equal(told.free(30_001, 3), Number.POSITIVE_INFINITY);
});

test("calls that were under way when it was told are taken off, for nobody knows whether they are in the count", () => {
  const told = new Told([]);
  told.note(quotas(headers(10)), 0, 0, 8);
  assert.equal(told.free(1, 8), 2);
});

test("when nobody knows what is left and nothing is under way, one at a time finds out", () => {
  const told = new Told([]);
  told.note(quotas(headers(2)), 0, 0, 8);
  assert.equal(told.free(1, 1), -6);
  assert.equal(told.free(1, 0), 1);
  told.take();
  assert.equal(told.free(1, 1), -7);
  told.take();
  assert.equal(told.free(1, 0), -8, "no more than were told, in any case");
});

test("what was never sent is given back", () => {
  const told = new Told([]);
  told.note(quotas(headers(2)), 0, 0, 0);
  told.take();
  told.unsent();
  assert.equal(told.free(1, 0), 2);
});

test("the answer to the latest call counts; one to an earlier call only makes it stricter", () => {
  const told = new Told([]);
  told.note(quotas(headers(5)), 100, 50, 0);
  told.note(quotas(headers(9)), 101, 40, 0);
  assert.equal(told.free(102, 0), 5);
  told.note(quotas(headers(2)), 103, 40, 0);
  assert.equal(told.free(104, 0), 2);
  told.note(quotas(headers(90)), 105, 60, 0);
  assert.equal(told.free(106, 0), 90);
});

test("a quota of bytes says nothing about calls", () => {
  const told = new Told([]);
  const bytes = { ratelimit: '"b";r=5;t=30', "ratelimit-policy": '"b";q=10;qu="content-bytes";w=60' };
  assert.deepEqual(told.note(quotas(bytes), 0, 0, 0), []);
  assert.equal(told.free(1, 0), Number.POSITIVE_INFINITY);
});

type Row = [what: string, declared: Limit[], told: Record<string, string>, contradicts: [string, string] | undefined];

const table: Row[] = [
  [
    "a policy that allows less",
    [rate(60, 60_000)],
    { "ratelimit-policy": '"min";q=40;w=60' },
    ["60 per 1m", 'RateLimit "min": 40 per 1m'],
  ],
  [
    "a policy of another window that allows less",
    [rate(10, 1_000)],
    { "ratelimit-policy": '"h";q=1000;w=3600' },
    ["10 per 1s", 'RateLimit "h": 1000 per 1h'],
  ],
  [
    "a count that is less than what may go before its reset",
    [rate(600, 60_000)],
    headers(99, 30, 100),
    ["600 per 1m", "x-ratelimit-remaining: 100"],
  ],
  [
    "a policy where nothing is declared",
    [],
    { "ratelimit-policy": '"min";q=40;w=60' },
    ["nothing", 'RateLimit "min": 40 per 1m'],
  ],
  ["the same as is declared", [rate(60, 60_000)], { "ratelimit-policy": '"min";q=60;w=60' }, undefined],
  ["more than is declared", [rate(60, 60_000)], { "ratelimit-policy": '"min";q=600;w=60' }, undefined],
  [
    "a day beside a minute",
    [rate(60, 60_000), rate(5_000, 86_400_000)],
    { "ratelimit-policy": '"d";q=5000;w=86400' },
    undefined,
  ],
  ["a count whose window nobody told, where nothing is declared", [], headers(99, 30, 100), undefined],
  ["a partition that nobody knows", [rate(60, 60_000)], { "ratelimit-policy": '"p";q=4;w=60;pk=:cHs=:' }, undefined],
  ["a malformed policy", [rate(60, 60_000)], { "ratelimit-policy": '"min";q=40;w=60,' }, undefined],
  ["a policy of nothing", [rate(60, 60_000)], { "ratelimit-policy": '"min";q=0;w=60' }, undefined],
];

for (const [what, declared, given, contradicts] of table) {
  test(`a declaration against ${what} is ${contradicts === undefined ? "no contradiction" : "told"}`, () => {
    const told = new Told(declared);
    const [found] = told.note(quotas(given), 0, 0, 0);
    assert.deepEqual(found && [found.declared, found.told], contradicts);
    assert.deepEqual(told.note(quotas(given), 1, 1, 0), [], "only once");
  });
}

test("a policy that is stricter than the declaration is reported and kept, until it is told to be another one", async () => {
  const { enter, events, clock, gate } = entrance({ limits: [rate(60, 1_000)] });
  const policy = (q: number) => ({ status: 200, headers: { "ratelimit-policy": `"s";q=${q};w=1` }, text: "" });
  entered(await enter("a")).release({ ...done, answer: policy(3) });
  assert.deepEqual(
    events.map((event) => event.event === "system.contradicted" && [event.declared, event.told]),
    [["60 per 1s", 'RateLimit "s": 3 per 1s']],
  );
  assert.deepEqual(
    gate.state().told.map(({ told, left }) => [told, left]),
    [['RateLimit "s": 3 per 1s', 2]],
  );
  for (const record of ["b", "c"]) entered(await enter(record, { waitMsMax: 1 })).release(done);
  const late = enter("d", { waitMsMax: 1 });
  await clock.pass(5);
  sentAway(await late);
  await clock.pass(2_000);
  entered(await enter("d")).release({ ...done, answer: policy(600) });
  assert.deepEqual(gate.state().told, []);
});

test("whatever answers tell, calls go on in the end", () => {
  const answer = fc.record({
    remaining: fc.nat(5),
    reset: fc.nat(60),
    limit: fc.nat(10),
    policy: fc.option(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 60 }))),
    stays: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 60 }), (answers) => {
      const told = new Told([rate(3, 1_000)]);
      let nowMs = 0;
      let inFlight = 0;
      for (const { remaining, reset, limit, policy, stays } of answers) {
        nowMs += 10;
        if (told.free(nowMs, inFlight) > 0) {
          told.take();
          inFlight += 1;
        }
        if (stays || inFlight === 0) continue;
        inFlight -= 1;
        told.end(nowMs);
        const more = policy === null ? {} : { "ratelimit-policy": `"p";q=${policy[0]};w=${policy[1]}` };
        told.note(quotas({ ...headers(remaining, reset, limit), ...more }), nowMs, nowMs - 5, inFlight);
      }
      for (; inFlight > 0; inFlight--) told.end(nowMs);
      assert.ok(told.free(nowMs + 3_600_001, 0) > 0);
    }),
  );
});
