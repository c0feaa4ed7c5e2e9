import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openLine } from "../../../src/ledger/postgres/line.ts";
import { openPostgres } from "../../../src/ledger/postgres/open.ts";
import { tidy } from "../../../src/ledger/postgres/tidy.ts";
import { systemClock } from "../../../src/world/clock.ts";
import { Desk } from "../conformance/arrange.ts";
import { serverFor } from "./on-a-server.ts";

const server = await serverFor(18);
const count = async (table: string): Promise<unknown> =>
  (await server.ask(`select count(*)::integer as n from waybill.${table}`))[0]?.n;

test("a thousand workers that ended leave few rows, and the books balance at every moment of it", async () => {
  const ledger = await openPostgres({ address: server.url(), role: "owner", mustExist: false });
  const desk = new Desk(ledger);
  after(() => ledger.close());
  const orders = (name: string) => Array.from({ length: 50 }, (_, n) => ({ id: `${name}-${n}` }));
  await desk.take(orders("first"));
  // What 1,000 workers of before counted, each a part of what one counted.
  await server.ask(`
    insert into waybill.book_counts (book, worker, received, duplicate, refused)
    select book, n, 3, 3, 1 from waybill.books, generate_series(1, 1000) n`);
  await server.ask(
    "insert into waybill.commits (worker, slot, number, at) select n, 0, 1, now() - interval '2 days' from generate_series(1, 1000) n",
  );
  await server.ask(`
    insert into waybill.workers (worker, name, state, pid, joined_at, ended_at, release, runs)
    select n, 'gone', 'gone', 1, 0, 1, '1', '[]' from generate_series(1, 1000) n`);
  const line = openLine({
    url: server.url(),
    schema: "waybill",
    clock: systemClock,
    writer: { worker: 5_000, slot: 0 },
  });
  after(() => line.close());
  const received = async (): Promise<number> => {
    const [book] = await ledger.balance(undefined);
    const { received: all = 0, duplicate = 0, waiting = 0, delivering = 0, refused } = book ?? {};
    assert.equal(all, duplicate + waiting + delivering, "the books balance");
    assert.equal(refused, 1_000);
    return all;
  };
  assert.equal(await received(), 3_050);

  let tidying = true;
  const counting = (async () => {
    for (let n = 0; tidying; n++) await desk.take(orders(`more-${n}`));
    return undefined;
  })();
  let least = 0;
  for (let n = 0; n < 10; n++) {
    const [now] = await Promise.all([received(), line.transaction((sql) => tidy(sql, Date.now()))]);
    assert.ok(now >= least, "nothing that was counted is counted no more");
    least = now;
  }
  tidying = false;
  await counting;
  await line.transaction((sql) => tidy(sql, Date.now()));
  await received();
  assert.equal(await count("book_counts"), 1, "one row for all who counted");
  assert.equal(await count("workers"), 1);
  assert.ok(Number(await count("commits")) < 10, "who commits has rows, who did two days ago has none");
});
