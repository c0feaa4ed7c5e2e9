import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Deferred } from "../../src/systems/port.ts";
import { seededRandom } from "../../src/world/random.ts";
import { done, entered, entrance, limited, sentAway } from "./entrance.ts";

test("whoever finds a free permit is let in at once", async () => {
  const { enter, gate, clock } = entrance({ limits: [{ kind: "concurrent", count: 2 }] });
  entered(await enter("a"));
  entered(await enter("b"));
  assert.equal(gate.state().inFlight, 2);
  assert.equal(clock.timers(), 0);
});

test("those who wait are let in in the order in which they came, as soon as a permit comes back", async () => {
  const { enter } = entrance({ limits: [{ kind: "concurrent", count: 1 }] });
  const first = entered(await enter("a"));
  const order: string[] = [];
  const waiting = ["b", "c", "d"].map(async (record) => {
    const permit = entered(await enter(record));
    order.push(record);
    permit.release(done);
  });
  first.release(done);
  await Promise.all(waiting);
  assert.deepEqual(order, ["b", "c", "d"]);
});

test("a permit that comes back twice counts once", async () => {
  const { enter, gate } = entrance({ limits: [{ kind: "concurrent", count: 1 }] });
  const permit = entered(await enter("a"));
  permit.release(done);
  permit.release(done);
  permit.unsent();
  assert.equal(gate.state().inFlight, 0);
});

test("nobody waits longer than allowed: who would, is told when to come back", async () => {
  const { enter, clock } = entrance({ limits: [{ kind: "rate", count: 1, perMs: 60_000 }] });
  entered(await enter("a")).release(done);
  const away = sentAway(await enter("b"));
  assert.equal(away.system, "books");
  assert.ok(away.untilMs >= clock.now() + 60_000 && away.untilMs <= clock.now() + 61_000);

  // Waiting was worth a try, and turned out too long.
  const slow = entrance({ limits: [{ kind: "concurrent", count: 1 }] });
  entered(await slow.enter("a"));
  const waiting = slow.enter("b", { waitMsMax: 500 });
  await slow.clock.pass(500);
  assert.ok(sentAway(await waiting).untilMs > slow.clock.now());
});

test("a signal ends the wait with its reason, and the next in line takes the permit", async () => {
  const { enter } = entrance({ limits: [{ kind: "concurrent", count: 1 }] });
  const first = entered(await enter("a"));
  const stop = new AbortController();
  const given = enter("b", { signal: stop.signal });
  const next = enter("c");
  stop.abort(new Error("revoked"));
  await assert.rejects(given, /revoked/);
  first.release(done);
  entered(await next);
  await assert.rejects(enter("d", { signal: AbortSignal.abort(new Error("gone")) }), /gone/);
});

test("a hundred thousand who must come back are spread over the time that their calls take, and each is let in when it comes", async () => {
  const { enter, clock } = entrance({ limits: [{ kind: "rate", count: 10, perMs: 1_000 }] });
  for (let index = 0; index < 10; index++) entered(await enter(`early-${index}`)).release(done);
  const records = 100_000;
  const turns: { record: string; untilMs: number }[] = [];
  for (let index = 0; index < records; index++) {
    const record = `r-${index}`;
    const given = await enter(record, { waitMsMax: 0 });
    turns.push({ record, untilMs: sentAway(given).untilMs });
  }
  const spreadMs = (turns.at(-1)?.untilMs ?? 0) - (turns[0]?.untilMs ?? 0);
  assert.ok(spreadMs >= (records - 1) * 100, "no faster than ten a second");
  assert.ok(spreadMs <= (records - 1) * 100 * 1.2, "and not much slower");
  assert.ok(
    turns.every(({ untilMs }, index) => index === 0 || untilMs >= (turns[index - 1]?.untilMs ?? 0)),
    "in the order in which they came",
  );

  let inVain = 0;
  for (const { record, untilMs } of turns.slice(0, 300)) {
    await clock.pass(Math.max(0, untilMs - clock.now()));
    const given = enter(record, { waitMsMax: 500 });
    await clock.pass(0);
    const permit = await Promise.race([given, clock.pass(500).then(() => given)]);
    if (permit instanceof Deferred) inVain += 1;
    else permit.release(done);
  }
  assert.equal(inVain, 0);
});

test("a newcomer does not take the permit of one who was sent away and comes back", async () => {
  const { enter, clock } = entrance({ limits: [{ kind: "rate", count: 1, perMs: 10_000 }] });
  entered(await enter("a")).release(done);
  const b = sentAway(await enter("b"));
  await clock.pass(b.untilMs - clock.now() - 1);
  await clock.pass(2);
  const newcomer = sentAway(await enter("c"));
  assert.ok(newcomer.untilMs >= b.untilMs + 10_000);
  entered(await enter("b"));
});

test("a permit is kept only a while for one who does not come back", async () => {
  const { enter, clock } = entrance({ limits: [{ kind: "rate", count: 1, perMs: 10_000 }] });
  entered(await enter("a")).release(done);
  const b = sentAway(await enter("b"));
  await clock.pass(b.untilMs - clock.now() + 6_000);
  entered(await enter("c"));
});

test("a record that was let in after a wait does not go to the end of the line for its next call", async () => {
  const { enter, clock } = entrance({ limits: [{ kind: "rate", count: 2, perMs: 1_000 }] });
  for (const record of ["a", "b"]) entered(await enter(record)).release(done);
  const turns: Deferred[] = [];
  for (let index = 0; index < 500; index++) turns.push(sentAway(await enter(`r-${index}`, { waitMsMax: 0 })));
  // It comes back a little before its turn, and stands in line.
  await clock.pass((turns[0]?.untilMs ?? 0) - clock.now() + 1);
  const first = enter("r-0");
  await clock.pass(300);
  entered(await first).release(done);
  const next = enter("r-0");
  await clock.pass(1_000);
  const permit = await next;
  if (permit instanceof Deferred)
    assert.ok(permit.untilMs - clock.now() < 5_000, `sent away for ${permit.untilMs - clock.now()} ms`);
});

test("a stop holds every call until it is over, and is told once", async () => {
  const { enter, clock, events, gate } = entrance({});
  const one = entered(await enter("a"));
  const other = entered(await enter("b"));
  one.release(limited(30_000));
  other.release(limited(20_000));
  assert.equal(events.filter(({ event }) => event === "system.stopped").length, 1);
  assert.notEqual(gate.state().stoppedUntil, null);
  const away = sentAway(await enter("c"));
  assert.ok(away.untilMs >= clock.now() + 30_000);
  await clock.pass(29_500);
  const soon = enter("d");
  await clock.pass(499);
  assert.equal(gate.state().inFlight, 0);
  await clock.pass(2);
  entered(await soon);
});

test("a 429 without a time to wait stops nobody else, as long as others go well", async () => {
  const { enter, clock } = entrance({});
  for (let index = 0; index < 20; index++) {
    entered(await enter(`a-${index}`)).release(limited(undefined));
    entered(await enter(`b-${index}`)).release(done);
    await clock.pass(400);
  }
});

test("a system that only throttles, and never says for how long, is called less and less", async () => {
  const { enter, clock, events } = entrance({});
  const calls: number[] = [];
  for (let index = 0; clock.monotonic() < 300_000; index++) {
    const given = await enter(`r-${index}`, { waitMsMax: 0 });
    if (given instanceof Deferred) {
      await clock.pass(Math.max(1, given.untilMs - clock.now()));
      continue;
    }
    calls.push(clock.monotonic());
    await clock.pass(50);
    given.release(limited(undefined));
  }
  const after = (ms: number): number => calls.filter((at) => at > ms).length;
  assert.ok(after(2_000) <= 12, `${after(2_000)} calls in vain after the first two seconds`);
  assert.ok(after(2_000) >= 5, "it is tried again");
  assert.ok(events.some(({ event }) => event === "system.stopped"));
  entered(await enter("last", { waitMsMax: 120_000 })).release(done);
  entered(await enter("one")).release(limited(undefined));
  entered(await enter("other")).release(done);
});

test("whatever comes, when and for how long: no window is exceeded, no permit is lost, and everybody gets in at last", async () => {
  const plan = fc.array(
    fc.record({ gapMs: fc.nat(30), takesMs: fc.nat(80), waitMsMax: fc.nat(200), sent: fc.double({ min: 0, max: 1 }) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  );
  const limits = fc.record({
    count: fc.integer({ min: 1, max: 5 }),
    perMs: fc.integer({ min: 5, max: 200 }),
    atOnce: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(limits, plan, fc.integer(), async ({ count, perMs, atOnce }, arrivals, seed) => {
      const random = seededRandom(seed);
      const { enter, clock, gate } = entrance({
        limits: [
          { kind: "rate", count, perMs },
          { kind: "concurrent", count: atOnce },
        ],
      });
      const seen: number[] = [];
      let under = 0;
      const live = async (record: string, takesMs: number, waitMsMax: number, isSent: boolean): Promise<void> => {
        for (let tries = 0; ; tries++) {
          assert.ok(tries < 200, "it never gets in");
          const given = await enter(record, { waitMsMax });
          if (given instanceof Deferred) {
            await new Promise<void>((later) => clock.after(given.untilMs - clock.now(), later));
            continue;
          }
          under += 1;
          assert.ok(under <= atOnce, "too many at once");
          const startedMs = clock.monotonic();
          await new Promise<void>((later) => clock.after(takesMs, later));
          under -= 1;
          if (!isSent) return given.unsent();
          seen.push(startedMs + Math.round(random.next()) * (clock.monotonic() - startedMs));
          return given.release(done);
        }
      };
      const lives: Promise<void>[] = [];
      for (const [index, { gapMs, takesMs, waitMsMax, sent }] of arrivals.entries()) {
        await clock.pass(gapMs);
        lives.push(live(`r-${index}`, takesMs, waitMsMax, sent < 0.8));
      }
      let over = false;
      const all = Promise.all(lives).then(() => {
        over = true;
      });
      for (let round = 0; round < 400 && !over; round++) await clock.pass(100);
      assert.ok(over, "somebody never got in");
      await all;
      assert.equal(gate.state().inFlight, 0);
      seen.sort((a, b) => a - b);
      for (let index = 0; index + count < seen.length; index++) {
        assert.ok((seen[index + count] as number) - (seen[index] as number) > perMs, "a window was exceeded");
      }
    }),
    { numRuns: 25 },
  );
});

test("closing sends away everybody who waits", async () => {
  const { enter, gate } = entrance({ limits: [{ kind: "concurrent", count: 1 }] });
  entered(await enter("a"));
  const waiting = enter("b");
  await Promise.resolve();
  gate.close();
  sentAway(await waiting);
});
