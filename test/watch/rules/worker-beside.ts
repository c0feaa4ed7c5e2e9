// A worker that does nothing but share a ledger, until it is killed or told to leave: `fork("worker-beside.ts", [ledger, name])`.
import { openPostgres } from "../../../src/ledger/postgres/open.ts";

const [address = "", name = ""] = process.argv.slice(2);
const ledger = await openPostgres({ address, role: "owner", mustExist: true, worker: { name, release: "7" } });
process.send?.("joined");
process.on("message", async () => {
  await ledger.leave();
  await ledger.close();
  process.disconnect();
});
process.on("disconnect", () => process.exit(0));
