import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { integration } from "../../src/define/integration.ts";
import { poll } from "../../src/define/poll.ts";
import type { Json, PollOptions } from "../../src/define/source.ts";
import { system } from "../../src/define/system.ts";
import type { WaybillEvent } from "../../src/model/events.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { type Polls, startPolls } from "../../src/sources/poll.ts";
import type { PollTools } from "../../src/sources/poll-run.ts";
import { Deferred, type Systems } from "../../src/systems/port.ts";
import { type VirtualClock, virtualClock } from "../world/virtual-clock.ts";

type Fetch = PollOptions<Json>["fetch"];
type Given = Parameters<Fetch>[0];

interface Bench {
  readonly clock: VirtualClock;
  readonly polls: Polls;
  readonly events: WaybillEvent[];
  /** Every committed page: ids and cursor. */
  readonly pages: { readonly records: unknown[]; readonly cursor: string | undefined }[];
  readonly cursors: Map<string, string>;
  failing: Error | undefined;
}

const people = system("people", { baseUrl: "http://127.0.0.1:1" });

function bench(
  fetch: Fetch,
  options: Partial<Pick<PollOptions<Json>, "every" | "cron" | "zone" | "timeout">> = { every: "1m" },
  more: { systems?: Partial<Systems>; cursors?: Map<string, string>; clock?: VirtualClock } = {},
): Bench {
  const clock = more.clock ?? virtualClock(Date.parse("2026-03-28T12:00:00Z"));
  const events: WaybillEvent[] = [];
  const pages: Bench["pages"] = [];
  const cursors = more.cursors ?? new Map<string, string>();
  const known = new Set<string>();
  const tools: PollTools = {
    ledger: {
      isSteward: () => true,
      cursor: async (source) => cursors.get(source),
      setCursor: async ({ source, to }) => {
        cursors.set(source, to);
        return true;
      },
    },
    intake: {
      async take(feed, items, { cursor }) {
        if (made.failing !== undefined) throw made.failing;
        if (cursor !== undefined) {
          if (cursors.get(feed.name) !== cursor.from) return { kind: "cursor-moved", cursor: cursors.get(feed.name) };
          cursors.set(feed.name, cursor.to);
        }
        pages.push({ records: items.map(({ value, flaw }) => flaw?.message ?? value), cursor: cursor?.to });
        return {
          kind: "taken",
          items: items.map(({ raw }) => {
            const duplicate = known.has(String(raw));
            known.add(String(raw));
            return [{ duplicate }];
          }),
        };
      },
    },
    systems: more.systems as Systems,
    world: { clock, random: { next: () => 0.5, uuid: () => "" } },
    emit: (event) => events.push(event),
  };
  const definition = integration("contacts", {
    source: poll<Json>({ ...options, fetch }),
    contract: z.any(),
    identify: () => ({ id: "A" }),
    async deliver() {},
  }).definition;
  const polls = startPolls({ ...tools, integrations: new Map([["contacts", { definition }]]) });
  const made: Bench = { clock, polls, events, pages, cursors, failing: undefined };
  return made;
}

const told = (events: readonly WaybillEvent[]): string[] =>
  events.map((event) => (event.event === "source.failed" ? event.why : event.event));

test("pages are asked for at once while there is more, then on schedule, each with the cursor that the last one left", async () => {
  const seen: unknown[] = [];
  const { clock, polls, pages } = bench(async ({ cursor }) => {
    seen.push(cursor);
    const at = typeof cursor === "number" ? cursor : 0;
    return { records: [{ id: at }], cursor: at + 1, more: at % 3 !== 2 };
  });
  await clock.pass(0);
  assert.deepEqual(seen, [undefined, 1, 2]);
  await clock.pass(59_999);
  assert.equal(seen.length, 3);
  await clock.pass(1);
  assert.deepEqual(seen, [undefined, 1, 2, 3, 4, 5]);
  assert.deepEqual(
    pages.map(({ cursor }) => cursor),
    ["1", "2", "3", "4", "5", "6"],
  );
  await polls.stop();
  await clock.pass(600_000);
  assert.equal(seen.length, 6, "a stopped poll asks no more");
  assert.equal(clock.timers(), 0);
});

test("one run at a time, and what was missed meanwhile is one run", async () => {
  let running = 0;
  let most = 0;
  const began: number[] = [];
  const { clock, polls } = bench(async () => {
    running++;
    most = Math.max(most, running);
    began.push(clock.now());
    await new Promise<void>((resolve) => clock.after(250_000, resolve));
    running--;
    return { records: [], cursor: "x" };
  });
  await clock.pass(1_000_000);
  assert.equal(most, 1);
  assert.deepEqual(
    began.map((at) => at - (began[0] ?? 0)),
    [0, 250_000, 500_000, 750_000, 1_000_000],
  );
  const stopping = polls.stop(1_000);
  await clock.pass(1_000);
  await stopping;
});

test("a fetch that fails in any way leaves the cursor where it was, says so, and comes again with growing pauses", async () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const ways: [how: () => unknown, says: RegExp][] = [
    [
      () => {
        throw new Error("the API is away");
      },
      /the API is away/,
    ],
    [() => Promise.reject("plain text"), /plain text/],
    [() => Promise.reject(undefined), /non-error/],
    [() => undefined, /fetch returned undefined/],
    [() => [], /no list of records/],
    [() => ({ records: "abc", cursor: 1 }), /no list of records/],
    [() => ({ records: [] }), /no cursor/],
    [() => ({ records: [], cursor: circle }), /cursor cannot be stored/],
    [() => ({ records: [], cursor: "x".repeat(200_000) }), /200002 characters/],
    [() => ({ records: [], cursor: 1, more: "yes" }), /more as string/],
  ];
  for (const [how, says] of ways) {
    const { clock, polls, events, cursors, pages } = bench(async () => (await how()) as never, { every: "1d" });
    await clock.pass(0);
    const [, failed] = events;
    assert.ok(failed?.event === "source.failed" && says.test(failed.why), `${says}: ${JSON.stringify(events)}`);
    const [status] = polls.status();
    assert.deepEqual([status?.failures, status?.running, says.test(status?.lastError ?? "")], [1, false, true]);
    assert.equal(status?.nextRunAtMs, clock.now() + 750);
    await clock.pass(10_000);
    assert.deepEqual([pages, [...cursors]], [[], []]);
    assert.deepEqual(
      events
        .filter((event) => event.event === "source.failed")
        .map((event) => event.nextAtMs - clock.now() + 10_000)
        .slice(0, 3),
      [750, 2_250, 5_250],
    );
    await polls.stop();
    assert.equal(clock.timers(), 0);
  }
});

test("after failures a run that succeeds clears the slate, and pauses never exceed the schedule", async () => {
  let calls = 0;
  const { clock, polls, events } = bench(
    async () => {
      if (++calls < 4) throw new Error("away");
      return { records: [], cursor: "x" };
    },
    { every: "2s" },
  );
  await clock.pass(6_000);
  assert.equal(polls.status()[0]?.failures, 0);
  assert.equal(polls.status()[0]?.lastError, undefined);
  assert.equal(polls.status()[0]?.cursor, '"x"');
  assert.ok(calls >= 4);
  assert.equal(events.filter(({ event }) => event === "source.failed").length, 3);
  await polls.stop();
});

test("a fetch that hangs is ended at its timeout, and its calls are refused from then on", async () => {
  let given: Given | undefined;
  const { clock, polls, events } = bench(
    (tools) => {
      given ??= tools;
      return new Promise<never>(() => undefined);
    },
    { every: "1h", timeout: "30s" },
  );
  await clock.pass(29_999);
  assert.deepEqual(told(events), ["source.started"]);
  await clock.pass(1);
  assert.match(told(events)[1] ?? "", /did not end within 30000 ms/);
  assert.equal(given?.signal.aborted, true);
  await assert.rejects(async () => given?.call(people.get("/x")));
  const stopping = polls.stop(5_000);
  await clock.pass(5_000);
  await stopping;
  assert.equal(clock.timers(), 0);
});

test("a ledger that fails leaves the cursor, and the page comes again", async () => {
  const made = bench(async ({ cursor }) => ({ records: [{ id: 1 }], cursor: cursor === undefined ? "a" : "b" }));
  made.failing = new Error("the disk is full");
  await made.clock.pass(100);
  assert.match(told(made.events)[1] ?? "", /disk is full/);
  assert.equal(made.cursors.size, 0);
  made.failing = undefined;
  await made.clock.pass(1_000);
  assert.deepEqual(made.pages, [{ records: [{ id: 1 }], cursor: '"a"' }]);
  await made.polls.stop();
});

test("a cursor that leads nowhere ends in words, not in a loop", async () => {
  const ways: [name: string, fetch: Fetch, circles: boolean][] = [
    ["the same cursor and no records", async () => ({ records: [], cursor: "a", more: true }), true],
    ["the same page again and again", async () => ({ records: [{ id: 1 }], cursor: "a", more: true }), true],
    [
      "a circle of three",
      async ({ cursor }) => ({
        records: [{ id: 1 }],
        cursor: { a: "b", b: "c", c: "a" }[String(cursor)] ?? "a",
        more: true,
      }),
      true,
    ],
  ];
  for (const [name, fetch] of ways) {
    let calls = 0;
    const { clock, polls, events } = bench(
      (tools) => {
        if (++calls > 20) throw new Error("it goes on for ever");
        return fetch(tools);
      },
      { every: "1h" },
    );
    await clock.pass(0);
    assert.ok(
      events.some((event) => event.event === "source.failed" && /brings nothing new/.test(event.why)),
      name,
    );
    assert.ok(calls < 8, `${name}: ${calls} calls`);
    await polls.stop();
  }
  // A queue that is read away under one cursor is no circle.
  let left = 50;
  const { clock, polls, events, pages } = bench(
    async () => ({ records: [{ id: left }], cursor: "queue", more: --left > 0 }),
    { every: "1h" },
  );
  await clock.pass(0);
  assert.equal(pages.length, 50);
  assert.ok(!events.some(({ event }) => event === "source.failed"));
  await polls.stop();
});

test("a record that cannot be kept goes its own way, and holds up none of its page", async () => {
  const { clock, polls, pages } = bench(async () => ({
    records: [{ id: 1, at: new Date(5) }, { id: 2, when: new Map() }, undefined, { id: 3 }] as unknown[],
    cursor: "a",
  }));
  await clock.pass(0);
  const [page] = pages;
  assert.deepEqual(page?.records[0], { id: 1, at: new Date(5) });
  assert.match(String(page?.records[1]), /when is a Map/);
  assert.deepEqual(page?.records[3], { id: 3 });
  await polls.stop();
});

test("a cursor that somebody set meanwhile counts", async () => {
  const seen: unknown[] = [];
  const cursors = new Map<string, string>();
  const { clock, polls, pages } = bench(
    async ({ cursor }) => {
      seen.push(cursor);
      if (seen.length === 1) cursors.set("poll:contacts", '"set by hand"');
      return { records: [], cursor: "next" };
    },
    { every: "1h" },
    { cursors },
  );
  await clock.pass(0);
  assert.deepEqual(seen, [undefined, "set by hand"]);
  assert.deepEqual(
    pages.map(({ cursor }) => cursor),
    ['"next"'],
  );
  await polls.stop();
});

test("a cursor keeps all its digits", async () => {
  const cursors = new Map([["poll:contacts", '{"after":9007199254740993}']]);
  let seen: unknown;
  const { clock, polls } = bench(
    async ({ cursor }) => {
      seen ??= cursor;
      return { records: [], cursor: cursor as Json };
    },
    { every: "1h" },
    { cursors },
  );
  await clock.pass(0);
  assert.deepEqual(seen, { after: 9007199254740993n });
  assert.equal(cursors.get("poll:contacts"), '{"after":9007199254740993}');
  await polls.stop();
});

test("a cron poll makes up for missed times by one run, and not for those it made", async () => {
  const cursors = new Map<string, string>();
  const day = { cron: "0 6 * * *", zone: "UTC" } as const;
  const runs: number[] = [];
  const once = (at: string): Bench => {
    const clock = virtualClock(Date.parse(at));
    return bench(
      async () => {
        runs.push(clock.now());
        return { records: [], cursor: "x" };
      },
      day,
      { cursors, clock },
    );
  };
  const first = once("2026-03-28T12:00:00Z");
  await first.clock.pass(17 * 3_600_000);
  assert.deepEqual(runs, [], "it never ran, so it missed nothing");
  await first.clock.pass(3_600_000);
  assert.deepEqual(
    runs.map((at) => new Date(at).toISOString()),
    ["2026-03-29T06:00:00.000Z"],
  );
  await first.polls.stop();

  const restarted = once("2026-03-29T12:00:00Z");
  await restarted.clock.pass(0);
  assert.equal(runs.length, 1, "today's run was made");
  await restarted.polls.stop();

  const late = once("2026-04-05T12:00:00Z");
  await late.clock.pass(60_000);
  assert.equal(runs.length, 2, "a week was missed: one run");
  await late.clock.pass(18 * 3_600_000);
  assert.equal(runs.length, 3);
  await late.polls.stop();
});

test("stop waits for a running page and for its commit", async () => {
  const { clock, polls, pages } = bench(async () => {
    await new Promise<void>((resolve) => clock.after(3_000, resolve));
    return { records: [{ id: 1 }], cursor: "a", more: true };
  });
  await clock.pass(1_000);
  let stopped = false;
  const stopping = polls.stop(5_000).then(() => {
    stopped = true;
  });
  await clock.pass(1_000);
  assert.equal(stopped, false);
  await clock.pass(1_000);
  await stopping;
  assert.deepEqual(
    pages.map(({ cursor }) => cursor),
    ['"a"'],
    "the page under way, and no further one",
  );
  assert.equal(clock.timers(), 0);
});

// ------------------------------------------------------------------------------------------------------------------ call

const done = (value: unknown): Outcome => ({ name: "done", value, sent: "maybe", durationMs: 1 });
const failed = (name: "failed-retryable" | "failed-permanent" | "unauthorized", why: string): Outcome => ({
  name,
  why,
  sent: "maybe",
  durationMs: 1,
});

function answering(
  outcomes: readonly Outcome[],
  enter?: Systems["enter"],
): { systems: Partial<Systems>; sent: () => number; released: () => number } {
  let sent = 0;
  let released = 0;
  return {
    systems: {
      prepare: (change) => ({ system: change.system.name }) as never,
      enter:
        enter ??
        (async () => ({
          probe: false,
          free: false,
          recalled: undefined,
          check: () => undefined,
          release: () => void released++,
          unsent: () => undefined,
        })),
      send: async () => outcomes[Math.min(sent++, outcomes.length - 1)] as Outcome,
    },
    sent: () => sent,
    released: () => released,
  };
}

const asking: Fetch = async ({ call }) => ({ records: [await call(people.get("/contacts"))], cursor: "a" });

test("a call that fails for now is tried again, politely, and one that fails for good is not", async () => {
  const limited: Outcome = { name: "limited", why: "429", afterMs: 20_000, sent: "maybe", durationMs: 1 };
  const recovers = answering([failed("failed-retryable", "502"), limited, done({ id: 1 })]);
  const one = bench(asking, { every: "1h", timeout: "10s" }, { systems: recovers.systems });
  await one.clock.pass(20_000);
  assert.equal(recovers.sent(), 2, "the system said when to come again");
  await one.clock.pass(1_000);
  assert.deepEqual(one.pages[0]?.records, [{ id: 1 }]);
  assert.equal(recovers.released(), 3, "every permit is given back");
  await one.polls.stop();

  const ways: [outcomes: Outcome[], tries: number, says: RegExp][] = [
    [[failed("failed-retryable", "500")], 4, /GET \/contacts of people: 500/],
    [[failed("failed-permanent", "404")], 1, /404/],
    [[failed("unauthorized", "401")], 1, /401/],
    [[{ ...done(1), unexpected: "items: expected list" } as Outcome], 1, /not expected: items/],
  ];
  for (const [outcomes, tries, says] of ways) {
    const system_ = answering(outcomes);
    const { clock, polls, events } = bench(asking, { every: "1h" }, { systems: system_.systems });
    for (let at = 0; at < 100 && !events.some(({ event }) => event === "source.failed"); at++) await clock.pass(100);
    assert.ok(
      events.some((event) => event.event === "source.failed" && says.test(event.why)),
      String(says),
    );
    assert.equal(system_.sent(), tries, String(says));
    await polls.stop();
  }
});

test("waits for a limit or a breaker do not use up the timeout", async () => {
  let entered = 0;
  const { systems } = answering([done({ id: 1 })], async () => {
    if (++entered < 3) throw new Deferred("people", made.clock.now() + 600_000, "a limit");
    return {
      probe: false,
      free: false,
      recalled: undefined,
      check: () => undefined,
      release: () => undefined,
      unsent: () => undefined,
    };
  });
  const made = bench(asking, { every: "10h", timeout: "1s" }, { systems });
  await made.clock.pass(1_199_000);
  assert.deepEqual([...new Set(told(made.events))], ["source.started", "permit.deferred"], "nothing failed");
  await made.clock.pass(2_000);
  assert.deepEqual(made.pages[0]?.records, [{ id: 1 }]);
  await made.polls.stop();
});

test("call takes only what changes nothing", async () => {
  const { clock, polls, events } = bench(
    async ({ call }) => ({ records: [await call(people.put("/x", { json: 1 }) as never)], cursor: "a" }),
    { every: "1h" },
  );
  await clock.pass(0);
  assert.match(told(events)[1] ?? "", /takes a request that changes nothing/);
  await polls.stop();
});
