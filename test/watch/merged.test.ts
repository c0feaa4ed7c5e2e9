import assert from "node:assert/strict";
import { test } from "node:test";
import type { PollStatus } from "../../src/sources/poll.ts";
import { nothingSeen, type Sightings, type SystemSeen } from "../../src/watch/rules/observation.ts";
import { merged } from "../../src/watch/sightings/merged.ts";
import { worthTelling } from "../../src/watch/sightings/worth-telling.ts";

const books = (given: Partial<SystemSeen> = {}): SystemSeen => ({
  name: "books",
  breaker: "closed",
  openUntil: null,
  inFlight: 0,
  limits: [],
  stoppedUntil: null,
  stoppedBecause: null,
  atOnce: null,
  told: [],
  latency: null,
  auth: "ok",
  expiresAt: null,
  openSinceMs: undefined,
  lastOpenMs: undefined,
  lastUnauthorizedMs: undefined,
  renews: true,
  paused: false,
  ...given,
});

const contacts = (given: Partial<PollStatus> = {}): PollStatus => ({
  source: "contacts",
  integrations: ["crm"],
  schedule: "every 5m",
  running: false,
  lastRunAtMs: undefined,
  nextRunAtMs: 9_000,
  lastError: undefined,
  failures: 0,
  cursor: undefined,
  ...given,
});

const of = (given: Partial<Sightings>): Sightings => ({ ...nothingSeen, ...given });

test("a system is as bad as the worst worker sees it, since the first that saw it, and only while that worker is there", () => {
  const own = of({ systems: [books({ lastOpenMs: 90 })] });
  const open = of({ systems: [books({ breaker: "open", openSinceMs: 70, lastOpenMs: 80 })] });
  const shut = of({ systems: [books({ auth: "unauthorized", authWhy: "401", openSinceMs: 75 })] });
  const all = merged(
    own,
    [open, shut].map((seen) => ({ seen, isThere: true })),
  ).systems;
  assert.deepEqual(
    all.map(({ auth, authWhy, openSinceMs, lastOpenMs }) => [auth, authWhy, openSinceMs, lastOpenMs]),
    [["unauthorized", "401", 70, 90]],
  );
  assert.deepEqual(merged(own, [{ seen: open, isThere: false }]).systems, own.systems);
});

test("what happened stays when the worker that saw it is gone, and is counted with what others saw", () => {
  const absurd = (atMs: number, count: number) =>
    of({ recent: { ...nothingSeen.recent, absurd: [{ system: "books", what: "ten years", atMs, count }] } });
  const { recent } = merged(absurd(5, 2), [{ seen: absurd(9, 3), isThere: false }]);
  assert.deepEqual(recent.absurd, [{ system: "books", what: "ten years", atMs: 9, count: 5 }]);
});

test("a poll that failed at one worker and goes on failing at the next has failed as often as both saw, until it is read", () => {
  const before = of({ polls: [contacts({ failures: 4, lastError: "404", lastRunAtMs: 1_000 })] });
  const seenBy = (own: Partial<PollStatus>) =>
    merged(of({ polls: [contacts(own)] }), [{ seen: before, isThere: false }]).polls[0];
  assert.equal(seenBy({})?.failures, 4, "not tried yet");
  assert.equal(seenBy({})?.lastError, "404");
  assert.equal(seenBy({ failures: 2, lastError: "503", lastRunAtMs: 3_000 })?.failures, 6);
  assert.equal(seenBy({ lastRunAtMs: 3_000, cursor: "1" })?.failures, 0, "it was read since");
  assert.equal(seenBy({ failures: 1, lastRunAtMs: 4_000, cursor: "1" })?.failures, 1, "it was read since");
  const elsewhere = of({ polls: [contacts({ source: "orders", failures: 9, lastRunAtMs: 1 })] });
  assert.deepEqual(
    merged(nothingSeen, [{ seen: elsewhere, isThere: true }]).polls,
    [],
    "who does not read it says nothing of it",
  );
});

test("where nothing is wrong there is nothing to tell, and what is wrong is told in the same words until it changes", () => {
  const clock = (byMs: number) => ({
    setBackMs: 0,
    setBackAtMs: undefined,
    ledgerAheadMs: undefined,
    ahead: [{ system: "books", byMs }],
  });
  const well = of({ systems: [books()], polls: [contacts({ lastRunAtMs: 5 })], clocks: [clock(400)] });
  assert.deepEqual(worthTelling(well), nothingSeen);
  const off = (byMs: number, nextRunAtMs: number) =>
    worthTelling(of({ polls: [contacts({ failures: 1, nextRunAtMs })], clocks: [clock(byMs)] }));
  assert.deepEqual(off(30_120, 1), off(29_900, 2));
});
