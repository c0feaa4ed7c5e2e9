import { parentPort, workerData } from "node:worker_threads";
import type { Call } from "./calls.ts";
import { faultText, ledgerFault } from "./faults.ts";
import { openStore, type StoreOptions } from "./store.ts";

// Where the ledger's file is written: a commit waits for the disk, and nobody else should have to.

if (parentPort === null) throw new Error("this file runs as a worker thread");
const port = parentPort;
const options = workerData as StoreOptions;

try {
  const store = openStore(options);
  port.postMessage({ ledgerId: store.ledgerId, epoch: store.epoch });
  port.on("message", (calls: readonly Call[] | "end") => {
    if (calls === "end") {
      store.close();
      port.close();
      return;
    }
    const replies = store.apply(calls);
    port.postMessage({ replies, foreign: store.changedByOthers() });
  });
} catch (fault) {
  port.postMessage({ fault: faultText(ledgerFault(fault, options.address)) });
  port.close();
}
