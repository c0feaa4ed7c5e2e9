import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alert } from "../../src/model/alert.ts";
import { type OauthServer, oauthServer } from "../systems/auth/oauth-server.ts";
import { minute, openBooks, openStory } from "./story.ts";

const definition = (books: string, { authorizeUrl, tokenUrl }: OauthServer): string => `
import { byKey, integration, oauth, push, system } from "waybill";
import { z } from "zod";

const auth = oauth({ authorizeUrl: "${authorizeUrl}", tokenUrl: "${tokenUrl}", clientId: "shop", scope: "offline_access" });
const books = system("books", { baseUrl: "${books}", auth });

export default integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver(order, { effect }) {
    await effect("invoice", books.post("/invoices", { json: order, idempotency: byKey() }));
  },
});
`;

test("a token that cannot be renewed any more", async (t) => {
  const accounts = await oauthServer();
  t.after(() => accounts.close());
  const books = await openBooks(t);
  books.lets = ({ headers }) => accounts.isGood(headers.authorization);
  const story = await openStory(t);
  story.write("integrations/orders.ts", definition(books.url, accounts));
  story.write(".env", `WAYBILL_KEY=${Buffer.alloc(32, 5).toString("base64")}\n`);
  /** Opens the address that a command prints, as a browser does, and consents. */
  const consents = (): ((printed: string) => void) => {
    let opened = false;
    return (printed) => {
      const asked = /(http:\S+authorize\S+)\s/.exec(printed)?.[1];
      if (asked === undefined || opened) return;
      opened = true;
      void fetch(asked);
    };
  };
  await story.types("npx waybill connect books --no-browser", consents());
  await story.start();
  let n = 0;
  const sells = async (): Promise<void> => {
    const body = JSON.stringify({ id: `A-${n++}` });
    const answer = await fetch(`${story.url}/v1/integrations/orders/records`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    assert.equal(answer.status, 202, await answer.text());
  };
  for (let at = 0; at < 5; at++) {
    await sells();
    await story.pass(5 * minute, 30_000);
  }
  assert.equal(books.booked.size, 5);
  accounts.revoke();
  const revokedMs = story.nowMs;
  for (let at = 0; at < 20; at++) {
    await sells();
    await story.pass(5 * minute, 30_000);
  }
  const [alert, ...others] = story.alerts;
  assert.deepEqual(others, [], "one incident is one alert");
  assert.ok(alert !== undefined);
  assert.ok(Date.parse(alert.since) - revokedMs <= 65 * minute, "as soon as it is asked for");
  const { alerts } = await story.asks<{ alerts: Alert[] }>("npx waybill alerts");
  const [now] = alerts;
  assert.ok(now !== undefined && now.samples.length > 0, "with a record that waits");
  const before = books.booked.size;

  const printed = await story.types(`${now.next} --no-browser`, consents());
  assert.match(printed, /What waits for it goes on by itself/);
  await story.until("all is booked", () => books.booked.size === n);
  assert.ok(before < n, "something waited");
  const ids = Array.from({ length: n }, (_, at) => `A-${at}`);
  await story.endsWell("unauthorized", ids, books);
  story.stands(now.message, now.next, printed);
});
