import assert from "node:assert/strict";
import { test } from "node:test";
import { atMostOnce, byKey, byLookup } from "waybill";
import { z } from "zod";
import { order, orders, single } from "./orders.ts";
import { type Act, openScene } from "./scene.ts";

const Made = z.object({ id: z.string() });
const Found = z.object({ items: z.array(Made) });

test("a keyed effect whose answer was lost is repeated with its key, and is there once", async (t) => {
  const scene = await openScene(t);
  scene.will("POST /invoices", "lost", "lost", "ok");
  await scene.start(
    "1",
    single(async ({ id }, { effect }) => {
      const made = await effect(
        "invoice",
        scene.books.post("/invoices", { json: { ref: id }, expect: Made, idempotency: byKey() }),
      );
      assert.equal(made.id, "invoices-1");
    }),
  );
  await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(scene.applied("POST /invoices").length, 1);
  assert.equal(new Set(scene.asked("POST /invoices").map(({ key }) => key)).size, 1);
});

const refusals: readonly (readonly [string, Act])[] = [
  ["422", { status: 422 }],
  ["429", { status: 429, headers: { "retry-after": "0" } }],
  ["401", { status: 401 }],
];
for (const [name, refusal] of refusals) {
  test(`a timeout followed by ${name} is still in doubt: it is repeated until the destination says what it has`, async (t) => {
    const scene = await openScene(t, { timeout: "100ms" });
    scene.will("POST /invoices", "hang", refusal, "ok");
    await scene.start(
      "1",
      single(async ({ id }, { effect }) => {
        await effect("invoice", scene.books.post("/invoices", { json: { ref: id }, idempotency: byKey() }));
      }),
    );
    const [record] = await scene.send("orders", order(1));
    // The second answer has been read and judged.
    let attempts = 0;
    await scene.next((event) => event.event === "attempt" && ++attempts === 2);
    await scene.next((event) => event.event === "record.settled");
    const [effect] = (await scene.whole(record)).effects;
    assert.ok(effect?.state === "doubt" || effect?.state === "done", `it is ${effect?.state}`);
    await scene.settled();
    assert.deepEqual(await scene.states(), ["delivered"]);
    assert.equal(new Set(scene.asked("POST /invoices").map(({ key }) => key)).size, 1);
  });
}

for (const found of [true, false]) {
  test(`a keyed effect in doubt past its window is looked up${found ? ", and found" : ", and made again only when it is not there"}`, async (t) => {
    const scene = await openScene(t, { timeout: "100ms" });
    scene.will("POST /invoices", found ? "lost" : "reset", "ok");
    await scene.start(
      "1",
      single(async ({ id }, { effect, call, run }) => {
        if (run > 1) await new Promise((resolve) => setTimeout(resolve, 1_100));
        const after = byLookup(
          async () => (await call(scene.books.get("/invoices", { query: { ref: id }, expect: Found }))).items,
          { visibleAfter: "0s" },
        );
        await effect(
          "invoice",
          scene.books.post("/invoices", {
            json: { ref: id },
            expect: Made,
            idempotency: byKey({ window: "1s", after }),
          }),
        );
      }),
    );
    await scene.send("orders", order(1));
    await scene.settled();
    assert.deepEqual(await scene.states(), ["delivered"]);
    assert.equal(scene.applied("POST /invoices").length, 1);
    assert.ok(scene.asked("GET /invoices").length >= 1);
    assert.equal(scene.asked("POST /invoices").length, found ? 1 : 2);
  });
}

test("a keyed effect in doubt past its window without a lookup is held", async (t) => {
  const scene = await openScene(t, { timeout: "100ms" });
  scene.will("POST /invoices", "lost");
  await scene.start(
    "1",
    single(async ({ id }, { effect, run }) => {
      if (run > 1) await new Promise((resolve) => setTimeout(resolve, 1_100));
      await effect(
        "invoice",
        scene.books.post("/invoices", { json: { ref: id }, idempotency: byKey({ window: "1s" }) }),
      );
    }),
  );
  await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["held: in-doubt"]);
  assert.equal(scene.asked("POST /invoices").length, 1);
});

test("what is sent at most once and in doubt is held at once, and never sent again", async (t) => {
  const scene = await openScene(t);
  scene.will("POST /mails", "lost");
  const mails = single(async ({ id }, { effect }) => {
    await effect("mail", scene.books.post("/mails", { json: { ref: id }, idempotency: atMostOnce }));
  });
  await scene.start("1", mails);
  await scene.send("orders", order(1));
  await scene.settled();
  await scene.start("2", mails);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["held: in-doubt"]);
  assert.equal(scene.asked("POST /mails").length, 1);
});

test("later records of an entity wait with an effect that is held, and go on when a person has resolved it", async (t) => {
  const scene = await openScene(t);
  scene.will("POST /receipts", "lost");
  await scene.start("1", orders(scene));
  const [first] = await scene.send("orders", order(1), order(2));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["held: in-doubt", "held: entity-held"]);
  const person = { actor: "ann", why: "the customer has it" };
  await scene.waybill.inboxes.resolve(
    first ?? "",
    person,
    { kind: "applied", result: { id: "r" } },
    { overtaken: true },
  );
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered", "delivered"]);
  assert.equal(scene.asked("POST /receipts").length, 1);
});

test("giving up is dead without a doubt, and held with one", async (t) => {
  for (const [act, state] of [
    [{ status: 429 }, "dead: gave-up"],
    ["lost", "held: in-doubt"],
  ] as const) {
    const scene = await openScene(t);
    scene.will("POST /invoices", act, act, act);
    await scene.start(
      "1",
      single(
        async ({ id }, { effect }) => {
          await effect("invoice", scene.books.post("/invoices", { json: { ref: id }, idempotency: byKey() }));
        },
        { giveUpAfter: "0s" },
      ),
    );
    await scene.send("orders", order(1));
    await scene.settled();
    assert.deepEqual(await scene.states(), [state]);
  }
});
