import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import type { WatchOptions } from "../../src/define/watch.ts";
import {
  atMostOnce,
  bearer,
  type Delivery,
  hmac,
  type Integration,
  integration,
  natural,
  permanent,
  poll,
  push,
  type Retry,
  rate,
  type SystemOptions,
  secret,
  tenants,
  webhook,
} from "../../src/index.ts";
import type { RuleName } from "../../src/model/alert.ts";
import { openStage, type Stage } from "./stage.ts";

// Every rule, fired by what really goes wrong and over again when that is mended. The flow, the ledger, the sockets and the clock's readings are the real
// ones; only how fast time goes is not.

const Order = z.object({ id: z.string() });
const person = { actor: "ann", why: "it is mended" };

function orders(deliver: (order: { id: string }, delivery: Delivery) => Promise<void>, retry: Retry = {}): Integration {
  return integration("orders", { source: push(), contract: Order, identify: ({ id }) => ({ id }), retry, deliver });
}

const ids = (count: number): { id: string }[] => Array.from({ length: count }, (_, n) => ({ id: `A-${n}` }));
const posting =
  (stage: Stage) =>
  async ({ id }: { id: string }, { effect }: Delivery): Promise<void> => {
    await effect("invoice", stage.books.post("/invoices", { json: { id }, idempotency: natural }));
  };
const quick = { first: "1ms", longest: "20ms" } as const;

interface Case {
  readonly rule: RuleName;
  readonly what: string;
  readonly system?: SystemOptions;
  /** Everything that goes wrong, until it is to be seen. */
  readonly breaks: (stage: Stage) => Promise<void>;
  readonly mends: (stage: Stage) => Promise<void>;
  readonly message: RegExp;
}

const discardAll = async (stage: Stage): Promise<void> => {
  const { rows } = await stage.waybill.ledger.find({ limit: 100, states: ["dead", "held", "quarantined"] });
  for (const { record } of rows) await stage.waybill.inboxes.discard(record, person);
};

const sql = (stage: Stage, text: string): void => {
  const database = new DatabaseSync(stage.ledger.replace("sqlite:", ""));
  database.exec("pragma busy_timeout = 2000");
  database.exec(text);
  database.close();
};

const cases: readonly Case[] = [
  {
    rule: "dead",
    what: "the other system refuses records for good",
    async breaks(stage) {
      await stage.start([orders(() => Promise.reject(permanent("no such customer")))]);
      await stage.send("orders", ...ids(5));
    },
    mends: discardAll,
    message: /^5 records of orders cannot be delivered \(permanent\).*no such customer/,
  },
  {
    rule: "held",
    what: "the answer to what must not go twice is lost",
    async breaks(stage) {
      stage.answer = () => "reset";
      const deliver = async ({ id }: { id: string }, { effect }: Delivery): Promise<void> => {
        await effect("pay", stage.books.post("/pay", { json: { id }, idempotency: atMostOnce }));
      };
      await stage.start([orders(deliver, quick)]);
      await stage.send("orders", { id: "A-1" });
    },
    mends: discardAll,
    message: /^1 record of orders has an effect that needs a person \(in-doubt\)/,
  },
  {
    rule: "quarantined",
    what: "what comes breaks the contract",
    async breaks(stage) {
      await stage.start([orders(async () => undefined)]);
      await stage.look();
      await stage.send("orders", { id: "good" }, ...ids(9).map(({ id }) => ({ order: id })));
    },
    mends: discardAll,
    message: /^9 records of orders break the contract \(contract\), 90% of what came lately/,
  },
  {
    rule: "retrying",
    what: "a system answers 500 to everything",
    async breaks(stage) {
      stage.answer = () => ({ status: 500 });
      await stage.start([orders(posting(stage), quick)]);
      await stage.send("orders", ...ids(12));
    },
    async mends(stage) {
      stage.answer = () => ({ status: 201, body: { id: "1" } });
      await stage.waybill.settled(undefined, 20_000);
    },
    message: /^books-\d+ fails: 1\d records of orders are tried again.*status 500/,
  },
  {
    rule: "lagging",
    what: "a limit lets less through than comes",
    system: { limits: [rate(1, "1d")] },
    async breaks(stage) {
      await stage.start([orders(posting(stage))]);
      await stage.send("orders", ...ids(2));
      await stage.until("one waits for the limit", async () => {
        const { rows } = await stage.waybill.ledger.find({ limit: 9, states: ["waiting"], cause: "deferred" });
        return rows.length === 1;
      });
      await stage.pass(61);
    },
    async mends(stage) {
      const { rows } = await stage.waybill.ledger.find({ limit: 9, states: ["waiting"] });
      for (const { record } of rows) await stage.waybill.inboxes.end(record, person);
    },
    message: /^The oldest waiting record of orders came 1h 1m ago\. It waits: /,
  },
  {
    rule: "quota",
    what: "the calls of a day are used up",
    system: { limits: [rate(3, "1d")] },
    async breaks(stage) {
      await stage.start([orders(posting(stage))]);
      await stage.send("orders", ...ids(3));
      await stage.waybill.settled(undefined, 10_000);
    },
    mends: (stage) => stage.pass(60 * 25),
    message: /its 3 per 1d are spent; the next call may go at /,
  },
  {
    rule: "refused",
    what: "a sender's signatures fit no more",
    async breaks(stage) {
      stage.env.SHOP = "the new secret";
      const source = webhook("/shop", { verify: hmac(secret("SHOP"), { header: "x-sig" }) });
      const shop = integration("orders", {
        source,
        contract: Order,
        identify: ({ id }) => ({ id }),
        async deliver() {},
      });
      await stage.start([shop]);
      for (let n = 0; n < 4; n++) {
        await stage.pass(1);
        const body = JSON.stringify({ id: `A-${n}` });
        const { status } = await fetch(`${stage.url}/shop`, { method: "POST", body, headers: { "x-sig": "00" } });
        assert.equal(status, 401);
      }
    },
    mends: (stage) => stage.pass(31),
    message: /^webhook:\/shop turns its sender away: bad-signature, 4 times in the last 24 hours/,
  },
  {
    rule: "breaker",
    what: "a system is down",
    system: { breaker: {} },
    async breaks(stage) {
      stage.answer = () => ({ status: 500 });
      await stage.start([orders(posting(stage), quick)]);
      await stage.send("orders", ...ids(40));
      await stage.until("it is left alone", () => stage.events.some(({ event }) => event === "system.opened"));
      await stage.look();
      await stage.pass(0.6);
    },
    async mends(stage) {
      stage.answer = () => ({ status: 201, body: { id: "1" } });
      let n = 0;
      await stage.until("it is back", async () => {
        await stage.pass(2);
        await stage.send("orders", { id: `B-${n++}` });
        return stage.waybill.systems.state().every(({ breaker }) => breaker === "closed");
      });
    },
    message: /^books-\d+ is down and left alone, for /,
  },
  {
    rule: "unauthorized",
    what: "a system answers 401",
    system: { breaker: {}, auth: bearer(secret("TOKEN")) },
    async breaks(stage) {
      stage.env.TOKEN = "one that was taken back";
      stage.answer = () => ({ status: 401 });
      await stage.start([orders(posting(stage), quick)]);
      await stage.send("orders", { id: "A-1" });
    },
    async mends(stage) {
      stage.answer = () => ({ status: 201, body: { id: "1" } });
      let n = 0;
      await stage.until("it lets us in", async () => {
        await stage.pass(10);
        await stage.send("orders", { id: `B-${n++}` });
        return stage.waybill.systems.state().every(({ auth }) => auth !== "unauthorized");
      });
    },
    message: /^books-\d+ does not let us in: /,
  },
  {
    rule: "absurd",
    what: "a system asks to be left alone for ten years",
    async breaks(stage) {
      stage.answer = () => ({ status: 429, headers: { "retry-after": "315360000" } });
      await stage.start([orders(posting(stage), quick)]);
      await stage.send("orders", { id: "A-1" });
    },
    mends: (stage) => stage.pass(61),
    message: /^books-\d+: /,
  },
  {
    rule: "source",
    what: "a poll is answered with an error each time",
    async breaks(stage) {
      let works = false;
      stage.answer = () => (works ? { status: 200, body: [] } : { status: 404 });
      const source = poll({
        every: "1s",
        async fetch({ call }) {
          await call(stage.books.get("/orders"));
          works = true;
          return { records: [], cursor: "1" };
        },
      });
      const polled = integration("orders", {
        source,
        contract: Order,
        identify: ({ id }) => ({ id }),
        async deliver() {},
      });
      await stage.start([polled], { rules: { source: { failures: 1 } } });
    },
    async mends(stage) {
      stage.answer = () => ({ status: 200, body: [] });
      await stage.until("it is read", () => stage.waybill.polls()?.status()[0]?.failures === 0);
    },
    message: /^poll:orders failed \d+ times? in a row: /,
  },
  {
    rule: "orphaned",
    what: "an integration is taken out of the code while its records wait",
    async breaks(stage) {
      stage.answer = () => ({ status: 500 });
      const contacts = integration("contacts", {
        source: push(),
        contract: Order,
        identify: ({ id }) => ({ id }),
        async deliver() {},
      });
      await stage.start([orders(posting(stage), quick), contacts]);
      await stage.send("orders", ...ids(3));
      await stage.start([contacts]);
      await stage.pass(1);
      await stage.send("contacts", { id: "C-1" });
    },
    async mends(stage) {
      stage.answer = () => ({ status: 201, body: { id: "1" } });
      await stage.start([orders(posting(stage), quick)]);
      await stage.waybill.settled(undefined, 10_000);
    },
    message: /^3 records of orders wait, and the code has no integration of that name/,
  },
  {
    rule: "unsteady",
    what: "deliver puts the time into its request",
    async breaks(stage) {
      let calls = 0;
      stage.answer = () => (++calls === 1 ? "reset" : { status: 201, body: { id: "1" } });
      let run = 0;
      const deliver = async ({ id }: { id: string }, { effect }: Delivery): Promise<void> => {
        await effect("invoice", stage.books.post("/invoices", { json: { id, at: ++run }, idempotency: natural }));
        if (run < 3) throw new Error("not yet");
      };
      await stage.start([orders(deliver, quick)]);
      await stage.send("orders", { id: "A-1" });
      await stage.waybill.settled(undefined, 10_000);
    },
    mends: (stage) => stage.pass(60 * 25),
    message: /makes another request for "invoice" on each run: body\.at differs/,
  },
  {
    rule: "paused",
    what: "somebody paused an integration and went home",
    async breaks(stage) {
      await stage.start([orders(async () => undefined)]);
      await stage.waybill.pauses.pause("orders", undefined, { actor: "bob", why: "the books are closed" });
      await stage.pass(60 * 5);
    },
    mends: async (stage) => void (await stage.waybill.pauses.resume("orders", undefined, person)),
    message: /^The integration orders has been paused for 5h, by bob: the books are closed/,
  },
  {
    rule: "tenants",
    what: "the list of tenants cannot be read",
    async breaks(stage) {
      let broken = true;
      const shops = tenants("shops", {
        list: () => (broken ? Promise.reject(new Error("the database is away")) : [{ id: "shop-1" }]),
        id: (shop: { id: string }) => shop.id,
        refresh: "1s",
      });
      stage.answer = () => {
        broken = false;
        return { status: 200 };
      };
      const perShop = integration("orders", {
        per: shops,
        source: push(),
        contract: Order,
        identify: ({ id }) => ({ id }),
        async deliver() {},
      });
      await stage.start([perShop]);
    },
    async mends(stage) {
      stage.answer("/");
      await stage.until("it is read", () =>
        stage.waybill.tenants.state().every(({ problems }) => problems.length === 0),
      );
    },
    message: /^The tenants "shops": .*the database is away/,
  },
  {
    rule: "clock",
    what: "the machine's clock is set back",
    async breaks(stage) {
      await stage.start([orders(async () => undefined)]);
      await stage.look();
      await stage.setBack(30);
    },
    mends: (stage) => stage.pass(61),
    message: /^The clock of this machine was set back by 30m/,
  },
  {
    rule: "disk",
    what: "the disk has less room than is wanted",
    breaks: (stage) => stage.start([orders(async () => undefined)], { rules: { disk: { freeMb: 1e9 } } }),
    mends: (stage) => stage.start([orders(async () => undefined)], { rules: { disk: { freeMb: 1, leastMb: 0 } } }),
    message: /^The disk of the ledger has \d+ MB left/,
  },
  {
    rule: "unbalanced",
    what: "a record is counted that nobody has",
    async breaks(stage) {
      await stage.start([orders(async () => undefined)]);
      await stage.send("orders", { id: "A-1" });
      await stage.waybill.settled(undefined, 5_000);
      sql(stage, "update books set received = received + 1");
      await stage.pass(11);
    },
    async mends(stage) {
      sql(stage, "update books set received = received - 1");
      await stage.pass(1_000);
    },
    message: /^The books of orders do not balance: 1 received and not accounted for/,
  },
];

for (const { rule, what, system, breaks, mends, message } of cases) {
  test(`${what}: one alert says so, and is over when it is mended (${rule})`, {
    timeout: 60_000,
  }, async (t: TestContext) => {
    const stage = await openStage(t, system);
    await breaks(stage);
    await stage.until("it is told", async () => message.test((await stage.alerts(rule))[0]?.message ?? ""));
    const [alert, ...others] = await stage.alerts(rule);
    assert.ok(alert !== undefined);
    assert.deepEqual(others, [], "one incident is one alert");
    assert.equal(alert.state, "firing");
    assert.ok(alert.samples.length <= 3 && alert.next.length > 0);
    await mends(stage);
    await stage.look();
    await stage.until("it is over", async () => {
      await stage.pass(1.1);
      const now = (await stage.alerts(rule)).find(({ id }) => id === alert.id);
      return now?.state === "resolved";
    });
    const told = stage.events.filter((event) => event.event === "alert" && event.id === alert.id);
    assert.deepEqual(
      told
        .map((event) => event.event === "alert" && event.news)
        .filter((news) => news !== "grew" && news !== "reminder"),
      ["raised", "resolved"],
    );
  });
}

test("a ledger that another process holds is told of at once, without it, and stands in it when it can be written again (ledger)", async (t) => {
  const stage = await openStage(t);
  await stage.start([orders(async () => undefined)]);
  await stage.look();
  const other = new DatabaseSync(stage.ledger.replace("sqlite:", ""));
  other.exec("begin immediate");
  await stage.until("it is told", () =>
    stage.events.some((event) => event.event === "alert" && event.rule === "ledger"),
  );
  other.exec("commit");
  other.close();
  await stage.until("it is stored", async () => (await stage.alerts("ledger")).length === 1);
  const [alert] = await stage.alerts("ledger");
  assert.equal(alert?.state, "resolved");
  const told = stage.events.flatMap((event) => (event.event === "alert" && event.id === alert?.id ? event.news : []));
  assert.deepEqual(told, ["raised", "resolved"]);
});

test("a watch that fails in every look stops no delivery, and says that it fails", async (t) => {
  const stage = await openStage(t);
  await stage.start([orders(async () => undefined)]);
  const { ledger } = stage.waybill;
  const overview = ledger.overview;
  (ledger as { overview: unknown }).overview = () => Promise.reject(new Error("a bug in the watch"));
  await stage.look();
  await stage.send("orders", ...ids(20));
  await stage.waybill.settled(undefined, 10_000);
  assert.ok(stage.events.some((event) => event.event === "watch.failed" && /a bug in the watch/.test(event.why)));
  (ledger as { overview: unknown }).overview = overview;
});

test("a rule that is switched off says nothing, and thresholds of one integration are its own", async (t) => {
  const stage = await openStage(t);
  const watch: WatchOptions = { rules: { dead: false }, integrations: { orders: { paused: { after: "1s" } } } };
  await stage.start([orders(() => Promise.reject(permanent("no")))], watch);
  await stage.send("orders", { id: "A-1" });
  await stage.waybill.settled(undefined, 10_000);
  await stage.waybill.pauses.pause("orders", undefined, person);
  await stage.pass(1);
  assert.deepEqual(await stage.alerts("dead"), []);
  assert.equal((await stage.alerts("paused")).length, 1);
});
