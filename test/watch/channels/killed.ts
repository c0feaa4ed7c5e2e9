// A process whose one record dies, and whose alert goes to whoever is named on its command line. It says nothing and is killed from outside.
import { heartbeat, httpAlert, integration, permanent, push } from "waybill";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";

const [ledger = "", url = ""] = process.argv.slice(2);
const orders = integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver() {
    throw permanent("the customer is unknown");
  },
});
const assembly = await assemble({
  integrations: [orders],
  ledger,
  alerts: [httpAlert(`${url}/alerts`)],
  heartbeat: heartbeat(`${url}/beats`, { every: "1s" }),
});
await assembly.start();
await assembly.intake.send(orders.definition, { id: "A-1" });
// Nothing that Waybill waits for keeps a process alive that has nothing else to do.
setInterval(() => undefined, 1_000);
