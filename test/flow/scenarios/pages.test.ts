// A listing that `deliver` walks: what it does with it must come from all of it, or not happen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { byKey, type Integration, integration, pages, push } from "waybill";
import { z } from "zod";
import { dryRun } from "../../../src/cli/dry-run.ts";
import { openScene, quick, type Scene } from "./scene.ts";

const Page = z.object({ items: z.array(z.object({ price: z.number() })) });
const listing = [
  { items: [{ price: 1 }, { price: 2 }], next: "b" },
  { items: [{ price: 3 }], next: "c" },
  { items: [{ price: 4 }], next: "" },
];

function sums(scene: Scene): Integration {
  scene.answers("GET /prices", () => {
    const at = ["a", "b", "c"].indexOf(new URLSearchParams(scene.seen.at(-1)?.query).get("after") ?? "a");
    return listing[at];
  });
  return integration("sums", {
    source: push(),
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    retry: quick,
    async deliver({ id }, { call, effect }) {
      let sum = 0;
      const prices = scene.books.get("/prices", { expect: Page });
      for await (const { items } of pages(call, prices)) for (const { price } of items) sum += price;
      await effect("sum", scene.books.post("/sums", { json: { ref: id, sum }, idempotency: byKey() }));
    },
  });
}

const pagination = { by: "token", at: "next", param: "after" } as const;

test("a listing whose second page fails is walked again from its beginning, and nothing is made of a part", async (t) => {
  const scene = await openScene(t, { pagination });
  scene.will("GET /prices", "ok", { status: 500 }, "ok", "ok", { status: 429, headers: { "retry-after": "0" } });
  await scene.start("1", sums(scene));
  await scene.send("sums", { id: "A" });
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.deepEqual(scene.applied("POST /sums"), [{ ref: "A", sum: 10 }]);
  assert.deepEqual(
    scene.asked("GET /prices").map(({ query }) => query),
    ["", "after=b", "", "after=b", "after=c", "", "after=b", "after=c"],
  );
});

test("a page that is refused for good ends the record, with nothing made of the pages before it", async (t) => {
  const scene = await openScene(t, { pagination });
  scene.will("GET /prices", "ok", { status: 400 });
  await scene.start("1", sums(scene));
  await scene.send("sums", { id: "A" });
  await scene.settled();
  assert.match((await scene.states())[0] ?? "", /^dead/);
  assert.deepEqual(scene.asked("POST /sums"), []);
});

test("a dry run walks one page of samples, and shows the effect that comes after it", async (t) => {
  const scene = await openScene(t, { pagination });
  await scene.start("1", sums(scene));
  const { definition } = scene.waybill.known("sums");
  const { calls, effects, threw } = await dryRun(scene.waybill, definition, { id: "A" });
  assert.deepEqual([threw, calls.length, effects.map(({ name }) => name)], [undefined, 1, ["sum"]]);
  assert.deepEqual(scene.seen, []);
});
