// A database that was set back holds a ledger that has lost time. Unless somebody says so, what was made in that time is made once more.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startPostgres } from "../../../scripts/postgres.ts";
import { assemble } from "../../../src/assembly/assemble.ts";
import type { Assembly } from "../../../src/assembly/assembly.ts";
import { declareSetBack } from "../../../src/assembly/copies.ts";
import { createWorld } from "../../../src/world/world.ts";
import { until } from "../../cli/project.ts";
import { destination } from "../releases/destination.ts";
import { dump, restoreDump } from "../releases/dump.ts";
import { orderOf } from "../releases/sent.ts";

async function started(t: TestContext, ledger: string): Promise<Assembly> {
  const { payments, letters, orders } = await import("../releases/scene.ts");
  const assembly = await assemble({ integrations: [payments, letters, orders], ledger, release: "scene" });
  t.after(() => assembly.stop({ graceMs: 0 }));
  await assembly.start();
  return assembly;
}

async function sendAll(assembly: Assembly, mark: string): Promise<void> {
  for (const name of ["payments", "letters", "orders"]) {
    const { definition } = assembly.known(name);
    await assembly.intake.send(definition, orderOf(`${name}-${mark}`, "ok"), "");
  }
  await until("all is settled", async () =>
    (await assembly.ledger.balance(undefined)).every(({ waiting, delivering }) => waiting === 0 && delivering === 0),
  );
}

test("what was made in the time that a database lost is looked up, repeated under its key, or held: nothing is made twice", async (t) => {
  const there = await destination(false);
  t.after(() => there.close());
  process.env.THERE = there.url;
  await using postgres = await startPostgres({ version: 18 });
  const world = createWorld();
  t.after(() => world.close());

  const before = await started(t, postgres.url());
  await sendAll(before, "known");
  const copiedAtMs = Date.now();
  const copy = await dump(postgres.url());
  await sendAll(before, "lost");
  const lost = {
    nowMs: Date.now(),
    copiedAtMs,
    doubtNewUntilMs: Date.now() + 86_400_000,
    actor: "ann",
    why: "the disk was gone",
  };
  await assert.rejects(declareSetBack({ ...lost, address: postgres.url(), dryRun: false }, world), {
    code: "ledger-owned",
  });
  await before.stop();

  await postgres.ask("create database earlier owner app");
  const address = postgres.url("earlier");
  await restoreDump(address, copy);
  assert.equal((await declareSetBack({ ...lost, address, dryRun: true }, world)).restore.epoch, 2);
  assert.equal(
    (await declareSetBack({ ...lost, address, dryRun: false }, world)).restore.epoch,
    2,
    "a dry run counted",
  );

  const after = await started(t, address);
  await sendAll(after, "known");
  await sendAll(after, "lost");
  const times = (ref: string) => there.applied.filter((one) => one.ref === ref && !one.path.includes("details")).length;
  for (const name of ["payments", "letters", "orders"])
    for (const mark of ["known", "lost"]) assert.equal(times(`${name}-${mark}`), 1, `${name}-${mark}`);
  const books = await after.ledger.balance(undefined);
  const of = (name: string) => books.find(({ integration }) => integration === name);
  assert.deepEqual([of("payments")?.delivered, of("orders")?.delivered], [2, 2]);
  assert.deepEqual([of("letters")?.delivered, of("letters")?.held], [1, 1]);
});
