import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Emit } from "../src/model/events.ts";
import { createLog } from "../src/watch/log.ts";

/** The log as it is by default, into a file beside the ledger. */
export function quietLog(folder: string): { readonly emit: Emit; readonly close: () => void } {
  const file = openSync(join(folder, "waybill.log"), "a");
  const emit = createLog({ redact: (text) => text, write: (line) => void writeSync(file, line) });
  return { emit, close: () => closeSync(file) };
}
