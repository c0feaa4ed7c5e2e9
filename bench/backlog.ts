// Starts on a ledger in which orders wait, delivers some of them, and tells its parent how long the start took, what memory it used and how fast it
// was: `fork("backlog.ts", [folder, destination, "20000"])`.
import { join } from "node:path";
import { assemble } from "../src/assembly/assemble.ts";
import { ordersIntegration } from "./order.ts";
import { quietLog } from "./quiet-log.ts";

const [folder = "", destination = "", some = "20000"] = process.argv.slice(2);

process.send?.({ ready: true });
process.once("message", async () => {
  const enough = Promise.withResolvers<void>();
  let delivered = 0;
  let firstMs = 0;
  const log = quietLog(folder);
  const began = performance.now();
  const assembly = await assemble({
    integrations: [ordersIntegration(destination)],
    ledger: `sqlite:${join(folder, "ledger.db")}`,
    release: "bench",
    emit(event) {
      log.emit(event);
      if (event.event !== "record.settled" || event.state !== "delivered") return;
      if (++delivered === 1) firstMs = performance.now();
      if (delivered === Number(some)) enough.resolve();
    },
  });
  await assembly.start();
  const startedMs = performance.now();
  const startedBytes = process.memoryUsage.rss();
  await enough.promise;
  const endedMs = performance.now();
  await assembly.stop();
  log.close();
  process.send?.({
    startMs: startedMs - began,
    firstMs: firstMs - began,
    perSecond: (Number(some) * 1_000) / (endedMs - firstMs),
    startMegabytes: startedBytes / 1_048_576,
    megabytes: process.resourceUsage().maxRSS / 1_024,
  });
});
