// The small programs of examples/sources, run whole: a real server, real sockets, one destination for all of them.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import type { Integration } from "waybill";
import { assemble } from "../../src/assembly/assemble.ts";
import type { Assembly } from "../../src/assembly/assembly.ts";
import { createWorld } from "../../src/world/world.ts";

interface Came {
  readonly route: string;
  readonly body: unknown;
}
const came: Came[] = [];
const pages: Readonly<Record<string, unknown>> = {
  "0": {
    products: [
      { sku: "S 1", stock: 3, changed: 1 },
      { sku: "S2", stock: -1, changed: 2 },
    ],
    next: 2,
    more: true,
  },
  "2": { products: [{ sku: "S3", stock: 7, changed: 3 }], next: 3, more: false },
};
const server = createServer(async (request, response) => {
  const raw = await text(request);
  const url = new URL(request.url ?? "/", "http://destination");
  if (request.method !== "GET") came.push({ route: `${request.method} ${url.pathname}`, body: JSON.parse(raw) });
  const page = pages[url.searchParams.get("after") ?? ""] ?? { products: [], next: 3, more: false };
  response
    .writeHead(200, { "content-type": "application/json" })
    .end(JSON.stringify(request.method === "GET" ? page : {}));
});

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  for (const name of ["CARRIER_URL", "WAREHOUSE_URL", "SHOP_URL", "MAIL_URL", "BOOKS_URL"]) process.env[name] = url;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

async function running(one: Integration, work: (waybill: Assembly) => Promise<void>, folder?: string): Promise<void> {
  came.length = 0;
  const world = createWorld({
    env: {
      SHOP_SECRET: "a secret of the test",
      STRIPE_WEBHOOK_SECRET: "whsec_new",
      STRIPE_WEBHOOK_SECRET_OLD: "whsec_old",
    },
  });
  const waybill = await assemble({
    integrations: [one],
    ledger: "sqlite::memory:",
    world,
    ...(folder === undefined ? {} : { folder }),
  });
  try {
    await waybill.start();
    await work(waybill);
  } finally {
    await waybill.stop();
    await world.close();
  }
}

test("webhook: a signed delivery of two orders becomes two parcels, and its sender gets an empty 200", async () => {
  const { default: parcels } = await import("../../examples/sources/webhook.ts");
  await running(parcels, async (waybill) => {
    const body = JSON.stringify({
      orders: [
        { id: "A-1", address: "1 High St" },
        { id: "A-2", address: "2 High St" },
      ],
    });
    const deliver = (signature: string) =>
      waybill.app.fetch(
        new Request("http://localhost/shop/parcels", {
          method: "POST",
          body,
          headers: { "x-shop-signature": `sha256=${signature}` },
        }),
      );
    const signature = createHmac("sha256", "a secret of the test").update(body).digest("hex");
    const answer = await deliver(signature);
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), "");
    assert.equal((await deliver("00".repeat(32))).status, 401);
    await waybill.settled(undefined, 10_000);
    assert.deepEqual(
      came.map(({ body }) => body),
      [
        { ref: "A-1", to: "1 High St" },
        { ref: "A-2", to: "2 High St" },
      ],
    );
  });
});

test("stripe: a charge is one entry, sent again and signed by the old secret too, and what is of no interest is filtered", async () => {
  const { default: charges } = await import("../../examples/sources/stripe.ts");
  await running(charges, async (waybill) => {
    const deliver = async (event: unknown, key: string): Promise<number> => {
      const body = JSON.stringify(event);
      const at = Math.floor(Date.now() / 1_000);
      const signature = createHmac("sha256", key).update(`${at}.${body}`).digest("hex");
      const headers = { "content-type": "application/json", "stripe-signature": `t=${at},v1=${signature}` };
      return (await waybill.app.fetch(new Request("http://localhost/stripe", { method: "POST", body, headers })))
        .status;
    };
    const object = { id: "ch_1", amount: 1200, currency: "eur", livemode: false };
    const succeeded = { id: "evt_1", type: "charge.succeeded", data: { object } };
    assert.equal(await deliver(succeeded, "whsec_new"), 202);
    assert.equal(await deliver(succeeded, "whsec_old"), 202);
    assert.equal(await deliver({ ...succeeded, id: "evt_2", type: "charge.updated" }, "whsec_new"), 202);
    assert.equal(await deliver({ ...succeeded, id: "evt_3" }, "whsec_of_nobody"), 401);
    await waybill.settled(undefined, 10_000);
    assert.deepEqual(came, [{ route: "POST /entries", body: { id: "ch_1", amount: 1200, currency: "eur" } }]);
    await waybill.app.flush();
    const [book] = await waybill.ledger.balance(undefined);
    assert.deepEqual(
      [book?.received, book?.delivered, book?.duplicate, book?.filtered, book?.refused],
      [3, 1, 1, 1, 1],
    );
  });
});

test("poll: every page is read, what breaks the contract waits for a person, and the rest reaches the shop", async () => {
  const { default: stock } = await import("../../examples/sources/poll.ts");
  await running(stock, async (waybill) => {
    for (let tries = 0; tries < 400 && came.length < 2; tries++)
      await new Promise((resolve) => setTimeout(resolve, 25));
    await waybill.settled(undefined, 10_000);
    assert.deepEqual(came.map(({ route }) => route).sort(), ["PUT /products/S%201/stock", "PUT /products/S3/stock"]);
    const [book] = await waybill.ledger.balance(undefined);
    assert.deepEqual([book?.received, book?.delivered, book?.quarantined], [3, 2, 1]);
  });
});

test("file: a warehouse's old lines reach the shop once they are complete, and the file moves to the archive", async () => {
  const { default: stock } = await import("../../examples/sources/file.ts");
  const folder = mkdtempSync(join(tmpdir(), "waybill-stock-"));
  mkdirSync(join(folder, "stock"));
  const line = (sku: string, stock: string, place: number[]) =>
    Buffer.concat([Buffer.from(sku.padEnd(10) + stock.padStart(6)), Buffer.from(place), Buffer.from("\r\n")]);
  // Code page 850: 0x81 is ü.
  writeFileSync(
    join(folder, "stock/today.txt"),
    Buffer.concat([line("S1", "12", [0x47, 0x81, 0x74]), line("S2", "few", []), line("S3", "7", [])]),
  );
  await running(
    stock,
    async (waybill) => {
      writeFileSync(join(folder, "stock/today.txt.done"), "");
      for (let tries = 0; tries < 800 && came.length < 2; tries++) await new Promise((r) => setTimeout(r, 25));
      await waybill.settled(undefined, 10_000);
      assert.deepEqual(came.map(({ route, body }) => [route, body]).sort(), [
        ["PUT /products/S1/stock", { stock: 12, place: "Güt" }],
        ["PUT /products/S3/stock", { stock: 7, place: "" }],
      ]);
      for (let tries = 0; tries < 200 && readdirSync(join(folder, "stock")).length > 1; tries++)
        await new Promise((r) => setTimeout(r, 25));
      assert.deepEqual(readdirSync(join(folder, "stock")), ["read"]);
    },
    folder,
  );
  rmSync(folder, { recursive: true });
});

test("push: a user who is handed in twice is welcomed once", async () => {
  const { default: mails } = await import("../../examples/sources/push.ts");
  await running(mails, async (waybill) => {
    const user = { user: "ann", email: "ann@example.com" };
    await waybill.intake.send(mails.definition, user);
    await waybill.intake.send(mails.definition, user);
    await waybill.settled(undefined, 10_000);
    assert.equal(came.length, 1);
    const { to, template } = (came[0]?.body ?? {}) as { to?: string; template?: string };
    assert.deepEqual([to, template], ["ann@example.com", "welcome"]);
  });
});
