import { parentPort, workerData } from "node:worker_threads";
import { faultText } from "../desk/faults.ts";
import { ledgerFault } from "./faults.ts";
import { openStore, type StoreOptions } from "./store.ts";
import type { Sheet } from "./wire.ts";
import { unpackCalls } from "./wire-calls.ts";
import { packReplies } from "./wire-replies.ts";

// Where the ledger's file is written: a commit waits for the disk, and nobody else should have to.

if (parentPort === null) throw new Error("this file runs as a worker thread");
const port = parentPort;
const options = workerData as StoreOptions;

try {
  const store = openStore(options);
  port.postMessage({ ledgerId: store.ledgerId, epoch: store.epoch });
  port.on("message", (packed: Sheet | "end") => {
    if (packed === "end") {
      store.close();
      port.close();
      return;
    }
    const calls = unpackCalls(packed);
    const replies = packReplies(calls, store.apply(calls));
    port.postMessage({ replies, foreign: store.changedByOthers() });
  });
} catch (fault) {
  port.postMessage({ fault: faultText(ledgerFault(fault, options.address)) });
  port.close();
}
