import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concurrent, cost, rate } from "../../src/define/limit.ts";
import { system } from "../../src/define/system.ts";
import { WaybillError } from "../../src/model/errors.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { Bucket } from "../../src/systems/bucket.ts";
import { spentAtMs } from "../../src/systems/forecast.ts";
import type { Deferred } from "../../src/systems/port.ts";
import { done, entered, entrance, sentAway } from "./entrance.ts";

const answered = (headers: Record<string, string>, text = ""): Outcome => ({
  ...done,
  answer: { status: 200, headers, text },
});

test("a bucket lets so many come at once and then as many as flow in, and no stretch of time sees more", () => {
  const call = fc.record({ gapMs: fc.nat(600), takesMs: fc.nat(300), seenAt: fc.constantFrom(0, 0.5, 1) });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 8 }),
      fc.array(call, { maxLength: 80 }),
      (count, burst, plan) => {
        const bucket = new Bucket(count, 1_000, burst);
        const seen: number[] = [];
        let under: number[] = [];
        let now = 0;
        for (const { gapMs, takesMs, seenAt } of plan) {
          now += gapMs;
          for (const endMs of under.filter((at) => at <= now).sort((a, b) => a - b)) bucket.end(endMs, 1, 1);
          under = under.filter((at) => at > now);
          if (bucket.free(now, 1) <= 0) continue;
          bucket.take(1);
          under.push(now + takesMs);
          seen.push(now + takesMs * seenAt);
        }
        seen.sort((a, b) => a - b);
        for (let from = 0; from < seen.length; from++)
          for (let to = from; to < seen.length; to++) {
            const mostNow = burst + (count * ((seen[to] as number) - (seen[from] as number))) / 1_000;
            assert.ok(to - from + 1 <= mostNow + 1e-6, `${to - from + 1} where at most ${mostNow} may be`);
          }
      },
    ),
    { numRuns: 500 },
  );
});

test("a bucket says when it has drained far enough", () => {
  const bucket = new Bucket(2, 1_000, 4);
  for (let index = 0; index < 4; index++) bucket.take(1);
  assert.equal(bucket.freeAt(0, 1), Number.POSITIVE_INFINITY, "all of it is under way");
  for (let index = 0; index < 4; index++) bucket.end(0, 1, 1);
  assert.equal(bucket.freeAt(0, 1), 500);
  assert.equal(bucket.freeAt(0, 3), 1_500);
  assert.equal(bucket.free(1_500, 3), 1);
});

test("points are reserved before the call and corrected by its answer, from a header or from the body", async () => {
  const limits = [
    cost(10, "10s", {
      of: ({ headers, body }) => (body as { spent?: number } | undefined)?.spent ?? Number(headers["x-cost"]),
    }),
  ];
  const { enter, gate, clock } = entrance({ limits });
  const first = entered(await enter("a", { cost: 6 }));
  assert.equal(gate.state().limits[0]?.left, 4);
  sentAway(await enter("b", { cost: 6 }));
  entered(await enter("c", { cost: 4 })).unsent();
  first.release(answered({ "x-cost": "2" }));
  assert.equal(gate.state().limits[0]?.left, 8, "it cost less than was reserved");
  entered(await enter("d", { cost: 3 })).release(answered({}, '{"spent":12}'));
  assert.equal(gate.state().limits[0]?.left, 0, "it cost more than there was");
  const away = sentAway(await enter("e", { cost: 1 }));
  // It is told to come a little early, and to stand in line.
  await clock.pass(away.untilMs - clock.now() + 251);
  entered(await enter("e", { cost: 1 })).release(answered({}));
  assert.equal(gate.state().limits[0]?.left, 9, "an answer that does not say leaves it at what was reserved");
});

test("a cost that nobody can have been told of is reported, and counts as reserved", async () => {
  const { enter, gate, events } = entrance({ limits: [cost(10, "1m", { of: () => -4 })] });
  entered(await enter("a", { cost: 2 })).release(answered({}));
  assert.equal(gate.state().limits[0]?.left, 8);
  assert.deepEqual(
    events.map(({ event }) => event),
    ["system.absurd"],
  );
});

test("of nested limits each has a say, whatever the calls cost", async () => {
  const limits = [rate(3, "1s"), rate(4, "10s"), cost(20, "1s", { reserve: ({ json }) => (json as number) ?? 1 })];
  const { enter, clock } = entrance({ limits });
  const of = (json: unknown) => ({ method: "POST", path: "/", json, record: undefined, caller: "orders" });
  const asks = (points: number, waitMsMax = 0) => ({ call: () => of(points), waitMsMax });
  // They are told to come a little early and to stand in line; these do not wait, so they come when it is their turn.
  const inTurn = ({ untilMs }: Deferred) => clock.pass(untilMs - clock.now() + 251);
  entered(await enter("a", asks(19))).release(done);
  entered(await enter("b", asks(1))).release(done);
  const c = sentAway(await enter("c", asks(15)));
  await inTurn(c);
  entered(await enter("c", asks(15))).release(done);
  const d = sentAway(await enter("d", asks(6)));
  await inTurn(d);
  entered(await enter("d", asks(6))).release(done);
  sentAway(await enter("e", asks(1, 5_000)));
});

test("each path, each method, each key of one's own has a budget of its own, within the one for all", async () => {
  const call = (path: string, shop: string) => ({
    call: () => ({ method: "GET", path, json: undefined, record: { shop }, caller: "orders" }),
    waitMsMax: 0,
  });
  const limits = [
    rate(2, "1m", { per: "path" }),
    concurrent(2, { per: ({ record }) => (record as { shop: string }).shop }),
    rate(6, "1m"),
  ];
  const { enter, gate } = entrance({ limits });
  const open = [entered(await enter("a", call("/orders", "x"))), entered(await enter("b", call("/orders", "y")))];
  sentAway(await enter("c", call("/orders", "z")));
  open.push(entered(await enter("d", call("/items", "x"))));
  sentAway(await enter("e", call("/shops", "x")));
  for (const permit of open) permit.release(done);
  for (const path of ["/1", "/2", "/3"]) entered(await enter(path, call(path, "x"))).release(done);
  sentAway(await enter("g", call("/4", "x")));
  const { limits: shown, inFlight } = gate.state();
  assert.equal(inFlight, 0);
  assert.deepEqual(
    shown.map(({ limit, left, key }) => ({ limit, left, key })),
    [
      { limit: "6 per 1m", left: 0, key: undefined },
      { limit: "2 per 1m, each path", left: 0, key: "/orders" },
      { limit: "2 at a time, each key", left: 2, key: "x" },
    ],
  );
});

test("keys that nothing counts of any more are forgotten", async () => {
  const { enter, gate, clock } = entrance({ limits: [rate(5, "1s", { per: "path" })] });
  const call = (path: string) => ({
    call: () => ({ method: "GET", path, json: undefined, record: undefined, caller: "orders" }),
  });
  for (let round = 0; round < 10; round++) {
    for (let index = 0; index < 300; index++) {
      const path = `/${round}/${index}`;
      entered(await enter(path, call(path))).release(done);
    }
    await clock.pass(2_000);
  }
  assert.ok(gate.keys <= 600, `${gate.keys} of 3,000 are kept`);
});

test("a key that is no text is said to be the definition's fault", async () => {
  const { enter } = entrance({ limits: [rate(5, "1s", { per: (() => undefined) as never })] });
  const call = { call: () => ({ method: "GET", path: "/a", json: 1, record: undefined, caller: "orders" }) };
  await assert.rejects(enter("a", call), (error) => error instanceof WaybillError && error.code === "effect-misused");
});

test("what cannot be a limit, or a cost, is refused where it is written", () => {
  const graph = system("costs-graph", { baseUrl: "https://graph.example", limits: [cost(50, "1s", { burst: 1_000 })] });
  const plain = system("costs-plain", { baseUrl: "https://plain.example" });
  const bad: [() => unknown, RegExp][] = [
    [() => rate(0, "1m"), /its count is 0/],
    [() => rate(-5, "1m"), /its count is -5/],
    [() => rate(1.5, "1m"), /its count is 1.5/],
    [() => rate(5, "0s"), /from "1ms"/],
    [() => rate(5, "1m", { burst: 0 }), /burst is 0/],
    [() => rate(5, "1m", { brust: 3 } as never), /burst/],
    [() => rate(5, "1m", { per: "customer" as never }), /per is "customer"/],
    [() => rate(5, "1m", { per: (async () => "x") as never }), /async/],
    [() => concurrent(0), /its count is 0/],
    [() => cost(0, "1s"), /its points is 0|its points are 0/],
    [() => cost(5, "1s", { of: 3 as never }), /of is 3/],
    [() => graph.get("/x", { cost: 1_001 }), /cost is 1001.*up to 1000/],
    [() => graph.get("/x", { cost: 0 }), /cost is 0/],
    [() => plain.get("/x", { cost: 3 }), /no limit that counts it/],
  ];
  for (const [make, message] of bad)
    assert.throws(make, (error) => error instanceof WaybillError && message.test(`${error.message} ${error.hint}`));
  assert.doesNotThrow(() => graph.get("/x", { cost: 1_000 }));
});

test("a forecast says when the day's budget is spent at the pace of the last hour", () => {
  const hour = 3_600_000;
  const day = 24 * hour;
  const noon = Date.UTC(2026, 10, 26, 12);
  const at = (agoMs: number, points: number) => ({ untilMs: noon - agoMs + day, points });
  const table: [string, { untilMs: number; points: number }[], number | undefined][] = [
    ["nothing was used", [], undefined],
    ["at 100 an hour 2,400 are used in a day", [at(hour / 2, 100)], undefined],
    ["at 1,000 an hour the 4,000 that are left last four hours", [at(hour / 2, 1_000)], noon + 4 * hour],
    ["nothing was used lately", [at(5 * hour, 3_000)], undefined],
    // 600 are left; 400 come back after half an hour, in which 500 went.
    [
      "what comes back meanwhile counts",
      [at(23.5 * hour, 400), at(hour / 2, 1_000), at(10 * hour, 3_000)],
      noon + hour,
    ],
    ["it is spent", [at(hour / 2, 5_000)], undefined],
  ];
  for (const [what, counted, expected] of table) assert.equal(spentAtMs(5_000, day, counted, noon), expected, what);
});
