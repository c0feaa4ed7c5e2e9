import assert from "node:assert/strict";
import { test } from "node:test";
import { integration, push } from "waybill";
import { z } from "zod";
import { order, orders } from "./orders.ts";
import { openScene, quick } from "./scene.ts";

test("an order edited three times, delivered late and twice, has one invoice, one charge, one receipt, and the last edit received", async (t) => {
  const scene = await openScene(t);
  await scene.start("1", orders(scene));
  await scene.send("orders", order(1), order(3), order(4), order(2), order(4), order(1));
  await scene.settled();
  assert.equal(scene.applied("POST /invoices").length, 1);
  assert.equal(scene.applied("POST /charges").length, 1);
  assert.equal(scene.applied("POST /receipts").length, 1);
  assert.deepEqual(
    scene.applied("PUT /details").map(({ total }) => total),
    ["1.00", "3.00", "4.00", "2.00"],
  );
  assert.deepEqual(await scene.states(), ["delivered", "delivered", "delivered", "delivered"]);
});

test("with a version and latestOnly the newest edit stands, whatever came after it", async (t) => {
  const scene = await openScene(t);
  await scene.start("1", orders(scene, { latestOnly: true }));
  await scene.send("orders", order(1), order(3), order(4), order(2), order(4));
  await scene.settled();
  assert.equal(scene.applied("POST /invoices").length, 1);
  assert.equal(scene.applied("POST /charges").length, 1);
  assert.equal(scene.applied("PUT /details").at(-1)?.total, "4.00");
  const states = await scene.states();
  assert.equal(states.at(-1), "superseded: newer-version");
  assert.equal(states[2], "delivered");
});

test("the same id with other content is a conflict for a person, and the same conflict again a duplicate", async (t) => {
  const scene = await openScene(t);
  await scene.start("1", orders(scene));
  await scene.send("orders", order(1), order(1, "99.00"), order(1, "99.00"));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered", "quarantined: conflict"]);
  assert.deepEqual(
    scene.applied("PUT /details").map(({ total }) => total),
    ["1.00"],
  );
});

test("a contract that gains a default makes no conflict of what came before", async (t) => {
  const scene = await openScene(t);
  const small = z.object({ id: z.string() });
  const grown = z.object({ id: z.string(), currency: z.string().default("AUD") });
  const of = (contract: typeof small | typeof grown) =>
    integration("notes", {
      source: push(),
      contract: contract as typeof small,
      identify: ({ id }) => ({ id }),
      deliver: async () => undefined,
    });
  await scene.start("1", of(small));
  await scene.send("notes", { id: "N-1" });
  await scene.settled();
  await scene.start("2", of(grown));
  await scene.send("notes", { id: "N-1" }, { id: "N-1", note: "ignored by both" });
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
});

test("under changedOnly A goes out again when B waited between", async (t) => {
  const scene = await openScene(t);
  const of = integration("contacts", {
    source: push(),
    contract: z.object({ id: z.string(), at: z.number(), name: z.string() }),
    identify: ({ id, at }) => ({ id: `${id}@${at}`, entity: id }),
    changedOnly: ({ name }) => ({ name }),
    async deliver({ name }, { effect }) {
      await effect("upsert", scene.books.put("/contacts", { json: { name } }));
    },
    retry: quick,
  });
  await scene.start("1", of);
  const contact = (at: number, name: string) => ({ id: "C-1", at, name });
  await scene.send("contacts", contact(1, "A"));
  await scene.settled();
  scene.will("PUT /contacts", { status: 503 }, { status: 503 }, "ok");
  await scene.send("contacts", contact(2, "B"), contact(3, "A"), contact(4, "A"));
  await scene.settled();
  assert.deepEqual(
    scene.applied("PUT /contacts").map(({ name }) => name),
    ["A", "B", "A"],
  );
  assert.deepEqual(await scene.states(), ["delivered", "delivered", "delivered", "filtered: unchanged"]);
});
