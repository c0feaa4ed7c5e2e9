import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../src/model/outcome.ts";
import { Deferred, type Permit } from "../../src/systems/port.ts";
import { done, down, type Entrance, entered, entrance, limited, sentAway } from "./entrance.ts";

const breaker = { share: 0.5, volume: 5, openMs: 5_000 };

async function breakIt({ enter }: Entrance): Promise<void> {
  for (let index = 0; index < breaker.volume; index++) entered(await enter(`fails-${index}`)).release(down);
}

test("a system that is down is left alone: records are sent away without an attempt, and one at a time finds out", async () => {
  const there = entrance({ breaker });
  const { enter, clock, gate, events } = there;
  await breakIt(there);
  assert.equal(gate.state().breaker, "open");
  assert.deepEqual(
    events.map(({ event }) => event),
    ["system.opened"],
  );
  const away = sentAway(await enter("a"));
  assert.ok(away.untilMs >= clock.now() + 5_000);
  await clock.pass(5_000);

  const [a, b] = [enter("a"), enter("b")];
  await clock.pass(50);
  const permits = [await a, await b].filter((given) => !(given instanceof Deferred));
  assert.equal(permits.length, 1, "one probe");
  const probe = entered(permits[0] as Permit);
  assert.equal(probe.probe, true);
  assert.equal(gate.state().breaker, "probing");
  sentAway(await enter("c"));
  probe.release(done);
  assert.equal(gate.state().breaker, "closed");
  assert.deepEqual(
    events.map(({ event }) => event),
    ["system.opened", "system.probing", "system.closed"],
  );
  const d = entered(await enter("d"));
  assert.equal(d.probe, false);
});

test("a failed probe opens it for twice as long, with another record next, and the most urgent first", async () => {
  const there = entrance({ breaker });
  const { enter, clock, gate } = there;
  await breakIt(there);
  await clock.pass(5_000);
  const first = enter("a");
  await clock.pass(50);
  entered(await first).release(down);
  assert.equal(gate.state().breaker, "open");
  await clock.pass(9_900);
  sentAway(await enter("b"));
  await clock.pass(100);
  const [again, late, urgent] = [
    enter("a", { lapsesAtMs: 1 }),
    enter("b"),
    enter("c", { lapsesAtMs: clock.now() + 9_000 }),
  ];
  await clock.pass(50);
  sentAway(await again);
  sentAway(await late);
  entered(await urgent);
});

test("a run that is stopped while a probe is chosen does not become it", async () => {
  const there = entrance({ breaker });
  await breakIt(there);
  await there.clock.pass(5_000);
  const stop = new AbortController();
  const stopped = there.enter("a", { signal: stop.signal });
  const other = there.enter("b");
  stop.abort(new Error("revoked"));
  const rejected = assert.rejects(stopped, /revoked/);
  await there.clock.pass(50);
  await rejected;
  assert.equal(entered(await other).probe, true);
});

test("those who waited for a permit when it opened are sent away", async () => {
  const there = entrance({ breaker, limits: [{ kind: "concurrent", count: 5 }] });
  const permits = await Promise.all(
    Array.from({ length: 5 }, async (_, index) => entered(await there.enter(`r-${index}`))),
  );
  const waiting = there.enter("late");
  for (const permit of permits) permit.release({ ...down, name: "in-doubt", sent: "maybe", why: "reset" } as Outcome);
  const given = await waiting;
  // The first release let it in; had it still waited when the breaker opened, it would have been sent away.
  if (given instanceof Deferred) assert.match(given.message, /breaker/);
  assert.equal(there.gate.state().breaker, "open");
});

test("after a recovery few are let in at first, then more", async () => {
  const there = entrance({ breaker });
  const { enter, clock } = there;
  await breakIt(there);
  await clock.pass(5_000);
  const probe = enter("p");
  await clock.pass(50);
  entered(await probe).release(done);
  const waves: number[] = [];
  for (let wave = 0; wave < 4; wave++) {
    const asked = Array.from({ length: 64 }, (_, index) => enter(`w-${wave}-${index}`, { waitMsMax: 1 }));
    await clock.pass(5);
    const inside = (await Promise.all(asked)).filter((given) => !(given instanceof Deferred));
    waves.push(inside.length);
    for (const permit of inside) entered(permit as Permit).release(done);
    await clock.pass(700_000);
  }
  assert.equal(waves[0], 2);
  assert.ok(
    waves.every((count, index) => index === 0 || count > (waves[index - 1] ?? 0)),
    waves.join(", "),
  );
});

test("refused credentials open it at once, and are shown", async () => {
  const there = entrance({ breaker, auth: { kind: "bearer", token: { kind: "secret", name: "T", optional: false } } });
  entered(await there.enter("a")).release({ name: "unauthorized", sent: "maybe", durationMs: 1, why: "401" });
  assert.equal(there.gate.state().breaker, "open");
  assert.equal(there.gate.state().auth, "unauthorized");
  sentAway(await there.enter("b"));
});

test("a failed probe costs its record nothing, unless others have succeeded since", async () => {
  const there = entrance({ breaker, timeoutMs: 1 });
  const { enter, clock } = there;
  await breakIt(there);
  await clock.pass(5_000);
  const first = enter("a");
  await clock.pass(50);
  const lost = entered(await first);
  await clock.pass(31_000);
  const second = enter("b");
  await clock.pass(50);
  const late = entered(await second);
  late.release(down);
  assert.equal(late.free, true);
  lost.release(down);
  assert.equal(lost.free, true, "it is down still");

  await clock.pass(20_000);
  const third = enter("c");
  await clock.pass(50);
  const slow = entered(await third);
  await clock.pass(31_000);
  const fourth = enter("d");
  await clock.pass(50);
  entered(await fourth).release(done);
  slow.release(down);
  assert.equal(slow.free, false);
});

test("a person who asks is let in while the breaker is open, finds out that it is back, and is told so", async () => {
  const there = entrance({ breaker });
  await breakIt(there);
  const asking = there.enter("a person", { asked: "politely" });
  await there.clock.pass(50);
  const probe = entered(await asking);
  assert.equal(probe.probe, true);
  probe.release(done);
  assert.equal(there.gate.state().breaker, "closed");
});

test("a stop holds for a person too, unless told anyway; an answer then ends it", async () => {
  const { enter, gate, events } = entrance({ breaker });
  entered(await enter("a")).release(limited(60_000));
  sentAway(await enter("a person", { asked: "politely" }));
  const anyway = entered(await enter("a person", { asked: "anyway" }));
  anyway.release(done);
  assert.equal(gate.state().stoppedUntil, null);
  assert.deepEqual(
    events.map(({ event }) => event),
    ["system.stopped", "system.freed"],
  );
  entered(await enter("b"));
});

test("asked anyway, a system that still asks to be left alone is", async () => {
  const { enter, gate } = entrance({ breaker });
  entered(await enter("a")).release(limited(60_000));
  entered(await enter("a person", { asked: "anyway" })).release(limited(90_000));
  assert.notEqual(gate.state().stoppedUntil, null);
  sentAway(await enter("b"));
});

test("the declared limits hold for a person, whatever is asked", async () => {
  const { enter } = entrance({ limits: [{ kind: "rate", count: 1, perMs: 60_000 }] });
  entered(await enter("a")).release(done);
  sentAway(await enter("a person", { asked: "anyway" }));
});

test("calls that are refused for their number leave fewer at once for a while, and that is told and shown", async () => {
  const { enter, gate, clock, events } = entrance({ limits: [{ kind: "concurrent", count: 8 }] });
  const permits = await Promise.all(Array.from({ length: 8 }, async (_, index) => entered(await enter(`r-${index}`))));
  await clock.pass(10);
  for (const permit of permits) permit.release(limited(undefined));
  assert.equal(gate.state().atOnce?.most, 4);
  assert.deepEqual(
    events.map(({ event }) => event),
    ["system.lowered"],
  );
  const waiting = Array.from({ length: 8 }, (_, index) => enter(`s-${index}`, { waitMsMax: 5 }));
  await clock.pass(50);
  const inside = (await Promise.all(waiting)).filter((given) => !(given instanceof Deferred));
  assert.equal(inside.length, 4);
});

test("a write that is in doubt after a 502 with Retry-After leaves the system alone all the same", async () => {
  const { enter, gate } = entrance({});
  const answer = { status: 502, headers: { "retry-after": "60" }, text: "" };
  entered(await enter("a")).release({ name: "in-doubt", sent: "maybe", durationMs: 1, why: "502", answer });
  assert.notEqual(gate.state().stoppedUntil, null);
  sentAway(await enter("b"));
});

test("the end of a stop is told when it ends, whether anybody asks or not", async () => {
  const { enter, clock, events } = entrance({});
  entered(await enter("a")).release(limited(1_000));
  await clock.pass(1_001);
  assert.deepEqual(
    events.map(({ event }) => event),
    ["system.stopped", "system.freed"],
  );
});

const concurrentTwo = { limits: [{ kind: "concurrent", count: 2 }] } as const;

test("a permit is called back when its system asks to be left alone before its request has left, and is given back", async () => {
  const { enter, gate, clock } = entrance(concurrentTwo);
  const [first, second] = [entered(await enter("a")), entered(await enter("b"))];
  second.check();
  first.release(limited(60_000));
  assert.throws(() => second.check(), Deferred);
  assert.ok((second.recalled?.untilMs ?? 0) >= clock.now() + 60_000);
  second.unsent();
  assert.equal(gate.state().inFlight, 0);
  await clock.pass(61_000);
  entered(await enter("b")).check();
});

test("a permit is called back when a person pauses its system, or its breaker opens; a probe and a person's own are not", async () => {
  const paused = entrance({ breaker });
  const one = entered(await paused.enter("a"));
  paused.gate.pause(true);
  assert.throws(() => one.check(), /paused/);
  entered(await paused.enter("a person", { asked: "anyway" })).check();

  const there = entrance({ breaker });
  const early = entered(await there.enter("early"));
  await breakIt(there);
  assert.throws(() => early.check(), /breaker is open/);
  await there.clock.pass(5_000);
  const probe = there.enter("p");
  await there.clock.pass(50);
  entered(await probe).check();
});
