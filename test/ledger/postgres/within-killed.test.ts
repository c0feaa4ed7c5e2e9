import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createWaybill } from "waybill";
import { startPostgres } from "../../../scripts/postgres.ts";
import { connected, openShop, order, until } from "./shop.ts";
import { ordersTo } from "./within-orders.ts";

test("what is sent within transactions survives workers that are killed while they take it in: one record each", async (t) => {
  await using shop = await openShop();
  await using postgres = await startPostgres({ version: 15 });
  const ledger = postgres.url();
  await using sender = await createWaybill({ integrations: [ordersTo(shop.url)], ledger });
  const script = fileURLToPath(new URL("within-worker.ts", import.meta.url));
  const worker = async () => {
    const child = fork(script, [ledger, shop.url], { execArgv: ["-C", "waybill-source"], stdio: "inherit" });
    await once(child, "message");
    return child;
  };
  let sending = true;
  const sent: string[] = [];
  const sends = (async () => {
    await using client = await connected(postgres.url());
    for (let at = 0; sending; at++) {
      await client.query("begin");
      for (let one = 0; one < 5; one++) await sender.send("orders", order(`H-${at}-${one}`), { within: client });
      const keeps = at % 3 !== 0;
      await client.query(keeps ? "commit" : "rollback");
      if (keeps) sent.push(...Array.from({ length: 5 }, (_, one) => `H-${at}-${one}`));
      await sleep(50);
    }
  })();
  const received = async () => {
    const [row] = await postgres.ask(`select coalesce(sum(received), 0) as n from waybill.book_counts`);
    return Number(row?.n);
  };
  let killedAmidst = 0;
  const kills = 6;
  try {
    for (let kill = 0; kill < kills; kill++) {
      const child = await worker();
      const before = await received();
      await until(async () => (await received()) > before, "a worker takes in what is sent");
      await sleep((kill * 17) % 60);
      child.kill("SIGKILL");
      await once(child, "exit");
      if ((await postgres.ask("select 1 from waybill.outbox limit 1")).length > 0) killedAmidst++;
    }
  } finally {
    sending = false;
  }
  await sends;
  await using waybill = await createWaybill({ integrations: [ordersTo(shop.url)], ledger, release: "1" });
  await waybill.start();
  await waybill.settled(undefined, { timeout: "120s" });
  assert.deepEqual(shop.ids(), sent.sort());
  const [book] = (await waybill.balance()).integrations;
  assert.deepEqual([book?.received, book?.duplicate, book?.balanced], [sent.length, 0, true]);
  t.diagnostic(`${sent.length} sent, ${kills} kills, ${killedAmidst} of them with rows in the outbox`);
  assert.ok(killedAmidst > 0, "no worker was killed while something waited");
});
