// A worker of its own process that takes one order by webhook and is killed when its second request was answered: `killed.test.ts` starts it twice.
import { byKey, integration, secret, standardWebhooks, system, webhook } from "waybill";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";
import { listen } from "../../../src/server/listen.ts";
import { createWorld } from "../../../src/world/world.ts";
import { recordInto } from "./recorded.ts";

const [ledger = "", baseUrl = "", life = "", spans = ""] = process.argv.slice(2);
recordInto(spans);
const books = system("books", { baseUrl, breaker: false });
const orders = integration("orders", {
  source: webhook("/orders", { verify: standardWebhooks(secret("SHOP_SECRET")) }),
  contract: z.object({ id: z.string(), mail: z.string() }),
  identify: ({ id }) => ({ id }),
  retry: { first: "20ms", longest: "50ms" },
  async deliver({ id, mail }, { effect, call }) {
    await call(books.get("/customers", { query: { mail, key: secret("BOOKS_KEY") } }));
    await effect("invoice", books.post("/invoices", { json: { ref: id, mail }, idempotency: byKey() }));
  },
});
let passed = 0;
const world = createWorld({
  passing(point) {
    if (life === "first" && point === "after-answer" && ++passed === 2) process.kill(process.pid, "SIGKILL");
  },
});
const assembly = await assemble({ integrations: [orders], ledger, release: "1", world });
await assembly.start();
const server = await listen(assembly.app, { host: "127.0.0.1", port: 0 });
process.send?.({ url: server.url });
if (life === "first") await new Promise(() => setInterval(() => undefined, 1_000));
await assembly.settled("orders", 20_000);
const { rows } = await assembly.ledger.find({ limit: 10 });
const whole = await assembly.ledger.record(rows[0]?.record ?? "");
process.send?.({ state: whole?.state, record: whole?.record, requests: whole?.effects.map(({ request }) => request) });
await server.close();
await assembly.stop();
process.exit(0);
