import assert from "node:assert/strict";
import { test } from "node:test";
import { atMostOnce, byKey, type Delivery, integration, later, permanent, push } from "waybill";
import { z } from "zod";
import { type Order, order, single } from "./orders.ts";
import { type Act, openScene, quick, type Scene } from "./scene.ts";

const post = ({ books }: Scene, ref: string) => books.post("/invoices", { json: { ref }, idempotency: byKey() });

interface Case {
  readonly name: string;
  readonly deliver: (scene: Scene, order: Order, tools: Delivery) => Promise<void>;
  readonly acts?: readonly Act[];
  readonly state: string;
  readonly applied: number;
}

const cases: readonly Case[] = [
  {
    name: "user code that catches in-doubt is not believed",
    async deliver({ books }, { id }, { effect }) {
      await effect("mail", books.post("/invoices", { json: { ref: id }, idempotency: atMostOnce })).catch(
        () => undefined,
      );
    },
    acts: ["lost"],
    state: "held: in-doubt",
    applied: 1,
  },
  {
    name: "an effect that is never awaited is waited for",
    async deliver(scene, { id }, { effect }) {
      void effect("invoice", post(scene, id));
    },
    state: "delivered",
    applied: 1,
  },
  {
    name: "a refusal that nobody awaited is not lost",
    async deliver(scene, { id }, { effect }) {
      void effect("invoice", post(scene, id));
    },
    acts: [{ status: 422 }],
    state: "dead: refused",
    applied: 0,
  },
  {
    name: "a refusal that user code caught is its own decision",
    async deliver(scene, { id }, { effect }) {
      await effect("invoice", post(scene, id)).catch(() => undefined);
    },
    acts: [{ status: 422 }],
    state: "delivered",
    applied: 0,
  },
  {
    name: "permanent ends it",
    async deliver() {
      throw permanent("there is no total");
    },
    state: "dead: permanent",
    applied: 0,
  },
  {
    name: "later comes back, and then goes on",
    async deliver(scene, { id }, { effect, run }) {
      if (run === 1) throw later("20ms", "not yet");
      await effect("invoice", post(scene, id));
    },
    state: "delivered",
    applied: 1,
  },
  {
    name: "what is thrown and is no error is tried again as any other",
    async deliver(scene, { id }, { effect, run }) {
      await effect("invoice", post(scene, id));
      if (run === 1) throw null;
      if (run === 2) throw "text";
      if (run === 3) throw { message: 5 };
    },
    state: "delivered",
    applied: 1,
  },
];

for (const { name, deliver, acts = [], state, applied } of cases) {
  test(name, async (t) => {
    const scene = await openScene(t);
    scene.will("POST /invoices", ...acts);
    await scene.start(
      "1",
      single((one, tools) => deliver(scene, one, tools)),
    );
    await scene.send("orders", order(1));
    await scene.settled();
    assert.deepEqual(await scene.states(), [state]);
    assert.equal(scene.applied("POST /invoices").length, applied);
  });
}

test("a name used twice in one run is refused before anything more is sent", async (t) => {
  const scene = await openScene(t);
  await scene.start(
    "1",
    single(
      async ({ id }, { effect }) => {
        await effect("invoice", post(scene, id));
        await effect("invoice", post(scene, id));
      },
      { giveUpAfter: "0s" },
    ),
  );
  await scene.send("orders", order(1));
  await scene.settled();
  assert.equal(scene.asked("POST /invoices").length, 1);
  assert.match((await scene.rows())[0]?.reason ?? "", /made twice in one run/);
});

test("user code that hangs is ended by its deadline, tried again, and blocks nobody else", async (t) => {
  const scene = await openScene(t);
  await scene.start(
    "1",
    single(
      async ({ id, at }, { effect, run }) => {
        if (at === 1 && run === 1) await new Promise(() => undefined);
        await effect("invoice", post(scene, id));
      },
      { deliverTimeout: "300ms" },
    ),
  );
  await scene.send("orders", order(1), { ...order(2), id: "A-2" });
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered", "delivered"]);
  assert.ok(scene.events.some(({ event }) => event === "run.hung"));
});

test("a handle that is used after the end does nothing, and somebody is told", async (t) => {
  const scene = await openScene(t);
  const late = Promise.withResolvers<unknown>();
  await scene.start(
    "1",
    single(async ({ id }, { effect }) => {
      setTimeout(() => effect("late", post(scene, id)).then(() => late.resolve("sent"), late.resolve), 300);
    }),
  );
  await scene.send("orders", order(1));
  await scene.settled();
  assert.match(String(await late.promise), /has ended|nothing any more/);
  assert.equal(scene.asked("POST /invoices").length, 0);
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.ok(scene.events.some(({ event }) => event === "run.late"));
});

test("in strict order nothing of a key passes a record that waits for a person; otherwise it does", async (t) => {
  for (const kind of ["strict", "perKey"] as const) {
    const scene = await openScene(t);
    scene.will("POST /invoices", { status: 422 });
    await scene.start(
      "1",
      integration("orders", {
        source: push(),
        contract: z.object({ id: z.string() }),
        identify: ({ id }) => ({ id, key: "one" }),
        order: kind,
        async deliver({ id }, { effect }) {
          await effect("invoice", post(scene, id));
        },
        retry: quick,
      }),
    );
    const refused = scene.next((event) => event.event === "record.settled");
    await scene.send("orders", { id: "1" }, { id: "2" });
    await refused;
    if (kind === "perKey") await scene.settled();
    else await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(
      scene.applied("POST /invoices").map(({ ref }) => ref),
      kind === "strict" ? [] : ["2"],
    );
  }
});
