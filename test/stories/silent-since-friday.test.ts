import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { openSqlite } from "../../src/ledger/sqlite/open.ts";
import type { Alert } from "../../src/model/alert.ts";
import { feedText } from "../../src/watch/baselines/kept.ts";
import { createWorld } from "../../src/world/world.ts";
import { dayMs, exponential, moments, Watched, watchAll } from "../watch/baselines/simulated.ts";
import { type Books, beginsOnFriday, hour, listening, minute, openBooks, openStory, type Story } from "./story.ts";

const step = 4 * minute;

/** On call over the weekend nobody looked: what was told first, and that it was not told as another one. */
async function onMonday(story: Story, brokeMs: number, withinMs: number): Promise<Alert> {
  const [alert, ...others] = story.alerts;
  assert.deepEqual(others, [], `one incident is one alert, and not also ${JSON.stringify(alert)}`);
  assert.ok(alert !== undefined, "nobody was told");
  assert.equal(alert.rule, "silent");
  assert.ok(Date.parse(alert.since) - brokeMs <= withinMs, `told only at ${alert.since}`);
  assert.ok(story.told.length > 5, "and again, as long as nobody took it");
  const { alerts } = await story.asks<{ alerts: Alert[] }>("npx waybill alerts");
  assert.deepEqual(
    alerts.map(({ id }) => id),
    [alert.id],
  );
  return alerts[0] ?? alert;
}

const webhooks = ({ url }: Books): string => `
import { byKey, hmac, integration, secret, system, webhook } from "waybill";
import { z } from "zod";

const books = system("books", { baseUrl: "${url}" });

export default integration("orders", {
  source: webhook("/shop/orders", { verify: hmac(secret("SHOP_SECRET"), { header: "X-Shop-Signature" }) }),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  volume: { atLeast: 1, per: "1h", during: "Mon-Fri 08:00-18:00", zone: "Europe/Berlin" },
  async deliver(order, { effect }) {
    await effect("invoice", books.post("/invoices", { json: order, idempotency: byKey() }));
  },
});
`;

test("a webhook that its sender has switched off, silent since Friday, where it is declared what should come", async (t) => {
  beginsOnFriday(13);
  const books = await openBooks(t);
  const story = await openStory(t);
  story.write("integrations/orders.ts", webhooks(books));
  story.write(".env", "SHOP_SECRET=the-secret\n");
  await story.start();

  const shop = { path: "/shop/orders" as string | undefined, sold: [] as { id: string; atMs: number }[] };
  const tell = async (id: string): Promise<void> => {
    if (shop.path === undefined) return;
    const body = JSON.stringify({ id });
    const headers = { "x-shop-signature": createHmac("sha256", "the-secret").update(body).digest("hex") };
    const { status } = await fetch(story.url + shop.path, { method: "POST", body, headers });
    assert.equal(status, 202);
  };
  const sells = async (): Promise<void> => {
    const id = `A-${shop.sold.length}`;
    shop.sold.push({ id, atMs: story.nowMs });
    await tell(id);
  };
  for (let n = 0; n < 6; n++) {
    await sells();
    await story.pass(10 * minute, 30_000);
  }
  shop.path = undefined;
  const brokeMs = story.nowMs;
  for (let n = 0; n < 12; n++) {
    await sells();
    await story.pass(10 * minute, 30_000);
  }
  await story.pass(63 * hour, step);
  const alert = await onMonday(story, brokeMs, 60 * minute);

  const printed = await story.types(alert.next);
  const path = /still switched on .* and calls this server at (\S+)\. /.exec(printed)?.[1];
  const since = /would have sent since (\S+ \S+) UTC/.exec(printed)?.[1];
  assert.ok(path !== undefined && since !== undefined, printed);
  shop.path = path;
  for (const { id, atMs } of shop.sold) if (atMs >= Date.parse(`${since}Z`)) await tell(id);
  await story.endsWell(
    "silent",
    shop.sold.map(({ id }) => id),
    books,
  );
  story.stands(alert.message, alert.next, printed);
});

const polls = ({ url }: Books, shop: string): string => `
import { byKey, integration, poll, system } from "waybill";
import { z } from "zod";

const books = system("books", { baseUrl: "${url}" });
const shop = system("shop", { baseUrl: "${shop}" });
const Orders = z.object({ orders: z.array(z.object({ id: z.string(), updatedAt: z.string() })) });

export default integration("orders", {
  source: poll({
    every: "5m",
    async fetch({ cursor = "", call }) {
      const { orders } = await call(shop.get("/orders", { query: { since: cursor }, expect: Orders }));
      return { records: orders, cursor: orders.at(-1)?.updatedAt ?? cursor };
    },
  }),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver(order, { effect }) {
    await effect("invoice", books.post("/invoices", { json: order, idempotency: byKey() }));
  },
});
`;

/** What was learnt in five weeks of some five orders an hour, as another process kept it. */
async function learns(folder: string, nowMs: number): Promise<void> {
  const fromMs = Math.floor(nowMs / dayMs) * dayMs - 35 * dayMs;
  const around = (random: Parameters<typeof exponential>[0]): number[] => {
    const found: number[] = [];
    for (let at = 0; at < 1_440; at += exponential(random, 12)) found.push(at);
    return found;
  };
  const all = moments(around, "UTC", { seed: 7, fromMs, days: 36, holidays: [] });
  const simulated = new Watched();
  watchAll(
    simulated,
    all.filter((ms) => ms <= nowMs),
    fromMs,
    nowMs,
  );
  const address = `sqlite:${join(folder, ".waybill/ledger.db")}`;
  const ledger = await openSqlite({ address, role: "owner", mustExist: false }, createWorld());
  const state = feedText({ feed: simulated.feed, counted: 0 });
  await ledger.keepLearnt([{ kind: "volume", integration: "orders", tenant: "", source: "", keptAtMs: nowMs, state }]);
  await ledger.close();
}

test("a poll whose cursor was led astray by one wrong date, silent since Friday, where it was learnt what should come", async (t) => {
  beginsOnFriday(13);
  const books = await openBooks(t);
  const sold = new Map<string, string>();
  const shop = await listening(t, ({ url = "" }) => {
    const since = new URL(url, "http://shop").searchParams.get("since") ?? "";
    const orders = [...sold].map(([id, updatedAt]) => ({ id, updatedAt })).filter(({ updatedAt }) => updatedAt > since);
    return { status: 200, body: { orders: orders.toSorted((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1)) } };
  });
  const story = await openStory(t);
  await learns(story.folder, story.nowMs);
  story.write("integrations/orders.ts", polls(books, shop));
  await story.start();
  const sells = (): void => void sold.set(`A-${sold.size}`, new Date(story.nowMs).toISOString());
  for (let n = 0; n < 12; n++) {
    sells();
    await story.pass(10 * minute, 30_000);
  }
  assert.ok(books.booked.size >= 11);
  sold.set("A-12", "2062-11-27T15:00:00.000Z");
  await story.pass(10 * minute, 30_000);
  const brokeMs = story.nowMs;
  sold.set("A-12", new Date(story.nowMs).toISOString());
  for (let n = 0; n < 396; n++) {
    sells();
    await story.pass(10 * minute, step);
  }
  assert.equal(books.booked.size, 13);
  const alert = await onMonday(story, brokeMs, 3 * hour);

  const printed = await story.types(alert.next);
  const stands = /Where it stands: (npx waybill cursor \S+)\./.exec(printed)?.[1];
  assert.ok(stands !== undefined, printed);
  const cursor = await story.types(stands);
  const back = /: (npx waybill cursor .*--set .*)$/m.exec(cursor)?.[1];
  assert.ok(back !== undefined, cursor);
  assert.match(await story.types(back), /stands at/);
  await story.endsWell("silent", [...sold.keys()], books);
  story.stands(alert.message, alert.next, printed, stands, cursor);
});
