import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Outcome, OutcomeName } from "../../src/model/outcome.ts";
import { Breaker, type Sign, signOf } from "../../src/systems/breaker.ts";

const options = { share: 0.5, volume: 5, openMs: 5_000 };

test("what each outcome says about its system", () => {
  const table: Record<OutcomeName, Sign> = {
    done: "well",
    pending: "well",
    "failed-permanent": "well",
    limited: "neither",
    unauthorized: "unauthorized",
    "failed-retryable": "ill",
    unavailable: "ill",
    "in-doubt": "ill",
  };
  for (const [name, sign] of Object.entries(table)) assert.equal(signOf({ name } as Outcome, false), sign, name);
  for (const name of Object.keys(table))
    assert.equal(signOf({ name } as Outcome, true), "neither", `${name}, ended from this side`);
  assert.equal(signOf({ name: "in-doubt", keyInFlight: true } as Outcome, false), "neither");
  assert.equal(signOf({ name: "in-doubt", replayedFailure: true } as Outcome, false), "neither");
});

test("it opens when at least half of at least five records fail, and one record alone never opens it", () => {
  const alone = new Breaker(options, 1_000);
  for (let index = 0; index < 100; index++) alone.note(index, "same", "ill", false, alone.era);
  assert.equal(alone.state.name, "closed");

  const mixed = new Breaker(options, 1_000);
  for (let index = 0; index < 20; index++) mixed.note(index, `well-${index}`, "well", false, mixed.era);
  for (let index = 0; index < 19; index++) mixed.note(100 + index, `ill-${index}`, "ill", false, mixed.era);
  assert.equal(mixed.state.name, "closed", "19 of 39");
  mixed.note(200, "ill-19", "ill", false, mixed.era);
  assert.equal(mixed.state.name, "open", "20 of 40");
});

test("failures of long ago do not count", () => {
  const breaker = new Breaker(options, 1_000);
  for (let index = 0; index < 4; index++) breaker.note(index, `r-${index}`, "ill", false, breaker.era);
  breaker.note(100_000, "r-5", "ill", false, breaker.era);
  assert.equal(breaker.state.name, "closed");
});

test("what was sent before it opened or recovered says nothing afterwards", () => {
  const breaker = new Breaker(options, 1_000);
  const before = breaker.era;
  for (let index = 0; index < 5; index++) breaker.note(index, `r-${index}`, "ill", false, before);
  breaker.probe(6_000, "p");
  breaker.note(6_001, "p", "well", true, breaker.era);
  assert.equal(breaker.state.name, "recovering");
  for (let index = 0; index < 50; index++) breaker.note(6_002, `late-${index}`, "ill", false, before);
  assert.equal(breaker.state.name, "recovering");
});

test("a volume of hundreds of records can be reached", () => {
  const breaker = new Breaker({ ...options, volume: 500 }, 1_000);
  for (let index = 0; index < 499; index++) breaker.note(index, `r-${index}`, "ill", false, breaker.era);
  assert.equal(breaker.state.name, "closed");
  breaker.note(500, "r-499", "ill", false, breaker.era);
  assert.equal(breaker.state.name, "open");
});

test("one record that always fails does not stop a recovery; two do", () => {
  const recovering = (): Breaker => {
    const breaker = new Breaker(options, 1_000);
    breaker.note(0, "a", "unauthorized", false, breaker.era);
    breaker.probe(6_000, "p");
    breaker.note(6_001, "p", "well", true, breaker.era);
    return breaker;
  };
  const one = recovering();
  for (let turn = 0; turn < 20; turn++) one.note(6_002 + turn, "poison", "ill", false, one.era);
  assert.equal(one.state.name, "recovering");
  for (let turn = 0; turn < 300; turn++) one.note(6_100 + turn, `well-${turn}`, "well", false, one.era);
  assert.equal(one.state.name, "closed");
  const two = recovering();
  for (const record of ["a", "b"]) two.note(6_002, record, "ill", false, two.era);
  assert.equal(two.state.name, "open");
});

test("a person does not wait until it is time for a probe", () => {
  const breaker = new Breaker(options, 1_000);
  breaker.note(0, "a", "unauthorized", false, breaker.era);
  assert.notEqual(breaker.ask(1), "probe");
  assert.equal(breaker.ask(1, true), "probe");
});

test("a probe that never comes back does not close the way for ever", () => {
  const breaker = new Breaker(options, 40_000);
  breaker.note(0, "a", "unauthorized", false, breaker.era);
  assert.equal(breaker.ask(5_000), "probe");
  breaker.probe(5_000, "p");
  assert.notEqual(breaker.ask(5_001), "probe");
  assert.equal(breaker.ask(45_001), "probe");
});

test("whatever happens: it opens for 5 s to 5 min, doubling with each failed probe; one probe at a time; and a system that is well again gets in", () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant("pass" as const), ms: fc.nat(400_000) }),
    fc.record({
      what: fc.constant("call" as const),
      sign: fc.constantFrom<Sign>("well", "ill", "unauthorized", "neither"),
      record: fc.nat(8),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const breaker = new Breaker(options, 60_000);
      let now = 0;
      let failedProbes = 0;
      for (const one of steps) {
        if (one.what === "pass") {
          now += one.ms;
          continue;
        }
        const record = `r-${one.record}`;
        const decision = breaker.ask(now);
        if (typeof decision === "object") {
          assert.ok(decision.untilMs > now && decision.untilMs <= now + 300_000);
          continue;
        }
        const probe = decision === "probe";
        if (probe) {
          breaker.probe(now, record);
          assert.notEqual(breaker.ask(now), "probe", "two probes at once");
        }
        breaker.note(now + 1, record, one.sign, probe, breaker.era);
        const { state } = breaker;
        if (probe && (one.sign === "ill" || one.sign === "unauthorized")) {
          failedProbes += 1;
          assert.ok(state.name === "open" && state.untilMs === now + 1 + state.openMs);
          assert.ok(state.openMs >= Math.min(300_000, options.openMs * 2 ** failedProbes));
        } else if (state.name === "closed") failedProbes = 0;
        if (state.name === "open") assert.ok(state.openMs >= options.openMs && state.openMs <= 300_000);
      }
      for (let calls = 0; calls < 2_000 && breaker.state.name !== "closed"; calls++) {
        now += 1_000;
        const decision = breaker.ask(now);
        if (typeof decision === "object") continue;
        if (decision === "probe") breaker.probe(now, "healthy");
        breaker.note(now, "healthy", "well", decision === "probe", breaker.era);
      }
      assert.equal(breaker.state.name, "closed");
    }),
    { numRuns: 200 },
  );
});
