import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alert } from "../../src/model/alert.ts";
import { minute, openBooks, openStory } from "./story.ts";

const definition = (books: string, email = "email: z.string()"): string => `
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const books = system("books", { baseUrl: "${books}" });

export default integration("orders", {
  source: push(),
  contract: z.looseObject({ id: z.string(), customer: z.looseObject({ ${email} }) }),
  identify: ({ id }) => ({ id }),
  async deliver(order, { effect }) {
    await effect("invoice", books.post("/invoices", { json: { id: order.id }, idempotency: byKey() }));
  },
});
`;

test("the vendor renames a field", async (t) => {
  const books = await openBooks(t);
  const story = await openStory(t);
  story.write("integrations/orders.ts", definition(books.url));
  await story.start();
  let n = 0;
  const sells = async (customer: object): Promise<void> => {
    const body = JSON.stringify({ id: `A-${n++}`, customer, total: n });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${story.url}/v1/integrations/orders/records`, { method: "POST", body, headers });
    assert.equal(answer.status, 202, await answer.text());
  };
  for (let at = 0; at < 100; at++) {
    await sells({ email: `p${at}@example.org` });
    if (at % 5 === 0) await story.pass(minute, 30_000);
  }
  for (let at = 0; at < 60; at++) {
    await sells({ mail: `p${at}@example.org` });
    if (at % 5 === 0) await story.pass(5 * minute, 30_000);
  }
  await story.pass(minute, 30_000);
  const [alert, ...others] = story.alerts;
  assert.deepEqual(others, [], "one incident is one alert");
  const { alerts } = await story.asks<{ alerts: Alert[] }>("npx waybill alerts");
  const [now] = alerts;
  assert.ok(alert !== undefined && now !== undefined);
  assert.equal(now.count, 60);
  assert.match(now.message, /"customer\.email" is missing .*perhaps it is called "customer\.mail" now/);

  const printed = await story.types(now.next);
  assert.match(printed, /change the contract of orders and start again/);
  story.write("integrations/orders.ts", definition(books.url, "mail: z.string()"));
  await story.restart();
  const release = /Then: (npx waybill release .+)/.exec(printed)?.[1];
  assert.ok(release !== undefined, printed);
  const released = await story.types(release);
  assert.match(released, /60 records are waiting/);
  for (let at = 0; at < 40; at++) {
    await sells({ mail: `p${at}@example.org` });
    if (at % 4 === 0) await story.pass(minute, 30_000);
  }
  const ids = Array.from({ length: n }, (_, at) => `A-${at}`);
  await story.until("all is booked", () => books.booked.size === n);
  await story.endsWell("quarantined", ids, books);
  story.stands(now.message, now.next, printed);
});
