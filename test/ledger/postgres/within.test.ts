import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { createWaybill, WaybillError, type Within } from "waybill";
import { type PostgresVersion, startPostgres } from "../../../scripts/postgres.ts";
import { assemble } from "../../../src/assembly/assemble.ts";
import { forgetEntity } from "../../../src/flow/forget.ts";
import { connected, openShop, order, until } from "./shop.ts";
import { ordersTo } from "./within-orders.ts";

const refusedWith =
  (code: string, ...words: readonly RegExp[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof WaybillError, String(error));
    assert.equal(error.code, code, error.message);
    for (const word of words) assert.match(`${error.message} ${error.hint}`, word);
    return true;
  };

const versions: readonly PostgresVersion[] = [15, 18];
for (const version of versions)
  test(`what is sent within a transaction on PostgreSQL ${version}`, async (t) => {
    const postgres = await startPostgres({ version, settings: { max_connections: 300 } });
    after(() => postgres[Symbol.asyncDispose]());
    let schemas = 0;
    const ledgerHere = () => `${postgres.url()}?schema=w${++schemas}`;

    await t.test(
      "becomes exactly one record when it commits, and none when it rolls back, wholly or to a savepoint",
      async () => {
        await using shop = await openShop();
        await using waybill = await createWaybill({ integrations: [ordersTo(shop.url)], ledger: ledgerHere() });
        await waybill.start();
        await using client = await connected(postgres.url());
        await client.query("create table bought (id text)");

        await client.query("begin");
        await client.query("insert into bought values ('A-1')");
        const sent = await waybill.send("orders", order("A-1"), { within: client });
        assert.deepEqual(sent, { id: "A-1", state: "waiting" });
        await sleep(200);
        assert.equal((await waybill.balance()).integrations[0]?.received, 0, "it was taken in before the commit");
        await client.query("commit");

        await client.query("begin");
        await client.query("insert into bought values ('A-2')");
        await waybill.send("orders", order("A-2"), { within: client });
        await client.query("rollback");

        await client.query("begin");
        await waybill.send("orders", order("A-3"), { within: client });
        await client.query("savepoint before");
        await waybill.send("orders", order("A-4"), { within: client });
        await client.query("rollback to before");
        await client.query("commit");

        await waybill.settled();
        assert.deepEqual(shop.ids(), ["A-1", "A-3"]);
        const [book] = (await waybill.balance()).integrations;
        assert.deepEqual([book?.received, book?.delivered, book?.balanced], [2, 2, true]);
        assert.deepEqual((await client.query("select id from bought")).rows, [{ id: "A-1" }]);
        await client.query("drop table bought");
      },
    );

    await t.test("is not forgotten unread: who is to be forgotten may be in it, and that is said", async () => {
      await using shop = await openShop();
      const ledger = ledgerHere();
      await using sender = await createWaybill({ integrations: [ordersTo(shop.url)], ledger });
      await using client = await connected(postgres.url());
      await client.query("begin");
      await sender.send("orders", order("ada@example.org"), { within: client });
      await client.query("commit");
      const assembly = await assemble({ integrations: [ordersTo(shop.url)], ledger });
      const parts = { ledger: assembly.ledger, inboxes: assembly.inboxes, clock: assembly.world.clock };
      const asked = { entity: "ada@example.org", anyway: false, dryRun: false };
      const person = { actor: "ann", why: "asked to" };
      await assert.rejects(
        forgetEntity(parts, person, asked),
        refusedWith(
          "refused-move",
          /1 record that was sent within a transaction may be about it.*still to be taken in/,
        ),
      );
      await assembly.start();
      await assembly.settled(undefined, 20_000);
      const { records, outbox } = await forgetEntity(parts, person, asked);
      assert.deepEqual([records, outbox], [1, 0]);
      await assembly.stop();
    });

    await t.test("of 200 transactions at once, of which half roll back, exactly the committed ones", async () => {
      await using shop = await openShop();
      const ledger = ledgerHere();
      await using waybill = await createWaybill({ integrations: [ordersTo(shop.url)], ledger });
      await using sender = await createWaybill({ integrations: [ordersTo(shop.url)], ledger });
      await waybill.start();
      const pool = new Pool({ connectionString: postgres.url(), max: 40 });
      const committed: string[] = [];
      await Promise.all(
        Array.from({ length: 200 }, async (_, at) => {
          const client = await pool.connect();
          try {
            await client.query("begin");
            // Every second one of a process that only sends.
            const by = at % 4 < 2 ? waybill : sender;
            await by.send("orders", order(`B-${at}`, `K-${at % 7}`), { within: client });
            await client.query(at % 2 === 0 ? "commit" : "rollback");
            if (at % 2 === 0) committed.push(`B-${at}`);
          } finally {
            client.release();
          }
        }),
      );
      await pool.end();
      await waybill.settled();
      assert.equal(committed.length, 100);
      assert.deepEqual(shop.ids(), committed.sort());
      const [book] = (await waybill.balance()).integrations;
      assert.deepEqual([book?.received, book?.delivered, book?.duplicate], [100, 100, 0]);
    });

    await t.test("keeps its order: what was committed before the next was sent goes first", async () => {
      await using shop = await openShop();
      const ledger = ledgerHere();
      await using sender = await createWaybill({ integrations: [ordersTo(shop.url)], ledger });
      await using client = await connected(postgres.url());
      const ids = Array.from({ length: 300 }, (_, at) => `C-${at}`);
      for (const id of ids) {
        await client.query("begin");
        await sender.send("orders", order(id, "one key"), { within: client });
        await client.query("commit");
      }
      const outbox = await sender.balance();
      assert.equal(outbox.outbox?.[0]?.count, 300);
      await using waybill = await createWaybill({ integrations: [ordersTo(shop.url)], ledger });
      await waybill.start();
      await until(async () => (await waybill.balance()).outbox === undefined, "all of it is taken in");
      const taken = await postgres.ask(`select id from w${schemas}.records order by record`);
      assert.deepEqual(
        taken.map(({ id }) => id),
        ids,
      );
    });

    await t.test("and stays open for long is in nobody's way, not even on the same key", async () => {
      await using shop = await openShop();
      await using waybill = await createWaybill({ integrations: [ordersTo(shop.url)], ledger: ledgerHere() });
      await waybill.start();
      await using client = await connected(postgres.url());
      await waybill.send("orders", order("D-0", "key"));
      await client.query("begin isolation level serializable");
      await waybill.send("orders", order("D-late", "key"), { within: client });
      for (let at = 1; at <= 20; at++) await waybill.send("orders", order(`D-${at}`, "key"));
      await waybill.settled();
      assert.equal(shop.order.length, 21, "the open transaction was in the way");
      await client.query("commit");
      await waybill.settled();
      assert.equal(shop.order.at(-1), "D-late");
    });

    await t.test("twice under one id makes one record and one duplicate", async () => {
      await using shop = await openShop();
      await using waybill = await createWaybill({ integrations: [ordersTo(shop.url)], ledger: ledgerHere() });
      await waybill.start();
      for (let times = 0; times < 2; times++) {
        await using client = await connected(postgres.url());
        await client.query("begin");
        await waybill.send("orders", order("E-1"), { within: client });
        await client.query("commit");
      }
      await waybill.settled();
      const [book] = (await waybill.balance()).integrations;
      assert.deepEqual([book?.received, book?.delivered, book?.duplicate], [2, 1, 1]);
    });

    await t.test(
      "goes to the quarantine when it breaks the contract, as whatever is sent; texts come as they were",
      async () => {
        await using shop = await openShop();
        await using waybill = await createWaybill({ integrations: [ordersTo(shop.url)], ledger: ledgerHere() });
        await waybill.start();
        await using client = await connected(postgres.url());
        await client.query("begin");
        const broken = { id: "F-1", key: "k", total: "much" } as never;
        assert.equal((await waybill.send("orders", broken, { within: client })).state, "quarantined");
        const strange = "F-\uE0F00 \uE0F0 \u2028 𝄞 $1 '";
        await waybill.send("orders", order(strange, "k"), { within: client });
        await client.query("commit");
        await waybill.settled();
        assert.deepEqual(shop.ids(), [strange]);
        assert.equal((await waybill.balance()).integrations[0]?.quarantined, 1);
      },
    );

    await t.test(
      "is refused with words where it would not commit with the transaction, and nothing is written",
      async () => {
        const ledger = ledgerHere();
        const schema = `w${schemas}`;
        await using shop = await openShop();
        await using waybill = await createWaybill({ integrations: [ordersTo(shop.url)], ledger });
        const sends = (within: Within) => waybill.send("orders", order("G-1"), { within });
        await using client = await connected(postgres.url());

        await assert.rejects(sends(client), refusedWith("bad-usage", /in no transaction/, /begin/));

        const pool = new Pool({ connectionString: postgres.url(), max: 4 });
        await assert.rejects(sends(pool as never), refusedWith("bad-usage", /is a Pool/, /pool\.connect/));
        const disguised: Within = (text, values) => pool.query(text, values);
        await assert.rejects(sends(disguised), refusedWith("bad-usage", /in no transaction/));
        await pool.end();

        await postgres.ask("create database elsewhere owner app");
        await using elsewhere = await connected(postgres.url("elsewhere"));
        await elsewhere.query("begin");
        await assert.rejects(sends(elsewhere), refusedWith("bad-usage", /has no ledger in the schema/, /one database/));
        await elsewhere.query("rollback");
        await using other = await createWaybill({
          integrations: [ordersTo(shop.url)],
          ledger: `${postgres.url("elsewhere")}?schema=${schema}`,
        });
        await elsewhere.query("begin");
        await assert.rejects(sends(elsewhere), refusedWith("bad-usage", /another database/));
        await other.send("orders", order("G-2"), { within: elsewhere });
        await elsewhere.query("rollback");

        await client.query("begin");
        await assert.rejects(client.query("select 1 / 0"));
        await assert.rejects(sends(client), refusedWith("bad-usage", /has failed already/, /roll back/));
        await client.query("rollback");
        await client.query("begin read only");
        await assert.rejects(sends(client), refusedWith("bad-usage", /only read/));
        await client.query("rollback");

        await postgres.ask("create role shopkeeper login");
        await using keeper = await connected(postgres.url().replace("app@", "shopkeeper@"));
        const tries = async () => {
          await keeper.query("begin");
          try {
            return await sends(keeper);
          } finally {
            await keeper.query("rollback");
          }
        };
        const named = new RegExp(`grant usage on schema "${schema}" to NAME`);
        await assert.rejects(tries(), refusedWith("bad-configuration", /permission denied for schema/, named));
        await postgres.ask(`grant usage on schema ${schema} to shopkeeper`);
        await assert.rejects(tries(), refusedWith("bad-configuration", /permission denied for table ledger/, named));
        await postgres.ask(`grant select on ${schema}.ledger to shopkeeper`);
        await assert.rejects(tries(), refusedWith("bad-configuration", /permission denied for table outbox/, named));
        await postgres.ask(`grant insert on ${schema}.outbox to shopkeeper`);
        assert.deepEqual(await tries(), { id: "G-1", state: "waiting" });

        await client.query("begin");
        const huge = { ...order("G-3"), more: "x".repeat(65_000_000) };
        await assert.rejects(waybill.send("orders", huge, { within: client }), refusedWith("too-large", /64000000/));
        const answersNothing: Within = async () => undefined;
        await assert.rejects(sends(answersNothing), refusedWith("bad-usage", /did not answer its rows/));
        for (const nothing of [null, 7, {}, "client"])
          await assert.rejects(sends(nothing as never), refusedWith("bad-usage", /within/));
        const own = Object.assign(new Error("could not serialize"), { code: "40001" });
        await assert.rejects(
          sends(() => Promise.reject(own)),
          (error) => error === own,
        );
        await client.query("rollback");

        await using file = await createWaybill({ integrations: [ordersTo(shop.url)], ledger: "sqlite::memory:" });
        await assert.rejects(
          file.send("orders", order("G-4"), { within: client }),
          refusedWith("bad-usage", /is a file/, /DATABASE_URL/),
        );
        assert.deepEqual(await postgres.ask(`select * from ${schema}.outbox`), []);
      },
    );
  });
