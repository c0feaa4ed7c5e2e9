// A worker of its own process that makes one invoice with an unsteady body, and is killed when the answer has come: `killed.test.ts` starts it.
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";
import { createWorld } from "../../../src/world/world.ts";

const [ledger = "", baseUrl = "", life = ""] = process.argv.slice(2);
const books = system("books", { baseUrl });
const orders = integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver({ id }, { effect }) {
    const json = life === "first" ? { ref: id, at: Date.now() } : { at: Date.now(), ref: id };
    await effect("invoice", books.post("/invoices", { json, idempotency: byKey() }));
  },
});
const world = createWorld({
  passing(point) {
    if (life === "first" && point === "after-answer") process.kill(process.pid, "SIGKILL");
  },
});
const assembly = await assemble({
  integrations: [orders],
  ledger,
  release: "1",
  world,
  emit: (event) => void (event.event === "effect.unsteady" && process.send?.({ unsteady: event.fields })),
});
await assembly.start();
await assembly.intake.send(orders.definition, { id: "A-1" });
await assembly.settled("orders", 20_000);
const { rows } = await assembly.ledger.find({ limit: 10 });
process.send?.({ states: rows.map(({ state }) => state) });
await assembly.stop();
process.exit(0);
