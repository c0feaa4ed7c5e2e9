// A Stripe that nobody here wrote (npm stripe-stateful-mock): it keeps charges, honours keys, replays answers, and lists by starting_after. In
// front of it stands a network that loses what a seed says.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { createExpressApp } from "stripe-stateful-mock";
import { bearer, byKey, integration, pages, poll, push, secret, system } from "waybill";
import { stripe } from "waybill/vendors";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";
import type { Assembly } from "../../../src/assembly/assembly.ts";
import type { WaybillEvent } from "../../../src/model/events.ts";
import { seededRandom } from "../../../src/world/random.ts";
import { createWorld } from "../../../src/world/world.ts";
import { quick } from "../../flow/scenarios/scene.ts";

const Order = z.object({ id: z.string(), source: z.string() });
const Charge = z.object({ id: z.string(), description: z.string() });
const Charges = z.object({ data: z.array(Charge) });

/** What the network does to a request: `lost` lets it through and loses the answer, `reset` loses the request. */
type Fate = "ok" | "lost" | "reset";

interface Shop {
  readonly waybill: Assembly;
  readonly events: WaybillEvent[];
  /** Of each POST: its key, and whether the mock said that it replayed. */
  readonly posts: { readonly key: string | undefined; readonly replayed: boolean; readonly status: number }[];
  readonly charges: () => Promise<z.infer<typeof Charge>[]>;
}

let shops = 0;
const key = "sk_test_waybill";

async function openShop(t: TestContext, fate: () => Fate): Promise<Shop> {
  const mock = await listening(createServer(createExpressApp()));
  const posts: Shop["posts"][number][] = [];
  const network = await listening(
    createServer(async (request, response) => {
      const drawn = request.method === "POST" ? fate() : "ok";
      const body = await buffer(request);
      if (drawn === "reset") return void request.socket.destroy();
      const { status, headers, text } = await passOn(mock.port, request, body);
      if (request.method === "POST") {
        const replayed = headers["idempotent-replayed"] === "true";
        posts.push({ key: request.headers["idempotency-key"] as string | undefined, replayed, status });
      }
      if (drawn === "lost") return void request.socket.destroy();
      response.writeHead(status, headers).end(text);
    }),
  );
  const payments = system(`stripe-mock-${++shops}`, {
    vendor: stripe,
    baseUrl: `http://127.0.0.1:${network.port}`,
    auth: bearer(secret("STRIPE_KEY")),
    breaker: false,
    limits: [],
  });
  const orders = integration("orders", {
    source: push(),
    contract: Order,
    identify: ({ id }) => ({ id }),
    retry: quick,
    async deliver({ id, source }, { effect }) {
      const form = { amount: 1_000, currency: "usd", source, description: id };
      await effect("charge", payments.post("/v1/charges", { form, expect: Charge, idempotency: byKey() }));
    },
  });
  const copies = integration("copies", {
    source: poll<string>({
      every: "1h",
      async fetch({ cursor = "", call }) {
        const records: unknown[] = [];
        const all = payments.get("/v1/charges", { query: { limit: 7 }, expect: Charges });
        for await (const { data } of pages(call, all)) records.push(...data);
        return { records, cursor };
      },
    }),
    contract: Charge,
    identify: ({ id }) => ({ id }),
    async deliver() {},
  });
  const folder = mkdtempSync(join(tmpdir(), "waybill-stripe-"));
  const events: WaybillEvent[] = [];
  const world = createWorld({ env: { STRIPE_KEY: key } });
  const waybill = await assemble({
    integrations: [orders, copies],
    ledger: `sqlite:${join(folder, "ledger.db")}`,
    world,
    emit: (event) => events.push(event),
  });
  await waybill.start();
  t.after(async () => {
    await waybill.stop({ graceMs: 200 });
    await world.close();
    for (const server of [network.server, mock.server]) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const charges = async (): Promise<z.infer<typeof Charge>[]> => {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await fetch(`http://127.0.0.1:${mock.port}/v1/charges?limit=100`, { headers });
    return Charges.parse(await answer.json()).data;
  };
  return { waybill, events, posts, charges };
}

async function listening(server: Server): Promise<{ server: Server; port: number }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { server, port: typeof address === "object" && address !== null ? address.port : 0 };
}

interface Passed {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: Buffer;
}

function passOn(port: number, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Passed> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ host: "127.0.0.1", port, method, path: url, headers, agent: false }, (answer) => {
      buffer(answer).then((text) => {
        const { "transfer-encoding": _, ...rest } = answer.headers;
        resolve({ status: answer.statusCode ?? 0, headers: { ...rest, connection: "close" }, text });
      }, reject);
    });
    asked.on("error", reject).end(body);
  });
}

async function send(shop: Shop, records: readonly z.infer<typeof Order>[]): Promise<void> {
  const { definition } = shop.waybill.known("orders");
  for (const record of records) await shop.waybill.intake.send(definition, record);
}

async function states(shop: Shop, name = "orders"): Promise<string[]> {
  const { rows } = await shop.waybill.ledger.find({ limit: 100, integration: name });
  return rows.map(({ state, cause }) => (cause === undefined ? state : `${state}: ${cause}`));
}

// First of the three: the mock remembers what it was told for as long as this process lives.
test("Stripe: of sixty orders each is charged once, however many answers and requests are lost", async (t) => {
  const seed = Number(process.env.STRIPE_SEED ?? Date.now() % 1e6);
  t.diagnostic(`STRIPE_SEED=${seed}`);
  const random = seededRandom(seed);
  const shop = await openShop(t, () => {
    const drawn = random.next();
    return drawn < 0.3 ? "lost" : drawn < 0.4 ? "reset" : "ok";
  });
  const orders = Array.from({ length: 60 }, (_, at) => ({ id: `order-${at}`, source: "tok_visa" }));
  await send(shop, orders);
  await shop.waybill.settled(undefined, 60_000);
  assert.deepEqual([...new Set(await states(shop))], ["delivered"]);
  const charged = (await shop.charges()).map(({ description }) => description).sort();
  assert.deepEqual(charged, orders.map(({ id }) => id).sort(), `seed ${seed}`);
  // Lost answers were repeated with their key, and Stripe said so itself.
  const replays = shop.posts.filter(({ replayed }) => replayed);
  assert.ok(replays.length >= 5, `only ${replays.length} of ${shop.posts.length} were replayed; seed ${seed}`);
  assert.equal(new Set(shop.posts.map(({ key }) => key)).size, orders.length);

  // Nine pages of seven, walked by a poll: every charge comes over once.
  for (const source of shop.waybill.polls()?.sources ?? []) await source.readOut(() => undefined);
  await shop.waybill.settled(undefined, 30_000);
  assert.deepEqual(await states(shop, "copies"), Array(orders.length).fill("delivered"));
});

test("Stripe: a server error that its key replays is asked for twice, not for ever, and waits for a person", async (t) => {
  const shop = await openShop(t, () => "ok");
  await send(shop, [{ id: "order-500", source: "tok_500" }]);
  await shop.waybill.settled(undefined, 30_000);
  const [state] = await states(shop);
  assert.match(state ?? "", /^held/);
  assert.deepEqual(
    shop.posts.map(({ status, replayed }) => [status, replayed]),
    [
      [500, false],
      [500, true],
    ],
  );
  assert.equal(new Set(shop.posts.map(({ key }) => key)).size, 1);
});

test("Stripe: a declined card is refused for good, and too many requests are not", async (t) => {
  const shop = await openShop(t, () => "ok");
  await send(shop, [{ id: "declined", source: "tok_chargeDeclined" }]);
  await shop.waybill.settled(undefined, 30_000);
  assert.match((await states(shop))[0] ?? "", /^dead/);
  await send(shop, [{ id: "busy", source: "tok_429" }]);
  while (!shop.events.some((event) => event.event === "attempt" && event.outcome === "limited"))
    await new Promise((later) => setTimeout(later, 20));
  const busy = (await shop.waybill.ledger.find({ limit: 100 })).rows.find(({ id }) => id === "busy");
  assert.ok(busy?.state === "waiting" || busy?.state === "delivering", `it is ${busy?.state}`);
  assert.ok(!(await shop.charges()).some(({ description }) => description === "busy"));
});
