// Effects of many records in one call: each is settled by its own part of the answer, and what the destination made of each is counted there.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  atMostOnce,
  type BatchOptions,
  byKey,
  byLookup,
  type Delivery,
  type Idempotency,
  type Integration,
  integration,
  later,
  natural,
  permanent,
  push,
} from "waybill";
import { z } from "zod";
import { openScene, quick, type Scene } from "./scene.ts";

const Order = z.object({ id: z.string(), total: z.number(), key: z.string().optional() });
type Order = z.infer<typeof Order>;
interface Item {
  readonly ref: string;
  readonly total: number;
}
const Made = z.object({ ref: z.string(), id: z.string().optional(), error: z.string().optional() });
const Answer = z.object({ made: z.array(Made) });
type Answer = z.infer<typeof Answer>;
const Found = z.object({ items: z.array(z.object({ id: z.string() })) });
const person = { actor: "ann", why: "seen in the other system" };
const route = "POST /invoices/batch";

const orders = (count: number, from = 0): Order[] =>
  Array.from({ length: count }, (_, at) => ({ id: `O-${from + at}`, total: from + at }));

interface How {
  readonly idempotency?: Idempotency<Answer>;
  readonly options?: Partial<BatchOptions<Item, Answer, string>>;
  readonly lookup?: boolean;
  readonly item?: (order: Order) => Item;
  readonly got?: (ids: string) => void;
  readonly giveUpAfter?: "0s";
}

function invoices({ books }: Scene, how: How = {}): Integration {
  const batch = books.batch("invoices", {
    most: 100,
    linger: "80ms",
    send: (items: readonly Item[]) =>
      books.post("/invoices/batch", { json: { items }, expect: Answer, idempotency: how.idempotency ?? byKey() }),
    each: (answer, { ref }) => {
      const mine = answer.made.find((one) => one.ref === ref);
      if (mine?.error === "busy") throw later("10ms", "the ledger is locked");
      if (mine?.error !== undefined) throw permanent(mine.error);
      return mine?.id;
    },
    count: ({ made }) => made.length,
    ...how.options,
  });
  return integration("orders", {
    source: push(),
    contract: Order,
    identify: ({ id, key }) => ({ id, entity: id, key: key ?? id }),
    retry: { ...quick, giveUpAfter: how.giveUpAfter ?? quick.giveUpAfter },
    async deliver(order, { effect, call }: Delivery) {
      const item = how.item?.(order) ?? { ref: order.id, total: order.total };
      const find = async () =>
        (await call(books.get("/invoices", { query: { ref: order.id }, expect: Found }))).items.map(({ id }) => id);
      const lookup = byLookup(find, { visibleAfter: "50ms" });
      const id = await effect("invoice", how.lookup === true ? batch(item, { lookup }) : batch(item));
      how.got?.(id);
    },
  });
}

/** A destination that takes invoices by the batch and counts each; `say` is what it makes of one, or why not. */
function takes(
  scene: Scene,
  say: (item: Item, times: number) => object = ({ ref }) => ({ id: `inv-${ref}` }),
): Map<string, number> {
  const asked = new Map<string, number>();
  const made = new Map<string, number>();
  scene.answers(route, (body) => ({
    made: (body.items as Item[]).flatMap((item) => {
      asked.set(item.ref, (asked.get(item.ref) ?? 0) + 1);
      const said = say(item, asked.get(item.ref) ?? 0);
      if ("id" in said) made.set(item.ref, (made.get(item.ref) ?? 0) + 1);
      return "none" in said ? [] : [{ ref: item.ref, ...said }];
    }),
  }));
  scene.answers("GET /invoices", () => ({ items: [] }));
  return made;
}

const sizes = (scene: Scene): number[] => scene.asked(route).map(({ body }) => (body.items as Item[]).length);
const everyOnce = (made: Map<string, number>, count: number): void => {
  assert.equal(made.size, count);
  assert.ok(
    [...made.values()].every((times) => times === 1),
    "each was made once",
  );
};
/** All at once, so that they meet in one call. */
const sendTogether = async (scene: Scene, all: readonly Order[]): Promise<string[]> =>
  (await Promise.all(all.map((one) => scene.send("orders", one)))).flat();

async function tally(scene: Scene): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const state of await scene.states()) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

test("a hundred records go in one call, and each gets its own result; a limit counts the call once", async (t) => {
  const { rate } = await import("waybill");
  const scene = await openScene(t, { limits: [rate(2, "1h")] });
  const made = takes(scene);
  const ids: string[] = [];
  await scene.start("1", invoices(scene, { got: (id) => ids.push(id) }));
  await sendTogether(scene, orders(100));
  await scene.settled();
  assert.deepEqual(await tally(scene), { delivered: 100 });
  assert.ok(sizes(scene).length <= 2, `${sizes(scene)}`);
  everyOnce(made, 100);
  assert.deepEqual(
    ids.sort(),
    orders(100)
      .map(({ id }) => `inv-${id}`)
      .sort(),
  );
});

test("three of a hundred are refused and one is put off: the others are delivered, and nothing goes twice", async (t) => {
  const scene = await openScene(t);
  const bad = new Set(["O-7", "O-50", "O-99"]);
  const made = takes(scene, ({ ref }, times) =>
    bad.has(ref)
      ? { error: "no such customer" }
      : ref === "O-3" && times === 1
        ? { error: "busy" }
        : { id: `inv-${ref}` },
  );
  await scene.start("1", invoices(scene));
  await sendTogether(scene, orders(100));
  await scene.settled();
  assert.deepEqual(await tally(scene), { delivered: 97, "dead: refused": 3 });
  everyOnce(made, 97);
  const dead = (await scene.rows({ states: ["dead"] }))[0];
  assert.match(dead?.reason ?? "", /"invoice" was refused: no such customer/);
  await scene.waybill.inboxes.replay(dead?.record ?? "", person, { overtaken: false });
  await scene.settled();
  assert.equal(
    new Set(scene.asked(route).map(({ key }) => key)).size,
    scene.asked(route).length,
    "each call has its own key",
  );
});

test("a lost answer: the whole call is repeated, same bytes and key, whatever the code has become, and each is made once", async (t) => {
  const scene = await openScene(t);
  const made = takes(scene, ({ ref }) => (ref === "O-4" ? { error: "no" } : { id: `inv-${ref}` }));
  scene.will(route, "lost");
  await scene.start("1", invoices(scene));
  const lost = scene.next((event) => event.event === "attempt" && event.outcome === "in-doubt");
  await sendTogether(scene, orders(20));
  await lost;
  await scene.start("2", invoices(scene, { options: { most: 3, linger: "5ms" } }));
  await scene.settled();
  assert.deepEqual(await tally(scene), { delivered: 19, "dead: refused": 1 });
  everyOnce(made, 19);
  const calls = scene.asked(route);
  assert.equal(new Set(calls.map(({ key }) => key)).size, 1);
  assert.equal(new Set(calls.map(({ body }) => JSON.stringify(body))).size, 1);
  assert.ok(calls.length <= 3, `repeated once for all, not once for each: ${calls.length}`);
});

test("a lost answer where items are looked up: what is there is done, what is not goes in another call", async (t) => {
  const scene = await openScene(t);
  const made = takes(scene);
  scene.will(route, "lost");
  scene.answers("GET /invoices", () => ({ items: [] }));
  await scene.start("1", invoices(scene, { idempotency: atMostOnce, lookup: true }));
  await sendTogether(scene, orders(2));
  // What the destination has, it finds: all of the lost call.
  scene.answers("GET /invoices", () => ({ items: [{ id: "found" }] }));
  await scene.settled();
  assert.deepEqual(await tally(scene), { delivered: 2 });
  everyOnce(made, 2);

  const other = await openScene(t);
  const madeThere = takes(other);
  other.will(route, "reset");
  await other.start("1", invoices(other, { idempotency: atMostOnce, lookup: true }));
  await sendTogether(other, orders(3));
  await other.settled();
  assert.deepEqual(await tally(other), { delivered: 3 });
  everyOnce(madeThere, 3);
});

test("a lost answer of a call that is sent at most once holds each record, and a person ends each doubt by itself", async (t) => {
  const scene = await openScene(t);
  const made = takes(scene);
  scene.will(route, "reset");
  await scene.start("1", invoices(scene, { idempotency: atMostOnce }));
  const [first = "", second = ""] = await sendTogether(scene, orders(2));
  await scene.settled();
  assert.deepEqual(await tally(scene), { "held: in-doubt": 2 });
  assert.match((await scene.whole(first)).reason ?? "", /"invoice" is in doubt: .*it went with 1 other/);
  await scene.waybill.inboxes.resolve(first, person, { kind: "applied", result: "inv-there" });
  await scene.waybill.inboxes.resolve(second, person, { kind: "not-applied" });
  await scene.settled();
  assert.deepEqual(await tally(scene), { delivered: 2 });
  assert.deepEqual([...made.keys()], ["O-1"]);
});

test("natural items are simply sent again", async (t) => {
  const scene = await openScene(t);
  takes(scene);
  scene.will(route, "reset", { status: 500 });
  await scene.start("1", invoices(scene, { idempotency: natural }));
  await sendTogether(scene, orders(5));
  await scene.settled();
  assert.deepEqual(await tally(scene), { delivered: 5 });
});

test("an answer that lacks an item leaves that one in doubt, and no other", async (t) => {
  const scene = await openScene(t);
  const made = takes(scene, ({ ref }) => (ref === "O-1" ? { none: true } : { id: `inv-${ref}` }));
  await scene.start("1", invoices(scene));
  await sendTogether(scene, orders(3));
  await scene.settled();
  assert.deepEqual(await tally(scene), { delivered: 2, "held: in-doubt": 1 });
  everyOnce(made, 2);
  const held = (await scene.rows({ states: ["held"] }))[0];
  assert.match(held?.reason ?? "", /the answer does not speak of it/);
  assert.equal(sizes(scene).length, 1, "it is not asked again for what it has answered");
});

test("an answer that speaks of too many items leaves all in doubt: whose is which, nobody can tell", async (t) => {
  const scene = await openScene(t);
  scene.answers(route, (body) => ({
    made: [...(body.items as Item[]), { ref: "X" }].map(({ ref }) => ({ ref, id: `inv-${ref}` })),
  }));
  await scene.start("1", invoices(scene));
  await sendTogether(scene, orders(2));
  await scene.settled();
  assert.deepEqual(await tally(scene), { "held: in-doubt": 2 });
  assert.match((await scene.rows())[0]?.reason ?? "", /speaks of 3 items, and 2 were sent/);
});

test("one bad item spoils nobody: a call that is refused for what it holds is halved until that one stands alone", async (t) => {
  const scene = await openScene(t);
  const made = takes(scene);
  const meet = scene.meet.bind(scene);
  scene.meet = (one, query, body, key) => {
    if (one === route && (body.items as Item[]).some(({ ref }) => ref === "O-5")) scene.will(route, { status: 422 });
    return meet(one, query, body, key);
  };
  await scene.start("1", invoices(scene));
  await sendTogether(scene, orders(16));
  await scene.settled();
  assert.deepEqual(await tally(scene), { delivered: 15, "dead: refused": 1 });
  everyOnce(made, 15);
});

test("an item for which no call can be made hurts its own record alone", async (t) => {
  const scene = await openScene(t);
  const made = takes(scene);
  const { secret } = await import("waybill");
  await scene.start(
    "1",
    invoices(scene, {
      giveUpAfter: "0s",
      item: ({ id, total }) => ({ ref: id, total: total === 1 ? (secret("NOBODYS") as never) : total }),
      options: {
        send: (items) => {
          if (items.some(({ ref }) => ref === "O-2")) throw new TypeError("cannot be written");
          return scene.books.post("/invoices/batch", { json: { items }, expect: Answer, idempotency: byKey() });
        },
      },
    }),
  );
  await sendTogether(scene, orders(6));
  await scene.settled();
  assert.deepEqual(await tally(scene), { delivered: 4, "dead: gave-up": 2 });
  everyOnce(made, 4);
});

test("a call that is put off by its system puts off all of it, uncounted", async (t) => {
  const scene = await openScene(t);
  const made = takes(scene);
  scene.will(route, { status: 429, headers: { "retry-after": "1" } });
  await scene.start("1", invoices(scene));
  await sendTogether(scene, orders(4));
  await scene.settled();
  assert.deepEqual(await tally(scene), { delivered: 4 });
  everyOnce(made, 4);
});

test("records of one key stay in order, though others go in the same calls", async (t) => {
  const scene = await openScene(t);
  takes(scene);
  await scene.start("1", invoices(scene, { options: { linger: "10ms" } }));
  const mine = orders(5).map((one) => ({ ...one, key: "K" }));
  await scene.send("orders", ...mine, ...orders(5, 5));
  await scene.settled();
  const order = scene.asked(route).flatMap(({ body }) => (body.items as Item[]).map(({ ref }) => ref));
  const ofKey = order.filter((ref) => mine.some(({ id }) => id === ref));
  assert.deepEqual(
    ofKey,
    mine.map(({ id }) => id),
  );
});

test("a broken answer holds each, is kept, and is read again once the code is right", async (t) => {
  const scene = await openScene(t);
  scene.answers(route, (body) => ({ made: (body.items as Item[]).map(({ ref }) => ({ ref, id: 7 })) }));
  const records = await (async () => {
    await scene.start("1", invoices(scene));
    return sendTogether(scene, orders(2));
  })();
  await scene.settled();
  assert.deepEqual(await tally(scene), { "held: answer-unexpected": 2 });
  const loose = z.object({ made: z.array(z.object({ ref: z.string(), id: z.coerce.string() })) });
  await scene.start(
    "2",
    invoices(scene, {
      options: {
        send: (items) =>
          scene.books.post("/invoices/batch", { json: { items }, expect: loose, idempotency: byKey() }) as never,
      },
    }),
  );
  for (const record of records) await scene.waybill.inboxes.resolve(record, person, { kind: "reread" });
  await scene.settled();
  assert.deepEqual(await tally(scene), { delivered: 2 });
  assert.equal(sizes(scene).length, 1);
});

test("a record that is discarded in doubt stays in the stored bytes: they are repeated whole, and nothing is made twice", async (t) => {
  const scene = await openScene(t);
  const made = takes(scene);
  scene.will(route, "lost", "reset", "reset");
  await scene.start("1", invoices(scene));
  const lost = scene.next((event) => event.event === "attempt" && event.outcome === "in-doubt");
  const [first = "", second = ""] = await sendTogether(scene, orders(3));
  await lost;
  await scene.waybill.pauses.pause("orders", undefined, person);
  await scene.start("1", invoices(scene));
  await scene.waybill.inboxes.end(first, person);
  await scene.waybill.inboxes.discard(first, person);
  // Another is said not to be applied, while its call may still be repeated: it waits for that, and does not go in a new one beside it.
  await scene.waybill.inboxes.end(second, person);
  await scene.waybill.inboxes.resolve(second, person, { kind: "not-applied" });
  await scene.waybill.pauses.resume("orders", undefined, person);
  await scene.settled();
  assert.deepEqual(await tally(scene), { delivered: 2, "discarded: by-person": 1 });
  everyOnce(made, 3);
  assert.equal(new Set(scene.asked(route).map(({ key }) => key)).size, 1);
});
