// A worker in a process of its own, which works with a ledger until it is killed: `fork("worker.ts", [ledger, destination])`.
import { assemble } from "../src/assembly/assemble.ts";
import { ordersIntegration } from "./order.ts";

const [ledger = "", destination = ""] = process.argv.slice(2);
const assembly = await assemble({ integrations: [ordersIntegration(destination)], ledger, release: "bench" });
await assembly.start();
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
