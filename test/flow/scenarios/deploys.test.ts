import assert from "node:assert/strict";
import { test } from "node:test";
import { byKey, type Delivery, type EffectOptions, later } from "waybill";
import { type Order, order, single } from "./orders.ts";
import { openScene, type Scene } from "./scene.ts";

/** A record whose first effect is done, and whose `deliver` then waits for the next release. */
function release({ books }: Scene, made: { name: string; options?: EffectOptions; extra?: object; go: boolean }) {
  return single(async ({ id }: Order, { effect }: Delivery) => {
    await effect(
      made.name,
      books.post("/invoices", { json: { ref: id, ...made.extra }, idempotency: byKey() }),
      made.options,
    );
    if (!made.go) throw later("100ms", "the next release will go on");
  });
}

const perEntity = { per: "entity" } as const;

async function firstRelease(scene: Scene): Promise<void> {
  await scene.start("1", release(scene, { name: "invoice", go: false }));
  const waits = scene.next((event) => event.event === "record.settled");
  await scene.send("orders", order(1));
  await waits;
}

test("a deploy that renames a done effect is held, and nothing is sent again", async (t) => {
  const scene = await openScene(t);
  await firstRelease(scene);
  await scene.start("2", release(scene, { name: "bill", go: true }));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["held: effect-orphaned"]);
  assert.equal(scene.asked("POST /invoices").length, 1);
});

test("with formerly the renamed effect is the old one, and the record is delivered", async (t) => {
  const scene = await openScene(t);
  await firstRelease(scene);
  await scene.start("2", release(scene, { name: "bill", options: { formerly: "invoice" }, go: true }));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(scene.asked("POST /invoices").length, 1);
});

test("an effect of the whole entity that a deploy renames is held for later records, although its old name still stands in a path", async (t) => {
  const scene = await openScene(t);
  const mail = ({ id }: Order) => scene.books.post("/welcome", { json: { ref: id }, idempotency: byKey() });
  await scene.start(
    "1",
    single(async (edit, { effect }) => void (await effect("welcome", mail(edit), perEntity))),
  );
  await scene.send("orders", order(1));
  await scene.settled();
  await scene.start(
    "2",
    single(async ({ id }, { effect }) => {
      const welcome = scene.books.post("/welcome", { json: { ref: id }, idempotency: byKey() });
      await effect("greeting", welcome, perEntity);
    }),
  );
  await scene.send("orders", order(2));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered", "held: effect-orphaned"]);
  assert.equal(scene.asked("POST /welcome").length, 1);
});

test("a changed request of a done effect under another release is held", async (t) => {
  const scene = await openScene(t);
  await firstRelease(scene);
  await scene.start("2", release(scene, { name: "invoice", extra: { total: "2.00" }, go: true }));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["held: effect-changed"]);
  assert.match((await scene.rows())[0]?.reason ?? "", /body\.total/);
  assert.equal(scene.asked("POST /invoices").length, 1);
});

test("a body that differs under the same release is unsteady code: delivered, with one warning that names the field", async (t) => {
  const scene = await openScene(t);
  let run = 0;
  await scene.start(
    "1",
    single(async ({ id }, { effect }) => {
      run += 1;
      const json = run === 1 ? { ref: id, at: Date.now() } : { at: Date.now() + run, ref: id };
      await effect("invoice", scene.books.post("/invoices", { json, idempotency: byKey() }));
      if (run < 3) throw new Error("once more");
    }),
  );
  const [record] = await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(scene.applied("POST /invoices").length, 1);
  const warned = scene.events.filter((event) => event.event === "effect.unsteady");
  assert.ok(warned.length >= 1);
  assert.deepEqual(warned[0]?.event === "effect.unsteady" && warned[0].fields, ["body.at"]);
  assert.ok((await scene.whole(record)).timeline.some(({ what }) => what === "steady-warning"));
});

test("reordered keys of a body are the same request", async (t) => {
  const scene = await openScene(t);
  let run = 0;
  await scene.start(
    "1",
    single(async ({ id, total }, { effect }) => {
      const json = ++run === 1 ? { ref: id, total } : { total, ref: id };
      await effect("invoice", scene.books.post("/invoices", { json, idempotency: byKey() }));
      if (run === 1) throw new Error("once more");
    }),
  );
  await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.ok(!scene.events.some(({ event }) => event === "effect.unsteady"));
});
