// What a discarded record had made is undone, the latest first, and counted at the destination; what cannot be undone waits for a person.
import assert from "node:assert/strict";
import { test } from "node:test";
import { atMostOnce, byKey, byLookup, type Delivery, type EffectOptions, type Idempotency, permanent } from "waybill";
import { z } from "zod";
import { booksOf } from "../../../src/flow/books.ts";
import { moveMany, select } from "../../../src/flow/inbox-many.ts";
import { order, single } from "./orders.ts";
import { openScene, type Scene } from "./scene.ts";

const Made = z.object({ id: z.string() });
type Made = z.infer<typeof Made>;
const person = { actor: "ann", why: "the customer cancelled" };

interface How {
  readonly idempotency?: (tools: Delivery) => Idempotency<Made>;
  readonly undo?: EffectOptions<Made>["undo"] | false;
  readonly ends?: () => Promise<void> | void;
  readonly giveUpAfter?: "0s";
}

/** Two things are made; then the record cannot go on. */
function halfMade(scene: Scene, { idempotency, undo, ends, giveUpAfter }: How = {}) {
  const { books } = scene;
  return single(
    async ({ id }, tools) => {
      const { effect } = tools;
      const make = (path: string) =>
        books.post(path, { json: { ref: id }, expect: Made, idempotency: idempotency?.(tools) ?? byKey() });
      const how = { undo: undo === undefined ? (made: Made) => books.delete(`/made/${made.id}`) : undo };
      await effect("invoice", make("/invoices"), undo === false ? {} : (how as EffectOptions<Made>));
      await effect("shipment", make("/shipments"), undo === false ? {} : (how as EffectOptions<Made>));
      await effect("note", books.put("/notes", { json: { ref: id } }));
      if (ends === undefined) throw permanent("the customer does not exist");
      await ends();
    },
    giveUpAfter === undefined ? {} : { giveUpAfter },
  );
}

const deleted = (scene: Scene): string[] =>
  scene.seen.filter(({ route, applied }) => applied && route.startsWith("DELETE ")).map(({ route }) => route.slice(13));

test("what a discarded record had made is undone, the latest first, and the person's why stands beside it", async (t) => {
  const scene = await openScene(t);
  await scene.start("1", halfMade(scene));
  const [record = ""] = await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["dead: permanent"]);
  const { inboxes } = scene.waybill;
  const dry = await inboxes.discard(record, person, { dryRun: true });
  assert.deepEqual([dry.state, dry.cause], ["waiting", "undoing"]);
  assert.match(dry.note ?? "", /Undone first: "invoice", "shipment"/);
  const { ledger } = scene.waybill;
  const all = await select(ledger, { states: ["dead"] });
  const move = (one: string, options: object) => inboxes.discard(one, person, options);
  const many = await moveMany(ledger, all, move, { dryRun: true, overtaken: false, limit: undefined });
  assert.deepEqual(many.results[0]?.undoes, ["invoice", "shipment"]);
  assert.deepEqual(deleted(scene), []);
  await inboxes.discard(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["discarded: by-person"]);
  assert.deepEqual(deleted(scene), ["shipments-1", "invoices-1"]);
  assert.equal(scene.applied("POST /invoices").length, 1, "nothing was made while it was undone");
  assert.equal(scene.asked("PUT /notes").length, 1);
  const whole = await scene.whole(record);
  const asked = whole.timeline.find(({ what }) => what === "undo-asked");
  assert.equal(asked?.actor, "ann");
  assert.match(asked?.detail ?? "", /the customer cancelled/);
  const undone = whole.timeline.filter(({ what }) => what === "undone");
  assert.equal(undone.length, 2);
  assert.ok(
    undone.every(({ atMs }) => atMs <= (whole.settledAtMs ?? 0)),
    "it was discarded when all was undone",
  );
  assert.ok(booksOf(await scene.waybill.ledger.balance("orders")).balanced);
});

test("--keep-effects leaves what was made, and a record without an undo is discarded as ever", async (t) => {
  for (const [undo, options] of [
    [undefined, { keepEffects: true }],
    [false, {}],
  ] as const) {
    const scene = await openScene(t);
    await scene.start("1", halfMade(scene, undo === undefined ? {} : { undo }));
    const [record = ""] = await scene.send("orders", order(1));
    await scene.settled();
    assert.equal((await scene.waybill.inboxes.discard(record, person, options)).state, "discarded");
    await scene.settled();
    assert.deepEqual(deleted(scene), []);
  }
});

test("a replay after that makes everything anew under new keys, and a second discard undoes that", async (t) => {
  const scene = await openScene(t);
  await scene.start("1", halfMade(scene));
  const [record = ""] = await scene.send("orders", order(1));
  await scene.settled();
  const { inboxes } = scene.waybill;
  await inboxes.discard(record, person);
  await scene.settled();
  await inboxes.replay(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["dead: permanent"]);
  assert.equal(scene.applied("POST /invoices").length, 2);
  assert.equal(new Set(scene.asked("POST /invoices").map(({ key }) => key)).size, 2);
  await inboxes.discard(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["discarded: by-person"]);
  assert.deepEqual(deleted(scene), ["shipments-1", "invoices-1", "shipments-2", "invoices-2"]);
  await scene.start("2", halfMade(scene, { ends: () => undefined }));
  await scene.waybill.inboxes.replay(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
});

test("an undo is an effect: a lost answer is in doubt, a busy system is asked again, and nothing is undone twice", async (t) => {
  const scene = await openScene(t);
  const undo = (made: Made) =>
    scene.books.post("/credits", { json: { of: made.id }, expect: Made, idempotency: byKey() });
  await scene.start("1", halfMade(scene, { undo }));
  const [record = ""] = await scene.send("orders", order(1));
  await scene.settled();
  scene.will("POST /credits", "lost", { status: 429, headers: { "retry-after": "0" } }, { status: 500 });
  await scene.waybill.inboxes.discard(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["discarded: by-person"]);
  assert.deepEqual(
    scene.applied("POST /credits").map(({ of }) => of),
    ["shipments-1", "invoices-1"],
  );
});

test("an undo that is refused holds the record; discarding it again tries again, and does not repeat what is undone", async (t) => {
  const scene = await openScene(t);
  await scene.start("1", halfMade(scene));
  const [record = ""] = await scene.send("orders", order(1));
  await scene.settled();
  scene.will("DELETE /made/invoices-1", { status: 403, body: { error: "the period is closed" } });
  await scene.waybill.inboxes.discard(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["held: undo-failed"]);
  assert.match((await scene.whole(record)).reason ?? "", /"invoice\/undo" was refused: .*the period is closed/);
  assert.ok(booksOf(await scene.waybill.ledger.balance("orders")).balanced);
  await scene.waybill.inboxes.discard(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["discarded: by-person"]);
  assert.deepEqual(deleted(scene), ["shipments-1", "invoices-1"]);
});

test("what is gone already counts as undone", async (t) => {
  const scene = await openScene(t);
  await scene.start("1", halfMade(scene));
  const [record = ""] = await scene.send("orders", order(1));
  await scene.settled();
  scene.will("DELETE /made/invoices-1", { status: 404 });
  await scene.waybill.inboxes.discard(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["discarded: by-person"]);
});

test("a doubt about an effect is resolved before it is undone: found, it is undone; absent, it is not made", async (t) => {
  for (const act of ["lost", "reset"] as const) {
    const scene = await openScene(t);
    const Found = z.object({ items: z.array(Made) });
    let finds = false;
    const idempotency = ({ call }: Delivery) =>
      byLookup(
        async () => {
          if (!finds) throw new Error("the search is down");
          return (await call(scene.books.get("/shipments", { query: { ref: "A-1" }, expect: Found }))).items;
        },
        { visibleAfter: "50ms" },
      );
    scene.will("POST /shipments", act);
    await scene.start("1", halfMade(scene, { idempotency, giveUpAfter: "0s" }));
    const [record = ""] = await scene.send("orders", order(1));
    await scene.settled();
    assert.deepEqual(await scene.states(), ["held: in-doubt"]);
    finds = true;
    await scene.start("2", halfMade(scene, { idempotency }));
    await scene.waybill.inboxes.discard(record, person);
    await scene.settled();
    assert.deepEqual(await scene.states(), ["discarded: by-person"]);
    assert.deepEqual(deleted(scene), act === "lost" ? ["shipments-1", "invoices-1"] : ["invoices-1"]);
    assert.equal(scene.asked("POST /shipments").length, 1);
  }
});

test("a doubt that only a person can end holds the record, and its undo goes on from what that person says", async (t) => {
  const scene = await openScene(t);
  scene.will("POST /shipments", "lost");
  await scene.start("1", halfMade(scene, { idempotency: () => atMostOnce }));
  const [record = ""] = await scene.send("orders", order(1));
  await scene.settled();
  await scene.waybill.inboxes.discard(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["held: in-doubt"]);
  assert.deepEqual(deleted(scene), [], "nothing is undone before it is known what there is");
  await scene.waybill.inboxes.resolve(record, person, { kind: "applied", result: { id: "shipments-1" } });
  await scene.settled();
  assert.deepEqual(await scene.states(), ["discarded: by-person"]);
  assert.deepEqual(deleted(scene), ["shipments-1", "invoices-1"]);
});

test("code that no longer says how is held and named before anything is undone", async (t) => {
  const scene = await openScene(t);
  await scene.start("1", halfMade(scene));
  const [record = ""] = await scene.send("orders", order(1));
  await scene.settled();
  await scene.start("2", halfMade(scene, { undo: false }));
  await scene.waybill.inboxes.discard(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["held: undo-failed"]);
  assert.match(
    (await scene.whole(record)).reason ?? "",
    /"shipment" is to be undone, and the code does not come to it/,
  );
  const throws = (): never => {
    throw new TypeError("no such field");
  };
  await scene.start("3", halfMade(scene, { undo: throws }));
  await scene.waybill.inboxes.discard(record, person);
  await scene.settled();
  assert.match((await scene.whole(record)).reason ?? "", /undo of the effect "shipment" threw: no such field/);
  assert.deepEqual(deleted(scene), []);
  await scene.start("4", halfMade(scene));
  await scene.waybill.inboxes.discard(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["discarded: by-person"]);
});

test("code that fails on its way to what is to be undone is run again; it is no reason to give up", async (t) => {
  const scene = await openScene(t);
  const { books } = scene;
  const halfway = single(async ({ id }, { effect, call }) => {
    await call(books.get("/rates"));
    const made = books.post("/invoices", { json: { ref: id }, expect: Made, idempotency: byKey() });
    await effect("invoice", made, { undo: (invoice) => books.delete(`/made/${invoice.id}`) });
    throw permanent("no such customer");
  });
  await scene.start("1", halfway);
  const [record = ""] = await scene.send("orders", order(1));
  await scene.settled();
  scene.will("GET /rates", { status: 500 }, { status: 500 }, "reset");
  const fails = scene.asked("GET /rates").length + 4;
  await scene.waybill.inboxes.discard(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["discarded: by-person"]);
  assert.deepEqual(deleted(scene), ["invoices-1"]);
  assert.equal(scene.asked("GET /rates").length, fails);
});

test("an undo goes on after a stop in its middle", async (t) => {
  const scene = await openScene(t);
  await scene.start("1", halfMade(scene));
  const [record = ""] = await scene.send("orders", order(1));
  await scene.settled();
  scene.will("DELETE /made/invoices-1", "hang", "hang");
  const first = scene.next((event) => event.event === "attempt" && event.effect === "shipment/undo");
  await scene.waybill.inboxes.discard(record, person);
  await first;
  await scene.start("2", halfMade(scene));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["discarded: by-person"]);
  assert.deepEqual(deleted(scene), ["shipments-1", "invoices-1"]);
});

test("an effect per entity cannot have an undo: other records rely on it", async (t) => {
  const scene = await openScene(t);
  const { books } = scene;
  await scene.start(
    "1",
    single(
      async (_, { effect }) => {
        await effect("invoice", books.put("/x", { json: {} }), { per: "entity", undo: () => books.delete("/x") });
      },
      { giveUpAfter: "0s" },
    ),
  );
  await scene.send("orders", order(1));
  await scene.settled();
  assert.match((await scene.rows())[0]?.reason ?? "", /is made per entity and has an undo/);
});
