import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Postgres, startPostgres } from "../../../scripts/postgres.ts";
import { openWire } from "../../../scripts/wire.ts";
import { type Line, openLine } from "../../../src/ledger/postgres/line.ts";
import { systemClock } from "../../../src/world/clock.ts";
import { type Break, openCommitWire } from "../../torture/commit-wire.ts";

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres({ version: 18 });
  await postgres.ask("create schema waybill authorization app");
  await postgres.ask(
    "set role app; create table waybill.commits (worker bigint, slot integer, number bigint, at timestamptz default now(), primary key (worker, slot))",
  );
  await postgres.ask("set role app; create table waybill.done (what text)");
});
after(() => postgres[Symbol.asyncDispose]());

const lineOver = (port: number, worker: number): Line =>
  openLine({
    url: `postgres://app@127.0.0.1:${port}/waybill`,
    schema: "waybill",
    clock: systemClock,
    writer: { worker, slot: 0 },
  });

const done = async (what: string): Promise<number> =>
  Number((await postgres.ask("select count(*) as n from waybill.done where what = $1", [what]))[0]?.n);

const breaks: readonly Break[] = ["before it arrives", "before its answer", "and arrives late"];

for (const where of breaks)
  test(`a transaction whose connection breaks at its commit, ${where}, is done once`, async () => {
    await using wire = await openCommitWire(postgres.port);
    const line = lineOver(wire.port, breaks.indexOf(where));
    // The first one of a connection has nothing to compare with yet; the others have.
    for (const nth of [1, 2, 3]) {
      let left = 1;
      wire.breakCommits(() => (left-- > 0 ? where : undefined));
      const what = `${where} ${nth}`;
      const runs = await line.transaction(async (sql) => {
        await sql.run("insert into waybill.done (what) values ($1)", what);
        return what;
      });
      assert.equal(runs, what);
      await sleep(400);
      assert.equal(await done(what), 1, "what was done once stands there twice, or not at all");
    }
    assert.equal(wire.broken, 3);
    await line.close();
  });

test("what a transaction has locked is free soon, when its client is cut off in the middle and the server is not told", async () => {
  await postgres.ask("insert into waybill.done values ('lock')");
  await using wire = await openWire(postgres.port);
  const cutOff = lineOver(wire.port, 10);
  const reached = Promise.withResolvers<void>();
  const stalled = cutOff.transaction(async (sql) => {
    await sql.rows("select 1 from waybill.done where what = 'lock' for update");
    reached.resolve();
    await sql.rows("select 2");
  });
  void reached.promise.then(() => wire.stall());
  const other = lineOver(postgres.port, 11);
  await reached.promise;
  await other.transaction((sql) => sql.rows("select 1 from waybill.done where what = 'lock' for update"));
  wire.heal();
  await stalled;
  await cutOff.close();
  await other.close();
});

test("a transaction whose statements the server has forgotten, or planned for tables that have changed, is done once all the same", async () => {
  const line = lineOver(postgres.port, 12);
  const put = (what: string) =>
    line.transaction(async (sql) => {
      await sql.run("insert into waybill.done (what) values ($1)", what);
      return (await sql.rows("select * from waybill.done where what = $1", what)).length;
    });
  assert.equal(await put("kept"), 1);
  await postgres.ask("alter table waybill.done add column more text");
  assert.equal(await put("changed"), 1);
  const other = lineOver(postgres.port, 13);
  const forget = () => other.transaction((sql) => sql.run("deallocate all"));
  const again = () => other.transaction((sql) => sql.run("insert into waybill.done (what) values ($1)", "forgotten"));
  await again();
  await forget();
  await again();
  assert.equal(await done("forgotten"), 2);
  await line.close();
  await other.close();
});
