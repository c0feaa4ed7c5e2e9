import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { How } from "../../src/flow/inboxes.ts";
import {
  destination,
  type Fate,
  type Running,
  refusal,
  running,
  type Seen,
  type Shop,
  shopOf,
  until,
} from "./person.ts";

const ann = { actor: "ann", why: "looked it up" };
const loseFirst = (_: unknown, count: number): Fate => (count === 1 ? "lose" : { status: 200 });

interface Held {
  readonly run: Running;
  readonly shop: Shop;
  readonly seen: readonly Seen[];
  readonly record: string;
  resolve(how: How): Promise<unknown>;
  /** State and cause, once nothing is under way. */
  settled(): Promise<readonly unknown[]>;
}

/** One order that is held. */
async function held(t: TestContext, fate: (seen: Seen, count: number) => Fate, change: Partial<Shop>): Promise<Held> {
  const { url, seen } = await destination(t, fate);
  const { shop, orders } = shopOf(url);
  Object.assign(shop, change);
  const run = await running(t, [orders]);
  const record = await run.send({ id: "A-1", of: "A", total: "1" });
  const settled = async (): Promise<readonly unknown[]> => {
    await run.settled();
    const { state, cause } = await run.whole(record);
    return cause === undefined ? [state] : [state, cause];
  };
  assert.equal((await settled())[0], "held");
  const resolve = (how: How): Promise<unknown> => run.assembly.inboxes.resolve(record, ann, how);
  return { run, shop, seen, record, resolve, settled };
}

/** Its letter was sent at most once, and the answer was lost. */
const inDoubt = (t: TestContext, change: Partial<Shop> = {}): Promise<Held> =>
  held(t, loseFirst, { how: "atMostOnce", ...change });

test("what a person says was applied is the result, and nothing is sent again", async (t) => {
  const { run, record, shop, seen, resolve, settled } = await inDoubt(t);
  assert.deepEqual(await settled(), ["held", "in-doubt"]);
  await resolve({ kind: "applied", result: { id: "inv_9" } });
  assert.deepEqual(await settled(), ["delivered"]);
  assert.deepEqual(shop.results, [{ id: "inv_9" }]);
  assert.equal(seen.length, 1);
  const entry = (await run.whole(record)).timeline.find(({ what }) => what === "resolved");
  assert.equal(entry?.actor, "ann");
  assert.match(entry?.detail ?? "", /"why":"looked it up".*"how":"applied"/);
});

test("what a person says was answered has to be what the effect expects, and counts as the answer itself would", async (t) => {
  const expect: Shop["expect"] = (value) =>
    typeof (value as { id?: unknown }).id === "string"
      ? { value: { ref: (value as { id: string }).id } }
      : { issues: [{ message: "expected text", path: ["id"] }] };
  const { run, record, shop, resolve, settled } = await inDoubt(t, { expect });
  const wrong: How = { kind: "applied", result: { number: 7 } };
  await assert.rejects(resolve(wrong), refusal("refused-move", /"invoice".*id: expected text/, /--unchecked/));
  const { inboxes } = run.assembly;
  await assert.rejects(inboxes.resolve(record, ann, wrong, { dryRun: true }), refusal("refused-move", /expected text/));
  await resolve({ kind: "applied", result: { id: "inv_9" } });
  assert.deepEqual(await settled(), ["delivered"]);
  assert.deepEqual(shop.results, [{ ref: "inv_9" }], "deliver gets what expect makes of it");
});

test("a person may insist on an answer that is not expected, and the timeline says so", async (t) => {
  const { run, record, shop, resolve, settled } = await inDoubt(t, {
    expect: () => ({ issues: [{ message: "never" }] }),
  });
  await resolve({ kind: "applied", result: { number: 9007199254740993n }, unchecked: true });
  assert.deepEqual(await settled(), ["delivered"]);
  assert.deepEqual(shop.results, [{ number: 9007199254740993n }]);
  assert.match(JSON.stringify((await run.whole(record)).timeline), /unchecked.*true/);
});

test("what a person says was not applied is sent again, under the same key", async (t) => {
  const { run, record, seen, resolve, settled } = await inDoubt(t);
  const before = (await run.whole(record)).effects[0]?.idempotencyKey;
  await resolve({ kind: "not-applied" });
  assert.deepEqual(await settled(), ["delivered"]);
  assert.equal((await run.whole(record)).effects[0]?.idempotencyKey, before);
  assert.equal(seen.length, 2);
});

test("an effect in doubt is neither kept, redone nor reread: the refusal says what to say instead", async (t) => {
  const { seen, resolve, settled } = await inDoubt(t);
  for (const kind of ["keep", "redo", "reread"] as const) {
    for (const effect of [undefined, "invoice"]) {
      await assert.rejects(resolve({ kind, effect }), refusal("refused-move", /in doubt/, /--applied/));
    }
  }
  const unknown: How = { kind: "not-applied", effect: "bill" };
  await assert.rejects(resolve(unknown), refusal("bad-usage", /no effect "bill"/, /"invoice"/));
  assert.deepEqual(await settled(), ["held", "in-doubt"]);
  assert.equal(seen.length, 1);
});

test("discarding leaves a doubt standing, and a replay looks at it again", async (t) => {
  const { run, record, seen, settled } = await inDoubt(t);
  const { inboxes } = run.assembly;
  assert.match((await inboxes.discard(record, ann)).note ?? "", /Still in doubt: "invoice"/);
  await inboxes.replay(record, ann);
  assert.deepEqual(await settled(), ["held", "in-doubt"]);
  assert.equal(seen.length, 1);
});

test("an answer that was not expected is read again against the present expect, and never sent again", async (t) => {
  const number = (): Fate => ({ status: 200, body: { number: 7 } });
  const { shop, seen, resolve, settled } = await held(t, number, {
    expect: (value) => ("id" in (value as object) ? { value } : { issues: [{ message: "no id" }] }),
  });
  assert.deepEqual(await settled(), ["held", "answer-unexpected"]);
  await resolve({ kind: "reread" });
  assert.deepEqual(await settled(), ["held", "answer-unexpected"], "it still breaks expect");

  shop.expect = (value) => ({ value: { id: `n${(value as { number: number }).number}` } });
  await resolve({ kind: "reread" });
  assert.deepEqual(await settled(), ["delivered"]);
  assert.deepEqual(shop.results, [{ id: "n7" }]);
  assert.equal(seen.length, 1);
});

/** A done effect whose request another deploy has changed: held. */
async function changed(t: TestContext) {
  const { url, seen } = await destination(t, () => ({ status: 200 }));
  const { shop, orders } = shopOf(url);
  let deployed = (): void => undefined;
  const deploy = new Promise<void>((resolve) => {
    deployed = resolve;
  });
  const { definition } = orders;
  const { deliver } = definition;
  const again = {
    ...orders,
    definition: {
      ...definition,
      deliver: async (...args: Parameters<typeof deliver>) => {
        const first = args[1].run === 1;
        if (!first) await deploy;
        await deliver(...args);
        if (first) throw new Error("after the effect");
      },
    },
  };
  const run = await running(t, [again]);
  const record = await run.send({ id: "A", total: "1" });
  await until(async () => (await run.whole(record)).attempts > 0);
  shop.path = "/bills";
  deployed();
  await run.settled();
  const { state, cause } = await run.whole(record);
  assert.deepEqual([state, cause], ["held", "effect-changed"]);
  return { run, record, seen, shop };
}

test("keep: the stored result counts, whatever the code asks for now", async (t) => {
  const { run, record, seen, shop } = await changed(t);
  await run.assembly.inboxes.resolve(record, ann, { kind: "keep" });
  await run.settled();
  assert.equal((await run.whole(record)).state, "delivered");
  assert.equal(seen.length, 1);
  assert.deepEqual(shop.results.at(-1), { id: "inv_1" });
});

test("redo: the changed effect is made again, as a new generation under a new key", async (t) => {
  const { run, record, seen } = await changed(t);
  await run.assembly.inboxes.resolve(record, ann, { kind: "redo" });
  await run.settled();
  const whole = await run.whole(record);
  assert.equal(whole.state, "delivered");
  assert.deepEqual(
    seen.map(({ path }) => path),
    ["/invoices", "/bills"],
  );
  assert.notEqual(seen[0]?.key, seen[1]?.key);
  assert.equal(whole.effects[0]?.generation, 2);
});

test("records held with their entity's effect go on when the one that made it is resolved", async (t) => {
  const { run, record: first, shop, seen, resolve, settled } = await inDoubt(t, { per: "entity" });
  const second = await run.send({ id: "A-2", of: "A", total: "2" });
  assert.deepEqual(await settled(), ["held", "in-doubt"]);
  assert.equal((await run.whole(second)).cause, "entity-held");
  await assert.rejects(
    run.assembly.inboxes.resolve(second, ann, { kind: "not-applied" }),
    refusal("refused-move", new RegExp(`held with record ${first}`)),
  );

  await resolve({ kind: "applied", result: { id: "inv_1" } });
  assert.deepEqual(await settled(), ["delivered"]);
  assert.equal((await run.whole(second)).state, "delivered");
  assert.deepEqual(shop.results, [{ id: "inv_1" }, { id: "inv_1" }]);
  assert.equal(seen.length, 1);
});

test("ending a retrying record whose effect is in doubt holds it", async (t) => {
  const { url } = await destination(t, () => "lose");
  const { orders } = shopOf(url);
  const run = await running(t, [orders]);
  const record = await run.send({ id: "A", total: "1" });
  await until(async () => (await run.whole(record)).attempts > 0);
  await until(async () => {
    const ended = run.assembly.inboxes.end(record, ann);
    return ended.then(
      () => true,
      () => false,
    );
  });
  const whole = await run.whole(record);
  assert.deepEqual([whole.state, whole.cause], ["held", "in-doubt"]);
  assert.match(whole.reason ?? "", /ended by ann.*in doubt: "invoice"/);
});
