import assert from "node:assert/strict";
import { test } from "node:test";
import type { How } from "../../src/flow/inboxes.ts";
import { destination, type Fate, refusal, running, shopOf } from "./person.ts";

const ann = { actor: "ann", why: "looked it up" };
const loseFirst = (_: unknown, count: number): Fate => (count === 1 ? "lose" : { status: 200 });

test("what a person says was applied is the result, and nothing is sent again", async (t) => {
  const { url, seen } = await destination(t, loseFirst);
  const { shop, orders } = shopOf(url);
  shop.how = "atMostOnce";
  const run = await running(t, [orders]);
  const record = await run.send({ id: "A", total: "1" });
  await run.settled();
  assert.deepEqual([(await run.whole(record)).state, (await run.whole(record)).cause], ["held", "in-doubt"]);

  await run.assembly.inboxes.resolve(record, ann, { kind: "applied", result: { id: "inv_9" } });
  await run.settled();
  const whole = await run.whole(record);
  assert.equal(whole.state, "delivered");
  assert.deepEqual(shop.results, [{ id: "inv_9" }]);
  assert.equal(seen.length, 1);
  const entry = whole.timeline.find(({ what }) => what === "resolved");
  assert.equal(entry?.actor, "ann");
  assert.match(entry?.detail ?? "", /"why":"looked it up".*"how":"applied"/);
});

test("what a person says was not applied is sent again, under the same key", async (t) => {
  const { url, seen } = await destination(t, loseFirst);
  const { shop, orders } = shopOf(url);
  shop.how = "atMostOnce";
  const run = await running(t, [orders]);
  const record = await run.send({ id: "A", total: "1" });
  await run.settled();
  const before = (await run.whole(record)).effects[0]?.idempotencyKey;
  await run.assembly.inboxes.resolve(record, ann, { kind: "not-applied" });
  await run.settled();
  const whole = await run.whole(record);
  assert.equal(whole.state, "delivered");
  assert.equal(whole.effects[0]?.idempotencyKey, before);
  assert.equal(seen.length, 2);
});

test("an effect in doubt is neither kept, redone nor reread: the refusal says what to say instead", async (t) => {
  const { url, seen } = await destination(t, loseFirst);
  const { shop, orders } = shopOf(url);
  shop.how = "atMostOnce";
  const run = await running(t, [orders]);
  const record = await run.send({ id: "A", total: "1" });
  await run.settled();
  const { inboxes } = run.assembly;
  for (const kind of ["keep", "redo", "reread"] as const) {
    await assert.rejects(inboxes.resolve(record, ann, { kind }), refusal("refused-move", /in doubt/, /--applied/));
    const how: How = { kind, effect: "invoice" };
    await assert.rejects(inboxes.resolve(record, ann, how), refusal("refused-move", /in doubt/, /--applied/));
  }
  const unknown: How = { kind: "not-applied", effect: "bill" };
  await assert.rejects(inboxes.resolve(record, ann, unknown), refusal("bad-usage", /no effect "bill"/, /"invoice"/));
  assert.equal((await run.whole(record)).state, "held");
  assert.equal(seen.length, 1);
});

test("discarding leaves a doubt standing, and a replay looks at it again", async (t) => {
  const { url, seen } = await destination(t, loseFirst);
  const { shop, orders } = shopOf(url);
  shop.how = "atMostOnce";
  const run = await running(t, [orders]);
  const record = await run.send({ id: "A", total: "1" });
  await run.settled();
  const moved = await run.assembly.inboxes.discard(record, ann);
  assert.match(moved.note ?? "", /Still in doubt: "invoice"/);
  await run.assembly.inboxes.replay(record, ann);
  await run.settled();
  const whole = await run.whole(record);
  assert.deepEqual([whole.state, whole.cause], ["held", "in-doubt"]);
  assert.equal(seen.length, 1);
});

test("an answer that was not expected is read again against the present expect, and never sent again", async (t) => {
  const { url, seen } = await destination(t, () => ({ status: 200, body: { number: 7 } }));
  const { shop, orders } = shopOf(url);
  shop.expect = (value) => ("id" in (value as object) ? { value } : { issues: [{ message: "no id" }] });
  const run = await running(t, [orders]);
  const record = await run.send({ id: "A", total: "1" });
  await run.settled();
  assert.equal((await run.whole(record)).cause, "answer-unexpected");

  await run.assembly.inboxes.resolve(record, ann, { kind: "reread" });
  await run.settled();
  assert.equal((await run.whole(record)).cause, "answer-unexpected", "it still breaks expect");

  shop.expect = (value) => ({ value: { id: `n${(value as { number: number }).number}` } });
  await run.assembly.inboxes.resolve(record, ann, { kind: "reread" });
  await run.settled();
  assert.equal((await run.whole(record)).state, "delivered");
  assert.deepEqual(shop.results, [{ id: "n7" }]);
  assert.equal(seen.length, 1);
});

/** A done effect whose request another deploy has changed: held. */
async function changed(t: Parameters<typeof destination>[0]) {
  const { url, seen } = await destination(t, () => ({ status: 200 }));
  const { shop, orders } = shopOf(url);
  let failing = true;
  const { definition } = orders;
  const deliver = definition.deliver;
  const again = {
    ...orders,
    definition: {
      ...definition,
      deliver: async (...args: Parameters<typeof deliver>) => {
        await deliver(...args);
        if (failing) throw new Error("after the effect");
      },
    },
  };
  const run = await running(t, [again]);
  const record = await run.send({ id: "A", total: "1" });
  for (let tries = 0; tries < 500 && (await run.whole(record)).attempts < 1; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  shop.path = "/bills";
  failing = false;
  await run.settled();
  const whole = await run.whole(record);
  assert.deepEqual([whole.state, whole.cause], ["held", "effect-changed"]);
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
  const { url, seen } = await destination(t, loseFirst);
  const { shop, orders } = shopOf(url);
  shop.how = "atMostOnce";
  shop.per = "entity";
  const run = await running(t, [orders]);
  const first = await run.send({ id: "A-1", of: "A", total: "1" });
  await run.settled();
  const second = await run.send({ id: "A-2", of: "A", total: "2" });
  await run.settled();
  assert.equal((await run.whole(first)).cause, "in-doubt");
  assert.equal((await run.whole(second)).cause, "entity-held");
  await assert.rejects(
    run.assembly.inboxes.resolve(second, ann, { kind: "not-applied" }),
    refusal("refused-move", new RegExp(`held with record ${first}`)),
  );

  await run.assembly.inboxes.resolve(first, ann, { kind: "applied", result: { id: "inv_1" } });
  await run.settled();
  assert.equal((await run.whole(first)).state, "delivered");
  assert.equal((await run.whole(second)).state, "delivered");
  assert.deepEqual(shop.results, [{ id: "inv_1" }, { id: "inv_1" }]);
  assert.equal(seen.length, 1);
});

test("ending a retrying record whose effect is in doubt holds it", async (t) => {
  const { url } = await destination(t, () => "lose");
  const { orders } = shopOf(url);
  const run = await running(t, [orders]);
  const record = await run.send({ id: "A", total: "1" });
  for (let tries = 0; tries < 500; tries++) {
    try {
      if ((await run.whole(record)).attempts > 0 && (await run.assembly.inboxes.end(record, ann))) break;
    } catch {}
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  const whole = await run.whole(record);
  assert.deepEqual([whole.state, whole.cause], ["held", "in-doubt"]);
  assert.match(whole.reason ?? "", /ended by ann.*in doubt: "invoice"/);
});
