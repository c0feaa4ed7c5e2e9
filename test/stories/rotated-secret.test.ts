import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { minute, openBooks, openStory } from "./story.ts";

const definition = (books: string): string => `
import { byKey, hmac, integration, secret, system, webhook } from "waybill";
import { z } from "zod";

const books = system("books", { baseUrl: "${books}" });

export default integration("orders", {
  source: webhook("/shop/orders", { verify: hmac(secret("SHOP_SECRET"), { header: "X-Shop-Signature" }) }),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  volume: { atLeast: 1, per: "1h" },
  async deliver(order, { effect }) {
    await effect("invoice", books.post("/invoices", { json: order, idempotency: byKey() }));
  },
});
`;

test("a secret is rotated at the vendor, and for seven and a half hours every signature is refused", async (t) => {
  const books = await openBooks(t);
  const story = await openStory(t);
  story.write("integrations/orders.ts", definition(books.url));
  story.write(".env", "SHOP_SECRET=the-old-secret\n");
  await story.start();

  /** The shop: what it sells it tells, and what was not taken it can send again. */
  const shop = { secret: "the-old-secret", sold: [] as { id: string; atMs: number }[] };
  const tell = async (id: string): Promise<number> => {
    const body = JSON.stringify({ id });
    const signature = createHmac("sha256", shop.secret).update(body).digest("hex");
    const headers = { "x-shop-signature": signature };
    return (await fetch(`${story.url}/shop/orders`, { method: "POST", body, headers })).status;
  };
  const sells = async (): Promise<number> => {
    const id = `A-${shop.sold.length}`;
    shop.sold.push({ id, atMs: story.nowMs });
    return tell(id);
  };
  for (let n = 0; n < 6; n++) {
    assert.equal(await sells(), 202);
    await story.pass(5 * minute, 30_000);
  }
  shop.secret = "the-new-secret";
  const rotatedMs = story.nowMs;
  for (let n = 0; n < 90; n++) {
    assert.equal(await sells(), 401);
    await story.pass(5 * minute, 30_000);
  }
  assert.equal(books.booked.size, 6);
  const [alert, ...others] = story.alerts;
  assert.deepEqual(others, [], `one incident is one alert, and not also ${JSON.stringify(alert)}`);
  assert.ok(alert !== undefined);
  assert.ok(Date.parse(alert.since) - rotatedMs <= 11 * minute, "with the third refusal");
  const { alerts } = await story.asks<{ alerts: { count: number; message: string }[] }>("npx waybill alerts");
  assert.deepEqual(
    alerts.map(({ count }) => count),
    [90],
  );

  const printed = await story.types(alert.next);
  const name = /put it there as ([A-Z_]+) \(in \.env/.exec(printed)?.[1];
  const since = /send again what it sent since (\S+ \S+) UTC/.exec(printed)?.[1];
  assert.ok(name !== undefined && since !== undefined, printed);
  story.write(".env", `${name}=the-new-secret\n`);
  await story.restart();
  for (const { id, atMs } of shop.sold) if (atMs >= Date.parse(`${since}Z`)) assert.equal(await tell(id), 202);
  await story.endsWell(
    "refused",
    shop.sold.map(({ id }) => id),
    books,
  );
  story.stands(alerts[0]?.message ?? "", alert.next, printed);
});
