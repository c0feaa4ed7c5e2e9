import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { startPostgres } from "../../scripts/postgres.ts";
import type { WatchOptions } from "../../src/define/watch.ts";
import {
  atMostOnce,
  bearer,
  csv,
  type Delivery,
  file,
  hmac,
  type Integration,
  integration,
  natural,
  oauth,
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
import type { AlertRow } from "../../src/ledger/ledger.ts";
import { type RuleName, ruleNames } from "../../src/model/alert.ts";
import { durationText } from "../../src/model/duration.ts";
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
  /** From when on it is wrong; from the first moment otherwise. */
  readonly tellsWithinMs?: number;
}

/** Tokens that a person got, kept by code of the user's own. */
let endsMs = 0;
const purse = {
  load: () => ({ accessToken: `until ${endsMs}`, refreshToken: undefined, expiresAt: endsMs }),
  save: () => undefined,
};

/** As `waybill connect` leaves it, where the server gives no refresh token. */
async function connected(stage: Stage, forHours: number): Promise<void> {
  endsMs = stage.nowMs + forHours * 60 * minute;
  const put = { step: "put", sealed: undefined, expiresAtMs: endsMs, atMs: stage.nowMs } as const;
  await stage.waybill.ledger.stepToken({ system: stage.books.name, tenant: "", ...put });
}

/** How every rule did, printed at the end. */
const did: { rule: RuleName; cause: string; "raised after": string; "over after it is mended": string }[] = [];

const minute = 60_000;
const pings = (count: number, name = "A") => Array.from({ length: count }, (_, n) => ({ id: `${name}-${n}` }));
const shaped = (name: string, key: string) => pings(64, name).map(({ id }) => ({ id, [key]: `${id}@example.org` }));
const fed = (more: object): Integration =>
  integration("orders", {
    source: push(),
    contract: z.looseObject({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    async deliver() {},
    ...more,
  });

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
    message: /^webhook:\/shop turns its sender away: bad-signature, \d times in the last 24 hours/,
    tellsWithinMs: 5 * minute,
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
    tellsWithinMs: 5 * minute,
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
  {
    rule: "token",
    what: "a token that nobody renews ends tomorrow",
    system: { auth: oauth({ tokenUrl: "http://127.0.0.1:9/token", clientId: "us", tokens: purse }) },
    async breaks(stage) {
      await stage.start([orders(posting(stage), quick)]);
      await connected(stage, 20);
      await stage.send("orders", { id: "A-1" });
      await stage.waybill.settled(undefined, 10_000);
    },
    async mends(stage) {
      await stage.pass(21 * 60);
      await connected(stage, 90 * 24);
      await stage.send("orders", { id: "A-2" });
      await stage.waybill.settled(undefined, 10_000);
    },
    message: /^The token of books-\d+ ends in (19h|20h)/,
  },
  {
    rule: "clock",
    what: "this machine's clock is slow, as the dates of answers show",
    async breaks(stage) {
      const date = new Date(Date.now() + 10 * minute).toUTCString();
      stage.answer = () => ({ status: 201, body: { id: "1" }, headers: { date } });
      await stage.start([orders(posting(stage), quick)]);
      await stage.send("orders", ...ids(5));
      await stage.waybill.settled(undefined, 10_000);
    },
    async mends(stage) {
      stage.answer = () => ({ status: 201, body: { id: "1" } });
      await stage.send("orders", ...pings(5, "B"));
      await stage.waybill.settled(undefined, 10_000);
    },
    message: /^The clock of this machine is (10m|9m \d+s) behind what books-\d+ answers/,
  },
  {
    rule: "source",
    what: "a file is not read on, because most of its rows are broken",
    async breaks(stage) {
      const folder = dirname(stage.ledger.replace("sqlite:", ""));
      writeFileSync(join(folder, "prices.csv"), `sku,price\n${"x\n".repeat(20)}`);
      const source = file(join(folder, "*.csv"), {
        format: csv({ delimiter: "," }),
        brokenAtMost: 3,
        settle: "0s",
        every: "20ms",
        outside: true,
        name: "prices",
      });
      await stage.start([fed({ source, contract: z.object({ id: z.string() }) })]);
    },
    async mends(stage) {
      rmSync(join(dirname(stage.ledger.replace("sqlite:", "")), "prices.csv"));
      await stage.until("it is gone", () => stage.waybill.files()?.status()[0]?.stopped.length === 0);
    },
    message: /^file:prices: .*prices\.csv is not read on: /,
  },
  {
    rule: "silent",
    what: "nothing comes for the hour in which one is declared",
    async breaks(stage) {
      await stage.start([fed({ volume: { atLeast: 1, per: "1h" } })]);
      await stage.send("orders", { id: "A-1" });
      for (let at = 0; at < 61; at++) await stage.pass(1);
    },
    mends: async (stage) => void (await stage.send("orders", { id: "A-2" })),
    message: /^orders is silent: nothing new came from .* and at least 1 per 1h is declared/,
    tellsWithinMs: 61 * minute + 5_000,
  },
  {
    rule: "volume",
    what: "more comes than is declared",
    async breaks(stage) {
      await stage.start([fed({ volume: { atMost: 10, per: "1h" } })]);
      await stage.look();
      await stage.send("orders", ...pings(11));
      await stage.look();
    },
    async mends(stage) {
      for (let at = 0; at < 62; at++) await stage.pass(1);
    },
    message: /^orders: 11 new records came within 1h, and at most 10 is declared/,
    tellsWithinMs: minute,
  },
  {
    rule: "drift",
    what: "the vendor calls a field by another name, in 50 records",
    async breaks(stage) {
      await stage.start([fed({})]);
      await stage.look();
      await stage.send("orders", ...shaped("A", "email"), ...shaped("B", "email"));
      await stage.send("orders", ...shaped("C", "mail").slice(0, 50));
      await stage.look();
    },
    mends: async (stage) => void (await stage.send("orders", ...shaped("D", "email"))),
    message: /"email" is missing .*perhaps it is called "mail" now/,
    tellsWithinMs: minute,
  },
];

for (const { rule, what, system, breaks, mends, message, tellsWithinMs } of cases) {
  test(`${what}: one alert says so, and is over when it is mended (${rule})`, {
    timeout: 60_000,
  }, async (t: TestContext) => {
    const stage = await openStage(t, system);
    const beganMs = stage.nowMs;
    await breaks(stage);
    await stage.until("it is told", async () => message.test((await stage.alerts(rule))[0]?.message ?? ""));
    const [alert, ...others] = await stage.alerts(rule);
    assert.ok(alert !== undefined);
    assert.deepEqual(others, [], "one incident is one alert");
    assert.equal(alert.state, "firing");
    assert.ok(alert.samples.length <= 3 && alert.next.length > 0);
    const raisedMs = alert.sinceMs - beganMs;
    assert.ok(raisedMs <= (tellsWithinMs ?? Number.POSITIVE_INFINITY), `told only after ${durationText(raisedMs)}`);
    await mends(stage);
    const mendedMs = stage.nowMs;
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
    const row = (await stage.alerts(rule)).find(({ id }) => id === alert.id);
    tell(rule, what, raisedMs, Math.max(0, (row?.resolvedAtMs ?? 0) - mendedMs));
  });
}

function tell(rule: RuleName, cause: string, raisedMs: number, overMs: number): void {
  const text = (ms: number): string => (ms < 1_000 ? "at once" : durationText(Math.round(ms / 1_000) * 1_000));
  did.push({ rule, cause, "raised after": text(raisedMs), "over after it is mended": text(overMs) });
}

test("a ledger that another process holds is told of at once, without it, and stands in it when it can be written again (ledger)", async (t) => {
  const stage = await openStage(t);
  await stage.start([orders(async () => undefined)]);
  await stage.look();
  const other = new DatabaseSync(stage.ledger.replace("sqlite:", ""));
  other.exec("begin immediate");
  const heldMs = stage.nowMs;
  await stage.until("it is told", () =>
    stage.events.some((event) => event.event === "alert" && event.rule === "ledger"),
  );
  const toldMs = stage.nowMs;
  other.exec("commit");
  other.close();
  await stage.until("it is stored", async () => (await stage.alerts("ledger")).length === 1);
  const [alert] = await stage.alerts("ledger");
  assert.equal(alert?.state, "resolved");
  const told = stage.events.flatMap((event) => (event.event === "alert" && event.id === alert?.id ? event.news : []));
  assert.deepEqual(told, ["raised", "resolved"]);
  tell("ledger", "another process holds the ledger", toldMs - heldMs, (alert?.resolvedAtMs ?? 0) - toldMs);
});

test("a worker of a fleet is killed: one alert says so, and is over when one of its name is back (worker)", {
  timeout: 120_000,
}, async (t) => {
  const server = await startPostgres({ version: 18 });
  t.after(() => server[Symbol.asyncDispose]());
  const stage = await openStage(t, {}, server.url());
  await stage.start([orders(async () => undefined)]);
  const beside = async (): Promise<ChildProcess> => {
    const child = fork(new URL("./rules/worker-beside.ts", import.meta.url), [server.url(), "packing-2"]);
    t.after(() => child.kill("SIGKILL"));
    await once(child, "message");
    return child;
  };
  const leave = async (child: ChildProcess): Promise<void> => {
    child.send("leave");
    await once(child, "exit");
  };
  await leave(await beside());
  const killed = await beside();
  killed.kill("SIGKILL");
  const killedMs = stage.nowMs;
  const said = async (): Promise<AlertRow | undefined> => (await stage.alerts("worker"))[0];
  await stage.until("it is told", async () => (await said()) !== undefined);
  const raised = await said();
  assert.match(
    raised?.message ?? "",
    /^The worker packing-2 \(process \d+, release 7\) is gone and did not leave by itself: it was last seen at .* It had nothing in hand\. Its share is others' now; 1 worker works\.$/,
  );
  assert.equal(raised?.count, 1, "who left by itself is not missed");
  tell("worker", "a worker of a fleet is killed", (raised?.sinceMs ?? 0) - killedMs, 0);

  await leave(await beside());
  const backMs = stage.nowMs;
  await stage.until("it is over", async () => {
    // Time that jumps is time without a beat: then it has to join again first, as a new one.
    if (!stage.waybill.ledger.isSteward()) return false;
    await stage.pass(1.1);
    return (await said())?.state === "resolved";
  });
  const [alert, ...others] = await stage.alerts("worker");
  assert.deepEqual(others, []);
  tell("worker", "one of its name is started again", 0, (alert?.resolvedAtMs ?? 0) - backMs);
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

test("every rule that there is was fired by a real cause, and was over again", (t) => {
  const lines = did.map((one) => Object.values(one).join(" | "));
  t.diagnostic(`rule | cause | raised after | over after it is mended\n${lines.join("\n")}`);
  assert.deepEqual(
    ruleNames.filter((name) => !did.some(({ rule }) => rule === name)),
    [],
    "a rule without a row here is one that nobody has seen at work",
  );
});
