import assert from "node:assert/strict";
import { test } from "node:test";
import { destination, refusal, running, shopOf, until } from "./person.ts";

const ann = { actor: "ann", why: "it is put right" };
const totalIsText = (value: unknown) =>
  typeof (value as { total: unknown }).total === "string"
    ? { value }
    : { issues: [{ message: "total is text", path: ["total"] }] };
const totalBecomesText = (value: unknown) => ({
  value: { ...(value as object), total: String((value as { total: unknown }).total) },
});

test("a replayed record asks a destination that refused it under a new key, which is what stands on the wire", async (t) => {
  const { url, seen } = await destination(t, (_, count) => (count === 1 ? { status: 422 } : { status: 200 }));
  const { orders } = shopOf(url);
  const run = await running(t, [orders]);
  const record = await run.send({ id: "A", total: "1" });
  await run.settled();
  assert.equal((await run.whole(record)).state, "dead");

  const moved = await run.assembly.inboxes.replay(record, ann);
  assert.equal(moved.state, "waiting");
  await run.settled();

  const whole = await run.whole(record);
  assert.equal(whole.state, "delivered");
  assert.equal(seen.length, 2);
  assert.notEqual(seen[0]?.key, seen[1]?.key, "a destination that keeps refusals by key would only repeat the old one");
  assert.equal(seen[1]?.key, whole.effects[0]?.idempotencyKey);
  assert.equal(whole.effects[0]?.generation, 2);
  const entry = whole.timeline.find(({ what }) => what === "replayed");
  assert.equal(entry?.actor, "ann");
  assert.match(entry?.detail ?? "", /it is put right/);
});

test("a release reads the raw again: what is still broken is refused by path and rule, what passes is delivered", async (t) => {
  const { url, seen } = await destination(t, () => ({ status: 200 }));
  const { shop, orders } = shopOf(url);
  shop.contract = totalIsText;
  const run = await running(t, [orders]);
  const record = await run.send({ id: "A", total: 12 });
  await assert.rejects(
    run.assembly.inboxes.release(record, ann),
    refusal("refused-move", /still breaks the contract: total: total is text \(found 12\)/),
  );
  assert.equal((await run.whole(record)).state, "quarantined");

  shop.contract = totalBecomesText;
  assert.equal((await run.assembly.inboxes.release(record, ann)).state, "waiting");
  await run.settled();
  assert.equal((await run.whole(record)).state, "delivered");
  assert.deepEqual(
    seen.map(({ body }) => body),
    [{ ref: "A", total: "12" }],
  );
});

test("releasing a record whose identity is known ends as a duplicate, and a duplicate is never replayed", async (t) => {
  const { url, seen } = await destination(t, () => ({ status: 200 }));
  const { shop, orders } = shopOf(url);
  shop.contract = totalIsText;
  const run = await running(t, [orders]);
  const broken = await run.send({ id: "A", total: 12 });
  const good = await run.send({ id: "A", total: "12" });
  await run.settled();
  shop.contract = totalBecomesText;
  const moved = await run.assembly.inboxes.release(broken, ann);
  assert.deepEqual([moved.state, moved.cause], ["discarded", "duplicate"]);
  assert.match(moved.note ?? "", new RegExp(good));
  await assert.rejects(run.assembly.inboxes.replay(broken, ann), refusal("refused-move", /duplicate/));
  assert.equal(seen.length, 1);
});

test("a released conflict is delivered beside the first, under a key of its own", async (t) => {
  const { url, seen } = await destination(t, () => ({ status: 200 }));
  const { orders } = shopOf(url);
  const run = await running(t, [orders]);
  const first = await run.send({ id: "A", total: "1" });
  await run.settled();
  const conflict = await run.send({ id: "A", total: "2" });
  assert.equal((await run.whole(conflict)).cause, "conflict");
  await run.assembly.inboxes.release(conflict, { actor: "ann", why: undefined });
  await run.settled();
  assert.equal((await run.whole(first)).state, "delivered");
  assert.equal((await run.whole(conflict)).state, "delivered");
  assert.equal(new Set(seen.map(({ key }) => key)).size, 2);
});

test("a discarded conflict that is replayed keeps its own key too", async (t) => {
  const { url, seen } = await destination(t, () => ({ status: 200 }));
  const { orders } = shopOf(url);
  const run = await running(t, [orders]);
  await run.send({ id: "A", total: "1" });
  await run.settled();
  const conflict = await run.send({ id: "A", total: "2" });
  assert.equal((await run.assembly.inboxes.discard(conflict, ann)).state, "discarded");
  await run.assembly.inboxes.replay(conflict, ann);
  await run.settled();
  assert.equal((await run.whole(conflict)).state, "delivered");
  assert.equal(new Set(seen.map(({ key }) => key)).size, 2);
});

test("a record that newer ones overtook is replayed only by somebody who says so", async (t) => {
  const { url } = await destination(t, (_, count) => (count === 1 ? { status: 422 } : { status: 200 }));
  const { orders } = shopOf(url);
  const run = await running(t, [orders]);
  const first = await run.send({ id: "A-1", of: "A", total: "1" });
  await run.settled();
  const second = await run.send({ id: "A-2", of: "A", total: "2" });
  await run.settled();
  await assert.rejects(
    run.assembly.inboxes.replay(first, ann),
    refusal("refused-move", new RegExp(second), /--overtaken/),
  );
  assert.equal((await run.assembly.inboxes.replay(first, ann, { overtaken: true })).state, "waiting");
  await run.settled();
  assert.equal((await run.whole(first)).state, "delivered");
});

test("a record that is being delivered is refused with a clear word, whatever is asked", async (t) => {
  let hanging = true;
  const { url, seen } = await destination(t, () => (hanging ? "hang" : { status: 200 }));
  const { orders } = shopOf(url);
  const run = await running(t, [orders]);
  const record = await run.send({ id: "A", total: "1" });
  await until(() => seen.length === 1);
  const { inboxes } = run.assembly;
  for (const asked of [
    () => inboxes.end(record, ann),
    () => inboxes.discard(record, ann),
    () => inboxes.replay(record, ann),
    () => inboxes.release(record, ann),
    () => inboxes.resolve(record, ann, { kind: "not-applied" }),
  ]) {
    await assert.rejects(asked(), refusal("refused-move", /is being delivered right now/, /Ask again/));
  }
  hanging = false;
  await assert.rejects(inboxes.end("nothing", ann), refusal("unknown-record", /no record "nothing"/));
});

test("ending a retrying record makes it dead", async (t) => {
  const { url } = await destination(t, () => ({ status: 429 }));
  const { orders } = shopOf(url);
  const run = await running(t, [orders]);
  const record = await run.send({ id: "A", total: "1" });
  let ended: string | undefined;
  await until(async () => {
    try {
      ended = (await run.assembly.inboxes.end(record, ann)).state;
      return true;
    } catch {
      return false;
    }
  });
  const whole = await run.whole(record);
  assert.deepEqual([ended, whole.state, whole.cause], ["dead", "dead", "ended"]);
  assert.match(whole.reason ?? "", /ended by ann: it is put right/);
});
