// A worker of its own process that gathers invoices into calls and waits for the job of an export, and kills itself after so many passings:
// `gathered-killed.test.ts` starts it again and again.
import { byKey, confirmed, integration, push, system } from "waybill";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";
import { createWorld } from "../../../src/world/world.ts";

const [ledger = "", baseUrl = "", lives = "", most = "", count = ""] = process.argv.slice(2);
const books = system("books", { baseUrl, timeout: "2s", breaker: false });
const Accepted = z.object({ job: z.string() });
const invoices = books.batch("invoices", {
  most: Number(most),
  linger: "20ms",
  send: (items: readonly { ref: string }[]) =>
    books.post("/invoices", {
      json: { items },
      expect: z.object({ made: z.array(z.string()) }),
      idempotency: byKey(),
    }),
  each: ({ made }, { ref }) => made.find((one) => one === `inv-${ref}`),
});
const orders = integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  retry: { first: "10ms", longest: "50ms" },
  async deliver({ id }, { effect }) {
    await effect("invoice", invoices({ ref: id }));
    await effect(
      "export",
      confirmed(books.post("/jobs", { json: { ref: id }, expect: Accepted, idempotency: byKey() }), {
        every: "20ms",
        check: ({ job }) => books.get(`/jobs/${job}`),
      }),
    );
  },
});
let left = Number(lives);
const world = createWorld({
  passing() {
    if (left > 0 && --left === 0) process.kill(process.pid, "SIGKILL");
  },
});
const assembly = await assemble({ integrations: [orders], ledger, release: most, world, emit: () => undefined });
await assembly.start();
await Promise.all(
  Array.from({ length: Number(count) }, (_, at) => assembly.intake.send(orders.definition, { id: `O-${at}` })),
);
await assembly.settled("orders", 60_000);
const [book] = await assembly.ledger.balance("orders");
process.send?.({ book });
await assembly.stop();
process.exit(0);
