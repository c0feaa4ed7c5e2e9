// A worker of its own process that makes one invoice at a system that takes its time, and looks it up when it does not know: `killed-slow.test.ts` starts it.
import { byLookup, integration, push, system } from "waybill";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";

const [ledger = "", baseUrl = ""] = process.argv.slice(2);
const books = system("books", { baseUrl, timeout: "4s" });
const Found = z.object({ items: z.array(z.object({ id: z.string() })) });
const orders = integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver({ id }, { effect, call }) {
    const idempotency = byLookup(
      async () => (await call(books.get("/invoices", { query: { ref: id }, expect: Found }))).items,
      { visibleAfter: "0s" },
    );
    await effect("invoice", books.post("/invoices", { json: { ref: id }, idempotency }));
  },
});
const assembly = await assemble({ integrations: [orders], ledger, release: "1" });
await assembly.start();
await assembly.intake.send(orders.definition, { id: "A-1" });
await assembly.settled("orders", 20_000);
const { rows } = await assembly.ledger.find({ limit: 10 });
process.send?.({ states: rows.map(({ state }) => state) });
await assembly.stop();
process.exit(0);
