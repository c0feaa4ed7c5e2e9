// Two integrations in one process: a mass of records of one of them is no business of the other's single record.
import assert from "node:assert/strict";
import { test } from "node:test";
import { byKey, type Integration, integration, poll, push, type Source } from "waybill";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";
import { openScene, quick, type Scene } from "./scene.ts";

const contract = z.object({ id: z.string() });
const pageSize = 1_000;
/** Records that one worker has in its hands at once, at most. */
const hands = 288;

/** Posts each record to `/name` of the scene's system. */
function posting(scene: Scene, name: string, source: Source): Integration {
  scene.answers(`POST /${name}`, () => ({ id: "made" }));
  return integration(name, {
    source,
    contract,
    identify: ({ id }) => ({ id }),
    retry: quick,
    async deliver(record, { effect }) {
      await effect("post", scene.books.post(`/${name}`, { json: record, idempotency: byKey() }));
    },
  });
}

test("with 100,000 records of one integration waiting, another's single record goes within two turns", async (t) => {
  const total = 100_000;
  const scene = await openScene(t, { timeout: "30s" });
  const history = poll({
    every: "1h",
    fetch: async ({ cursor }) => {
      const from = Number(cursor ?? 0);
      const records = Array.from({ length: pageSize }, (_, at) => ({ id: String(from + at) }));
      return { records, cursor: String(from + pageSize), more: from + pageSize < total };
    },
  });
  // What is read stays: nothing of it may leave before all of it is there.
  scene.will("POST /history", ...Array.from({ length: hands }, () => "hang" as const));
  const allRead = scene.next((event) => event.event === "source.page" && !event.more);
  await scene.start("1", posting(scene, "history", history), posting(scene, "orders", push()));
  await allRead;
  const [book] = await scene.waybill.ledger.balance("history");
  assert.ok((book?.waiting ?? 0) >= total - hands, `${book?.waiting} wait`);

  // All hands that the mass may have hang: none of them comes free for the other one.
  await scene.send("orders", { id: "while they hang" });
  await posted(scene, 1);
  const guest = await assemble({ integrations: [posting(scene, "orders", push())], ledger: scene.ledger });
  await guest.intake.send(guest.known("orders").definition, { id: "from another process" });
  await guest.stop();
  await posted(scene, 2);

  // And with the mass on its way, at full speed.
  const goesOn = scene.next((event) => event.event === "record.settled" && event.integration === "history");
  await scene.start("1", posting(scene, "history", push()), posting(scene, "orders", push()));
  await goesOn;
  const before = scene.asked("POST /history").length;
  await scene.send("orders", { id: "while they move" });
  await posted(scene, 3);
  const passed = scene.seen.slice(
    0,
    scene.seen.findLastIndex(({ route }) => route === "POST /orders"),
  );
  const overtook = passed.filter(({ route }) => route === "POST /history").length - before;
  assert.ok(overtook <= 2 * hands, `${overtook} of the mass went first`);
  assert.equal(scene.applied("POST /orders").length, 3);
  t.diagnostic(`${before} of ${total} had gone, and ${overtook} more went before the single one`);
});

async function posted(scene: Scene, count: number): Promise<void> {
  const isOrder = (): boolean => scene.applied("POST /orders").length >= count;
  while (!isOrder()) await scene.next((event) => event.event === "attempt" && event.integration === "orders");
}
