import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import type { Definition } from "../../src/define/definition.ts";
import { integration } from "../../src/define/integration.ts";
import { push } from "../../src/define/push.ts";
import { createIntake, type Intake, type TakeResult } from "../../src/flow/intake.ts";
import type { Claimed, IntakeBatch, Ledger } from "../../src/ledger/ledger.ts";
import { openSqlite } from "../../src/ledger/sqlite/open.ts";
import { WaybillError } from "../../src/model/errors.ts";
import type { WaybillEvent } from "../../src/model/events.ts";
import type { Feed } from "../../src/sources/feeds.ts";
import { type Item, itemOfText } from "../../src/sources/item.ts";
import { systemClock } from "../../src/world/clock.ts";
import type { Point } from "../../src/world/points.ts";

const contract = z.object({ id: z.string(), total: z.number() });

function definition(name: string, says: Record<string, unknown> = {}): Definition {
  return integration(name, {
    source: push(),
    contract,
    identify: (order: { id: string }) => ({ id: order.id }),
    async deliver() {},
    ...says,
  } as never).definition;
}

interface Bench {
  readonly ledger: Ledger;
  readonly intake: Intake;
  readonly events: WaybillEvent[];
  readonly claimed: Claimed[];
  readonly points: Point[];
  readonly calls: IntakeBatch[];
  take(...texts: string[]): Promise<string[]>;
  books(): Promise<Record<string, Record<string, number>>>;
}

/** Intake over a ledger in memory, for one source that feeds all these integrations. */
async function bench(
  t: TestContext,
  definitions: readonly Definition[],
  options: {
    readonly ledger?: Ledger;
    readonly release?: string;
    readonly room?: number;
    readonly wrap?: (ledger: Ledger) => Partial<Ledger>;
  } = {},
): Promise<Bench> {
  const ledger = options.ledger ?? (await openSqlite({ address: "sqlite::memory:", role: "owner", mustExist: false }));
  if (options.ledger === undefined) t.after(() => ledger.close());
  const [events, claimed, points, calls]: [WaybillEvent[], Claimed[], Point[], IntakeBatch[]] = [[], [], [], []];
  const wrapped = { ...options.wrap?.(ledger) };
  const intake = createIntake({
    redact: (text) => text,
    ledger: {
      ...ledger,
      probe: wrapped.probe ?? (() => ledger.probe()),
      intake: (batch) => {
        calls.push(batch);
        return (wrapped.intake ?? ledger.intake)(batch);
      },
    },
    integrations: new Map(definitions.map((one) => [one.name, { definition: one, release: options.release ?? "r1" }])),
    world: { clock: systemClock, passing: (point) => points.push(point as Point) },
    onTaken: (taken) => claimed.push(...taken),
    onWaiting: () => undefined,
    claimRoom: () => options.room ?? 0,
    emit: (event) => events.push(event),
  });
  const feed: Feed = { name: "webhook:/orders", source: { kind: "push" }, integrations: definitions };
  return {
    ledger,
    intake,
    events,
    claimed,
    points,
    calls,
    take: async (...texts) => told(await intake.take(feed, texts.map(item))),
    books: async () =>
      Object.fromEntries((await ledger.balance(undefined)).map((book) => [book.integration, { ...book } as never])),
  };
}

function item(text: string, index = 0): Item {
  return itemOfText(text, {}, { raw: text, index });
}

function told(result: TakeResult): string[] {
  assert.equal(result.kind, "taken");
  return result.kind === "taken"
    ? result.items.map((rows) => rows.map(({ state, duplicate }) => (duplicate ? "duplicate" : state)).join("+"))
    : [];
}

const order = (id: string, total = 1): string => JSON.stringify({ id, total });

test("what came is on disk before anybody is told, and again is a duplicate", async (t) => {
  const { take, books, points, events } = await bench(t, [definition("orders")]);
  assert.deepEqual(await take(order("A"), order("B"), '{"id":5}', order("A")), [
    "waiting",
    "waiting",
    "quarantined",
    "duplicate",
  ]);
  assert.deepEqual(await take(order("A"), '{ "total":1, "id":"B" }', '{"id":5}'), [
    "duplicate",
    "duplicate",
    "duplicate",
  ]);
  assert.deepEqual(points, [
    "before-intake-commit",
    "before-acknowledgement",
    "before-intake-commit",
    "before-acknowledgement",
  ]);
  assert.equal(events.filter(({ event }) => event === "intake.taken").length, 7);
  const { orders } = await books();
  assert.deepEqual([orders?.received, orders?.duplicate, orders?.waiting, orders?.quarantined], [7, 4, 2, 1]);
});

test("the same id with other content is a conflict, once", async (t) => {
  const { take, ledger } = await bench(t, [definition("orders")]);
  assert.deepEqual(await take(order("A", 1)), ["waiting"]);
  assert.deepEqual(await take(order("A", 2)), ["quarantined"]);
  assert.deepEqual(await take(order("A", 2), order("A", 1)), ["duplicate", "duplicate"]);
  const { rows } = await ledger.find({ states: ["quarantined"], limit: 10 });
  assert.deepEqual(
    rows.map(({ cause }) => cause),
    ["conflict"],
  );
});

test("one source feeds several integrations, each with its own contract and its own copy", async (t) => {
  const spoils = {
    contract: {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value: Record<string, unknown>) => {
          value.total = "spoilt";
          return { value };
        },
      },
    },
  };
  const definitions = [
    definition("first", spoils),
    definition("second"),
    definition("third", { contract: z.object({ id: z.number() }) }),
  ];
  const { take, books, ledger } = await bench(t, definitions);
  assert.deepEqual(await take(order("A", 7)), ["waiting+waiting+quarantined"]);
  const found = await ledger.find({ integration: "second", limit: 10 });
  const whole = await ledger.record(found.rows[0]?.record ?? "");
  assert.equal(Buffer.from(whole?.raw ?? "").toString(), order("A", 7));
  assert.equal(whole?.content ?? order("A", 7), order("A", 7));
  assert.deepEqual(
    Object.values(await books()).map(({ received }) => received),
    [1, 1, 1],
  );
});

test("a contract that gained a default makes no false conflict, and other content stays one", async (t) => {
  const before = await bench(t, [definition("orders")]);
  await before.take(order("A"), order("B"));
  const gained = definition("orders", { contract: contract.extend({ currency: z.string().default("AUD") }) });
  const after = await bench(t, [gained], { ledger: before.ledger, release: "r2" });
  assert.deepEqual(await after.take('{"total":1, "id":"A"}', order("C")), ["duplicate", "waiting"]);
  assert.equal(after.calls.length, 2, "it was asked again with what the comparison showed");
  assert.deepEqual(await after.take(order("B", 2)), ["quarantined"]);
  assert.deepEqual(await after.take('{"total":1,  "id":"A"}'), ["duplicate"]);
});

test("a batch with one item that the ledger cannot take is halved until that one stands alone", async (t) => {
  const wrap = (ledger: Ledger): Partial<Ledger> => ({
    intake: async (batch) => {
      const poisoned = batch.arrivals.some(({ rows }) => rows.some(({ identity }) => identity?.id === "poison"));
      if (poisoned) throw new WaybillError("ledger-failed", "UNIQUE constraint failed: records.key");
      return ledger.intake(batch);
    },
  });
  const { take, ledger, books, calls } = await bench(t, [definition("orders")], { wrap });
  const texts = [
    ...Array.from({ length: 20 }, (_, at) => order(`A-${at}`)),
    order("poison"),
    ...Array.from({ length: 11 }, (_, at) => order(`B-${at}`)),
  ];
  const fates = await take(...texts);
  assert.deepEqual(
    fates.map((fate, at) => (fate === "quarantined" ? at : -1)).filter((at) => at >= 0),
    [20],
  );
  assert.equal(fates.filter((fate) => fate === "waiting").length, 31);
  assert.ok(calls.length <= 2 * Math.ceil(Math.log2(texts.length)) + 3, `${calls.length} commits`);
  const { rows } = await ledger.find({ states: ["quarantined"], limit: 10 });
  assert.deepEqual([rows[0]?.cause, rows[0]?.id], ["contract-failed", undefined]);
  assert.match(rows[0]?.reason ?? "", /could not keep.*UNIQUE/);
  const whole = await ledger.record(rows[0]?.record ?? "");
  assert.equal(Buffer.from(whole?.raw ?? "").toString(), order("poison"), "what came is kept");
  assert.equal((await books()).orders?.received, 32);
});

test("a ledger that was gone for a moment is asked once more: what came is not at fault", async (t) => {
  let gone = true;
  const wrap = (ledger: Ledger): Partial<Ledger> => ({
    intake: async (batch) => {
      const isGone = gone;
      gone = false;
      if (isGone) throw new WaybillError("ledger-failed", "Connection terminated unexpectedly");
      return ledger.intake(batch);
    },
  });
  const { take, books } = await bench(t, [definition("orders")], { wrap });
  assert.deepEqual(await take(order("A")), ["waiting"]);
  assert.equal((await books()).orders?.received, 1);
});

test("a ledger that is full or failing takes nothing, and says so", async (t) => {
  for (const code of ["ledger-full", "ledger-failed", "ledger-closed"] as const) {
    const fault = new WaybillError(code, "no room");
    const wrap = (): Partial<Ledger> => ({ intake: () => Promise.reject(fault), probe: () => Promise.reject(fault) });
    const { take, events, books, calls } = await bench(t, [definition("orders")], { wrap });
    await assert.rejects(take(order("A"), order("B")), fault);
    assert.equal(calls.length, 1, "a ledger that fails is not asked again for each half");
    assert.deepEqual(
      events.map(({ event }) => event),
      ["intake.failed"],
    );
    assert.equal((await books()).orders, undefined);
  }
});

test("intake claims what this worker has room for, counting what it has asked for already", async (t) => {
  const { take, claimed, calls } = await bench(t, [definition("orders")], { room: 3 });
  await Promise.all(Array.from({ length: 5 }, (_, at) => take(order(`A-${at}`))));
  assert.deepEqual(
    calls.map(({ claimUpTo }) => claimUpTo),
    [1, 1, 1, 0, 0],
  );
  assert.equal(claimed.length, 3);
  assert.equal(claimed[0]?.content, order("A-0"));
  assert.equal(claimed[0]?.contentIsRaw, true);
});

test("deliveries of the same moment share a commit", async (t) => {
  const { take, ledger } = await bench(t, [definition("orders")]);
  const fates = await Promise.all(Array.from({ length: 300 }, (_, at) => take(order(`A-${at % 200}`))));
  assert.equal(fates.flat().filter((fate) => fate === "duplicate").length, 100);
  assert.equal(await ledger.unsettled("orders"), 200);
});

test("records and cursor move together, in parcels, the cursor with the last", async (t) => {
  const { intake, ledger, calls } = await bench(t, [definition("orders")]);
  const feed: Feed = { name: "poll:orders", source: { kind: "push" }, integrations: [definition("orders")] };
  const items = Array.from({ length: 2_500 }, (_, at) => item(order(`A-${at}`), at));
  const cursor = { source: feed.name, from: undefined, to: '"page-2"', atMs: 1 };
  assert.equal(told(await intake.take(feed, items, { cursor })).length, 2_500);
  assert.deepEqual(
    calls.map((batch) => [batch.arrivals.length, batch.cursor?.to]),
    [
      [1_000, undefined],
      [1_000, undefined],
      [500, '"page-2"'],
    ],
  );
  assert.equal(await ledger.cursor(feed.name), '"page-2"');
  // Somebody else moved it: nothing is taken.
  assert.deepEqual(await intake.take(feed, [item(order("late"))], { cursor }), {
    kind: "cursor-moved",
    cursor: '"page-2"',
  });
  assert.equal(await ledger.unsettled("orders"), 2_500);
  // A page without records still moves the cursor.
  assert.deepEqual(await intake.take(feed, [], { cursor: { ...cursor, from: '"page-2"', to: '"page-3"' } }), {
    kind: "taken",
    items: [],
  });
  assert.equal(await ledger.cursor(feed.name), '"page-3"');
});

test("large items go in parcels of 8 MB", async (t) => {
  const { take, calls } = await bench(t, [definition("orders")]);
  const texts = Array.from({ length: 5 }, (_, at) =>
    JSON.stringify({ id: `A-${at}`, total: 1, blob: "x".repeat(3_000_000) }),
  );
  assert.deepEqual(await take(...texts), ["waiting", "waiting", "waiting", "waiting", "waiting"]);
  assert.deepEqual(
    calls.map(({ arrivals }) => arrivals.length),
    [2, 2, 1],
  );
});

test("a thin notice waits to be loaded, on its entity's key", async (t) => {
  const load = { entity: (notice: unknown) => (notice as { order: string }).order, fetch: async () => ({}) };
  const { take, ledger, claimed } = await bench(t, [definition("orders", { load })], { room: 9 });
  assert.deepEqual(await take('{"order":"A-1"}'), ["delivering"]);
  assert.deepEqual([claimed[0]?.loading, claimed[0]?.key, claimed[0]?.content], [true, "A-1", '{"order":"A-1"}']);
  assert.deepEqual(await take('{"order":""}', "{}"), ["quarantined", "quarantined"]);
  const { rows } = await ledger.find({ states: ["quarantined"], limit: 10 });
  assert.deepEqual(
    rows.map(({ cause, reason }) => [cause, reason?.includes("load.entity")]),
    [
      ["identity", true],
      ["identity", true],
    ],
  );
});

test("what can be read but not safely is quarantined with the key's path", async (t) => {
  const { take, ledger } = await bench(t, [definition("orders"), definition("copies")]);
  assert.deepEqual(await take('{"id":"A","total":1,"total":2}'), ["quarantined+quarantined"]);
  const { rows } = await ledger.find({ integration: "orders", limit: 10 });
  assert.deepEqual([rows[0]?.cause, rows[0]?.issues?.[0]?.path], ["contract", "total"]);
});

test("a program's record keeps its Date and its bigint through the boundary", async (t) => {
  const typed = definition("orders", {
    contract: z.object({ id: z.bigint(), at: z.date() }),
    identify: (one: { id: bigint }) => ({ id: String(one.id) }),
  });
  const { intake, claimed } = await bench(t, [typed], { room: 1 });
  const given = { id: 5n, at: new Date(7) };
  const { record, state } = await intake.send(typed, given);
  assert.equal(state, "delivering");
  assert.equal(claimed[0]?.record, record);
  assert.equal(claimed[0]?.content, '{"id":{"$bigint":"5"},"at":{"$date":"1970-01-01T00:00:00.007Z"}}');
  assert.equal(claimed[0]?.contentIsRaw, false);
  await assert.rejects(
    intake.send(typed, new Map()),
    (error) => error instanceof WaybillError && error.code === "effect-misused",
  );
});

test("an async contract holds up its own delivery only", async (t) => {
  let answer = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const slow = definition("slow", { contract: contract.refine(async () => asked.then(() => true)) });
  const quick = await bench(t, [definition("orders")]);
  const waiting = await bench(t, [slow], { ledger: quick.ledger });
  const late = waiting.take(order("A"));
  assert.deepEqual(await quick.take(order("A")), ["waiting"]);
  answer();
  assert.deepEqual(await late, ["waiting"]);
});
