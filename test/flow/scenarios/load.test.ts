// Thin webhooks: a notice only says what changed, and the entity is fetched. What counts is what the destination and the source saw.
import assert from "node:assert/strict";
import { test } from "node:test";
import { byKey, integration, type LoadRead, path, poll, unverified, type WebhookOptions, webhook } from "waybill";
import { z } from "zod";
import { booksOf } from "../../../src/flow/books.ts";
import { openScene, quick, type Scene } from "./scene.ts";

const Notice = z.object({ id: z.string() });
const Order = z.object({ id: z.string(), version: z.number(), total: z.number() });
type Order = z.infer<typeof Order>;
const person = { actor: "ann", why: "seen" };

/** What the source holds now, answered at `GET /orders/…`. */
function holds(scene: Scene, ...orders: Order[]): void {
  for (const order of orders) scene.answers(`GET /orders/${order.id}`, () => order);
}

/** Each version of an order is copied once. */
function copies(scene: Scene, load?: WebhookOptions["load"], more: { deliverTimeout?: "100ms" } = {}) {
  const byAddress: LoadRead = (notice) => scene.books.get(path`/orders/${Notice.parse(notice).id}`, { expect: Order });
  return integration("copies", {
    source: webhook("/orders/changed", { verify: unverified, load: load ?? byAddress }),
    contract: Order,
    identify: ({ id, version }) => ({ id: `${id}@${version}`, entity: id }),
    retry: quick,
    ...more,
    async deliver(order, { effect }) {
      await effect("copy", scene.books.post("/copies", { json: order, idempotency: byKey() }));
    },
  });
}

async function notify(scene: Scene, notice: unknown): Promise<{ record: string; state: string }> {
  const request = { method: "POST", body: JSON.stringify(notice), headers: { "content-type": "application/json" } };
  const answer = await scene.waybill.app.fetch(new Request("http://localhost/orders/changed", request), "127.0.0.1");
  assert.equal(answer.status, 202);
  return (await answer.json()) as { record: string; state: string };
}

async function balanced(scene: Scene): Promise<void> {
  const { balanced, integrations } = booksOf(await scene.waybill.ledger.balance("copies"));
  assert.ok(balanced && integrations.length === 1);
}

test("a notice is acknowledged before anything is asked for, and the whole entity is delivered once", async (t) => {
  const scene = await openScene(t);
  holds(scene, { id: "A/1", version: 1, total: 7 }, { id: "A%2F1", version: 1, total: 7 });
  scene.will("GET /orders/A%2F1", "hang", { status: 500 }, "lost");
  await scene.start("1", copies(scene));
  const taken = await notify(scene, { id: "A/1" });
  assert.ok(["waiting", "delivering"].includes(taken.state));
  assert.equal(scene.applied("POST /copies").length, 0);
  await scene.settled();
  const body = { id: "A%2F1", version: 1, total: 7 };
  assert.deepEqual(scene.applied("POST /copies"), [body]);
  assert.equal(scene.asked("GET /orders/A%2F1").length, 4, "three failures were tried again");
  const whole = await scene.whole(taken.record);
  assert.deepEqual(
    [whole.state, whole.id, whole.entity, JSON.parse(Buffer.from(whole.raw ?? "").toString())],
    ["delivered", "A%2F1@1", "A%2F1", body],
  );
  await balanced(scene);
});

test("notices of one version are one record: the same again, and others that lead to it", async (t) => {
  const scene = await openScene(t);
  holds(scene, { id: "A", version: 1, total: 7 });
  await scene.start("1", copies(scene));
  await notify(scene, { id: "A" });
  await scene.settled();
  await notify(scene, { id: "A", seen: 2 });
  await notify(scene, { id: "A" });
  await scene.settled();
  assert.equal(scene.applied("POST /copies").length, 1);
  assert.deepEqual(await scene.states(), ["delivered", "discarded: duplicate", "discarded: duplicate"]);
  await balanced(scene);
  holds(scene, { id: "A", version: 2, total: 8 });
  await notify(scene, { id: "A" });
  await scene.settled();
  assert.deepEqual(
    scene.applied("POST /copies").map(({ version }) => version),
    [1, 2],
  );
  await balanced(scene);
});

test("one of an entity is loaded at a time, and others are not held up", async (t) => {
  const scene = await openScene(t);
  const inFlight = new Map<string, number>();
  let most = 0;
  let together = 0;
  const counted = (id: string, by: 1 | -1): void => {
    inFlight.set(id, (inFlight.get(id) ?? 0) + by);
    most = Math.max(most, inFlight.get(id) ?? 0);
    together = Math.max(together, [...inFlight.values()].filter((count) => count > 0).length);
  };
  const load = {
    entity: (notice: unknown) => Notice.parse(notice).id,
    async fetch(notice: unknown): Promise<Order> {
      const { id } = Notice.parse(notice);
      counted(id, 1);
      await new Promise((later) => setTimeout(later, 20));
      counted(id, -1);
      return { id, version: 1, total: 7 };
    },
  };
  await scene.start("1", copies(scene, load));
  for (let turn = 0; turn < 5; turn++) for (const id of ["A", "B", "C"]) await notify(scene, { id, turn });
  await scene.settled();
  assert.equal(scene.applied("POST /copies").length, 3);
  assert.equal((await scene.states()).filter((state) => state === "discarded: duplicate").length, 12);
  assert.deepEqual([most, together > 1], [1, true]);
  await balanced(scene);
});

test("what is refused for good is dead and goes again when a person says so; what is not there is filtered where the read says so", async (t) => {
  const scene = await openScene(t);
  scene.will("GET /orders/A", { status: 404 });
  await scene.start("1", copies(scene));
  const { record } = await notify(scene, { id: "A" });
  await scene.settled();
  const dead = await scene.whole(record);
  assert.deepEqual([dead.state, dead.cause, dead.id], ["dead", "refused", undefined]);
  assert.match(dead.reason ?? "", /GET \/orders\/A of books.*404/);
  holds(scene, { id: "A", version: 1, total: 7 });
  await scene.waybill.inboxes.replay(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);

  await scene.start(
    "2",
    copies(scene, (notice) => scene.books.get(path`/orders/${Notice.parse(notice).id}`, { orAbsent: true })),
  );
  scene.will("GET /orders/B", { status: 404 });
  await notify(scene, { id: "B" });
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered", "filtered: not-accepted"]);
  assert.equal(scene.applied("POST /copies").length, 1);
  await balanced(scene);
});

test("a notice that names no entity waits for a person, who puts it right", async (t) => {
  const scene = await openScene(t);
  holds(scene, { id: "A", version: 1, total: 7 });
  await scene.start("1", copies(scene));
  for (const notice of [{}, { id: 5 }, { id: "" }, { id: ".." }, null, []]) await notify(scene, notice);
  await scene.settled();
  const rows = await scene.rows();
  assert.deepEqual(new Set(rows.map(({ state, cause }) => `${state}: ${cause}`)), new Set(["quarantined: identity"]));
  assert.equal(scene.seen.length, 0, "nothing was asked of the source");
  const [first] = rows;
  await scene.waybill.inboxes.edit(first?.record ?? "", person, { kind: "text", text: '{"id":"A"}' });
  await scene.waybill.inboxes.release(first?.record ?? "", person);
  await scene.settled();
  assert.equal(scene.applied("POST /copies").length, 1);
  await balanced(scene);
});

test("what is loaded and breaks the contract is quarantined, and is loaded again when it is released", async (t) => {
  const scene = await openScene(t);
  scene.answers("GET /orders/A", () => ({ id: "A", version: "one" }));
  const unchecked: LoadRead = (notice) => scene.books.get(path`/orders/${Notice.parse(notice).id}`);
  await scene.start("1", copies(scene, unchecked));
  const { record } = await notify(scene, { id: "A" });
  await scene.settled();
  assert.deepEqual(await scene.states(), ["quarantined: contract"]);
  await balanced(scene);
  holds(scene, { id: "A", version: 1, total: 7 });
  await scene.waybill.inboxes.release(record, person);
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(scene.applied("POST /copies").length, 1);
  await balanced(scene);
});

test("a load that never ends, or that throws, is tried again and loses nothing", async (t) => {
  const scene = await openScene(t);
  let tries = 0;
  const stubborn = {
    entity: (notice: unknown) => Notice.parse(notice).id,
    fetch: (): Promise<unknown> => {
      tries += 1;
      if (tries === 1) return new Promise(() => undefined);
      if (tries === 2) throw new Error("at once");
      if (tries === 3) return Promise.reject(new Error("later"));
      return Promise.resolve({ id: "A", version: 1, total: 7 });
    },
  };
  await scene.start("1", copies(scene, stubborn, { deliverTimeout: "100ms" }));
  await notify(scene, { id: "A" });
  await scene.settled();
  assert.deepEqual([await scene.states(), tries], [["delivered"], 4]);
  await balanced(scene);
});

test("a stop in the middle of a load, and a deploy, lose no notice and deliver once", async (t) => {
  const scene = await openScene(t);
  holds(scene, { id: "A", version: 1, total: 7 });
  scene.will("GET /orders/A", "hang", "hang", "hang");
  await scene.start("1", copies(scene));
  await notify(scene, { id: "A" });
  while (scene.asked("GET /orders/A").length === 0) await new Promise((later) => setTimeout(later, 5));
  await scene.stop();
  scene.will("GET /orders/A");
  await scene.start("2", copies(scene));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(scene.applied("POST /copies").length, 1);
  await balanced(scene);
});

test("a load is followed where its system says, and a poll beside it is not loaded", async (t) => {
  const scene = await openScene(t);
  scene.will("GET /orders/A", { status: 308, headers: { location: "/archive/A" } });
  scene.answers("GET /archive/A", () => ({ id: "A", version: 1, total: 7 }));
  const thin = webhook("/orders/changed", {
    verify: unverified,
    load: (notice) => scene.books.get(path`/orders/${Notice.parse(notice).id}`),
  });
  const whole = poll({
    every: "1d",
    fetch: async () => ({ records: [{ id: "B", version: 1, total: 8 }], cursor: "1" }),
  });
  await scene.start(
    "1",
    integration("copies", {
      source: [thin, whole],
      contract: Order,
      identify: ({ id, version }) => ({ id: `${id}@${version}`, entity: id }),
      retry: quick,
      async deliver(order, { effect }) {
        await effect("copy", scene.books.post("/copies", { json: order, idempotency: byKey() }));
      },
    }),
  );
  await notify(scene, { id: "A" });
  while (scene.applied("POST /copies").length < 2) await new Promise((later) => setTimeout(later, 10));
  await scene.settled();
  assert.deepEqual(
    scene
      .applied("POST /copies")
      .map(({ id }) => id)
      .toSorted(),
    ["A", "B"],
  );
  assert.equal(scene.seen.filter(({ route }) => route.includes("/B")).length, 0);
});
