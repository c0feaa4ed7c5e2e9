// A worker that takes in what is sent within transactions, until it is killed: `fork("within-worker.ts", [ledger, webhook])`.
import { createWaybill } from "waybill";
import { ordersTo } from "./within-orders.ts";

const [ledger = "", shop = ""] = process.argv.slice(2);
const waybill = await createWaybill({ integrations: [ordersTo(shop)], ledger, release: "1" });
await waybill.start();
process.send?.("started");
process.on("disconnect", () => process.exit(0));
