// One call that carries many effects: each is settled by its own part of the answer, and none goes twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  atMostOnce,
  byKey,
  byLookup,
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

const Order = z.object({ id: z.string(), lines: z.array(z.object({ sku: z.string(), count: z.number() })) });
const Answer = z.object({
  lines: z.array(z.object({ sku: z.string(), id: z.string().optional(), error: z.string().optional() })),
});
type Answer = z.infer<typeof Answer>;
type Line = z.infer<typeof Order>["lines"][number];

const order = (...skus: string[]): z.infer<typeof Order> => ({
  id: "A-1",
  lines: skus.map((sku) => ({ sku, count: 1 })),
});
const person = { actor: "ann", why: "seen in the other system" };

/** A destination that takes lines by the batch and counts each; `say` is what it makes of one, or why not. */
function takesLines(
  scene: Scene,
  say: (sku: string, times: number) => { id: string } | { error: string },
): Map<string, number> {
  const asked = new Map<string, number>();
  const made = new Map<string, number>();
  scene.answers("POST /lines", (body) => ({
    lines: (body.lines as Line[]).map(({ sku }) => {
      asked.set(sku, (asked.get(sku) ?? 0) + 1);
      const said = say(sku, asked.get(sku) ?? 0);
      if ("id" in said) made.set(sku, (made.get(sku) ?? 0) + 1);
      return { sku, ...said };
    }),
  }));
  scene.answers("GET /lines", () => ({ lines: [...made.keys()].map((sku) => ({ sku, id: `line-${sku}` })) }));
  return made;
}

interface How {
  readonly idempotency?: (scene: Scene, call: (read: never) => Promise<unknown>) => Idempotency<Answer>;
  readonly size?: number;
  readonly got?: (ids: readonly string[]) => void;
  readonly lines?: (lines: readonly Line[]) => readonly Line[];
}

function batches(scene: Scene, how: How = {}): Integration {
  return integration("orders", {
    source: push(),
    contract: Order,
    identify: ({ id }) => ({ id }),
    retry: quick,
    async deliver({ lines }, { effects, call }) {
      const ids = await effects("lines", how.lines?.(lines) ?? lines, {
        name: (line) => line.sku,
        change: (some) =>
          scene.books.post("/lines", {
            json: { lines: some },
            expect: Answer,
            idempotency: how.idempotency?.(scene, call as never) ?? byKey(),
          }),
        part: (answer, { sku }) => {
          const mine = answer.lines.find((line) => line.sku === sku);
          if (mine?.error === "busy") throw later("10ms", "the line is locked");
          if (mine?.error !== undefined) throw permanent(mine.error);
          return mine?.id;
        },
        ...(how.size === undefined ? {} : { size: how.size }),
      });
      how.got?.(ids);
    },
  });
}

const skus = (scene: Scene): string[][] =>
  scene.asked("POST /lines").map(({ body }) => (body.lines as Line[]).map(({ sku }) => sku));

test("a hundred lines go in calls of forty, and each line gets its own result in the order of the lines", async (t) => {
  const scene = await openScene(t);
  const made = takesLines(scene, (sku) => ({ id: `line-${sku}` }));
  let ids: readonly string[] = [];
  await scene.start("1", batches(scene, { size: 40, got: (got) => (ids = got) }));
  const all = Array.from({ length: 100 }, (_, at) => `S${at}`);
  await scene.send("orders", order(...all));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.deepEqual(
    ids,
    all.map((sku) => `line-${sku}`),
  );
  assert.deepEqual(
    skus(scene).map(({ length }) => length),
    [40, 40, 20],
  );
  assert.ok([...made.values()].every((times) => times === 1));
});

test("lines that were not applied go with the next call, under another key; those that are done do not", async (t) => {
  const scene = await openScene(t);
  const made = takesLines(scene, (sku, times) =>
    sku === "B" && times < 3 ? { error: "busy" } : { id: `line-${sku}` },
  );
  await scene.start("1", batches(scene));
  const [record] = await scene.send("orders", order("A", "B", "C"));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.deepEqual(skus(scene), [["A", "B", "C"], ["B"], ["B"]]);
  assert.deepEqual([...made.values()], [1, 1, 1]);
  assert.equal(new Set(scene.asked("POST /lines").map(({ key }) => key)).size, 3);
  const states = (await scene.whole(record)).effects.map(({ name, state }) => `${name} ${state}`).sort();
  assert.deepEqual(states, [
    "lines#1 done",
    "lines#2 done",
    "lines#3 done",
    "lines/A done",
    "lines/B done",
    "lines/C done",
  ]);
});

test("a refused line makes the record dead, and a replay sends that line alone", async (t) => {
  const scene = await openScene(t);
  const made = takesLines(scene, (sku, times) =>
    sku === "B" && times === 1 ? { error: "no such sku" } : { id: `line-${sku}` },
  );
  await scene.start("1", batches(scene));
  const [record = ""] = await scene.send("orders", order("A", "B"));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["dead: refused"]);
  assert.match((await scene.whole(record)).reason ?? "", /1 of 2 refused: "B" \(no such sku\)/);
  await scene.waybill.inboxes.replay(record, person, { overtaken: false });
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.deepEqual(skus(scene), [["A", "B"], ["B"]]);
  assert.deepEqual([...made.values()], [1, 1]);
});

test("a call whose answer was lost is repeated whole, with its stored bytes and key, though the batch is smaller by now", async (t) => {
  const scene = await openScene(t);
  const made = takesLines(scene, (sku) => ({ id: `line-${sku}` }));
  scene.will("POST /lines", "lost", "lost");
  await scene.start("1", batches(scene, { size: 3 }));
  await scene.send("orders", order("A", "B", "C"));
  await scene.next((event) => event.event === "attempt" && event.outcome === "in-doubt");
  await scene.start("2", batches(scene, { size: 1 }));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.ok(skus(scene).length >= 2);
  assert.ok(skus(scene).every((sent) => sent.join() === "A,B,C"));
  assert.equal(new Set(scene.asked("POST /lines").map(({ key }) => key)).size, 1);
  assert.deepEqual([...made.values()], [1, 1, 1]);
});

test("a lookup that finds a part of a call waits until the rest can be believed absent, and sends only that", async (t) => {
  const scene = await openScene(t);
  // Of the first call, only A is applied, and its answer is lost.
  let first = true;
  const made = takesLines(scene, (sku) => {
    if (sku === "B" && first) {
      first = false;
      return { error: "busy" };
    }
    return { id: `line-${sku}` };
  });
  scene.will("POST /lines", "lost");
  const looks = byLookupOfLines("50ms");
  await scene.start("1", batches(scene, { idempotency: looks }));
  await scene.send("orders", order("A", "B"));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.deepEqual(skus(scene), [["A", "B"], ["B"]]);
  assert.ok(scene.asked("GET /lines").length >= 2, "it was looked up again before the absence was believed");
  assert.deepEqual([...made.values()], [1, 1]);
});

function byLookupOfLines(visibleAfter: "50ms"): NonNullable<How["idempotency"]> {
  return (scene, call) =>
    byLookup(async () => (await call(scene.books.get("/lines", { expect: Answer }) as never)) as Answer, {
      visibleAfter,
    });
}

test("a call that is sent at most once is held when its answer is lost, and a person answers for all of its parts", async (t) => {
  const scene = await openScene(t);
  takesLines(scene, (sku) => ({ id: `line-${sku}` }));
  scene.will("POST /lines", "lost");
  let ids: readonly string[] = [];
  await scene.start("1", batches(scene, { idempotency: () => atMostOnce, got: (got) => (ids = got) }));
  const [record = ""] = await scene.send("orders", order("A", "B"));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["held: in-doubt"]);
  const result = {
    lines: [
      { sku: "A", id: "a" },
      { sku: "B", id: "b" },
    ],
  };
  await scene.waybill.inboxes.resolve(record, person, { kind: "applied", result }, { overtaken: false });
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.deepEqual(ids, ["a", "b"]);
  assert.equal(skus(scene).length, 1);
});

test("an answer that does not speak of a line is held, and the other lines stand; a person says what became of it", async (t) => {
  const scene = await openScene(t);
  scene.answers("POST /lines", () => ({ lines: [{ sku: "A", id: "a" }] }));
  let ids: readonly string[] = [];
  await scene.start("1", batches(scene, { got: (got) => (ids = got) }));
  const [record = ""] = await scene.send("orders", order("A", "B"));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["held: answer-unexpected"]);
  await scene.waybill.inboxes.resolve(
    record,
    person,
    { kind: "applied", result: "b", effect: "lines/B" },
    { overtaken: false },
  );
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.deepEqual(ids, ["a", "b"]);
  assert.equal(skus(scene).length, 1);
});

test("a deploy that changes or drops a line that is done is held; one that adds a line sends that alone", async (t) => {
  for (const [lines, state, calls] of [
    [(all: readonly Line[]) => all.map((line) => ({ ...line, count: 2 })), "held: effect-changed", 1],
    [(all: readonly Line[]) => [...all.slice(1), { sku: "C", count: 1 }], "held: effect-orphaned", 1],
    [(all: readonly Line[]) => [...all, { sku: "C", count: 1 }], "delivered", 2],
  ] as const) {
    const scene = await openScene(t);
    takesLines(scene, (sku) => ({ id: `line-${sku}` }));
    const stops: How = {
      got: () => {
        throw later("10ms", "the rest is not ready");
      },
    };
    await scene.start("1", batches(scene, stops));
    await scene.send("orders", order("A", "B"));
    await scene.next((event) => event.event === "record.settled");
    await scene.start("2", batches(scene, { lines }));
    await scene.settled();
    assert.deepEqual(await scene.states(), [state]);
    assert.equal(skus(scene).length, calls);
  }
});

test("a natural batch is simply made again, and each line stands once it was answered", async (t) => {
  const scene = await openScene(t);
  takesLines(scene, (sku) => ({ id: `line-${sku}` }));
  scene.will("POST /lines", "reset", "ok");
  await scene.start("1", batches(scene, { idempotency: () => natural }));
  await scene.send("orders", order("A", "B"));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(skus(scene).length, 2);
});

test("an order without lines makes no call, and two lines of one name are refused before anything is sent", async (t) => {
  const scene = await openScene(t);
  takesLines(scene, (sku) => ({ id: `line-${sku}` }));
  await scene.start("1", batches(scene));
  await scene.send("orders", { id: "none", lines: [] });
  const [twice] = await scene.send("orders", order("A", "A"));
  await scene.next((event) => event.event === "record.settled" && event.record === twice);
  assert.match((await scene.whole(twice)).reason ?? "", /two items are named "A"/);
  assert.equal(scene.asked("POST /lines").length, 0);
});
