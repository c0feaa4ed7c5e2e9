// What one record costs the ledger, in microseconds of its thread: intake, claim, intent, and result with settlement, each measured alone, in the store
// directly (`store`) and through the channel with its thread (`channel`). `cpu` is what all threads used together.
//
//   node -C waybill-source bench/ledger.ts [records]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Call } from "../src/ledger/desk/calls.ts";
import type { Ledger } from "../src/ledger/ledger.ts";
import { openSqlite } from "../src/ledger/sqlite/open.ts";
import { openStore } from "../src/ledger/sqlite/store.ts";
import { type Costs, life } from "./life.ts";

type Step = (call: Call) => Promise<unknown>;

const inFolder = async <T>(work: (address: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-bench-"));
  try {
    return await work(`sqlite:${join(folder, "ledger.db")}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

async function directly(records: number, oneByOne: boolean): Promise<Costs> {
  return inFolder(async (address) => {
    const pageSize = Number(process.env.PAGE_SIZE ?? 0);
    const store = openStore({
      address,
      role: "owner",
      mustExist: false,
      ledgerId: "bench",
      nowMs: Date.now(),
      ...(pageSize > 0 ? { pageSize } : {}),
    });
    const costs = await life(
      records,
      async (calls) =>
        store.apply(calls).map((reply) => {
          if ("fault" in reply) throw new Error(reply.fault.message);
          return reply.answer;
        }),
      { oneByOne },
    );
    store.close();
    return costs;
  });
}

async function throughChannel(records: number, oneByOne: boolean): Promise<Costs> {
  return inFolder(async (address) => {
    const ledger = await openSqlite({ address, role: "owner", mustExist: false });
    const step: Step = (call) => (ledger[call.name as keyof Ledger] as Step)(call.input as never);
    const costs = await life(records, (calls) => Promise.all(calls.map(step)), { oneByOne });
    await ledger.close();
    return costs;
  });
}

const records = Number(process.argv[2] ?? 100_000);
const rows: [string, Costs][] = [];
const only = process.argv[3];
for (const [name, run] of [
  ["store, 256 to a call", () => directly(records, false)],
  ["store, one to a call", () => directly(records, true)],
  ["channel, 256 to a call", () => throughChannel(records, false)],
  ["channel, one to a call", () => throughChannel(records, true)],
] as const) {
  if (only !== undefined && !name.startsWith(only)) continue;
  rows.push([name, await run()]);
}
const line = (cells: readonly string[]): string =>
  cells.map((cell, at) => (at === 0 ? cell.padEnd(26) : cell.padStart(9))).join("");
console.log(`${records} orders of 600 bytes, microseconds for each record`);
console.log(line(["", "intake", "claim", "intent", "settle", "together", "cpu"]));
for (const [name, { cpu = 0, ...costs }] of rows) {
  const numbers = Object.values(costs);
  const together = numbers.reduce((sum, us) => sum + us, 0);
  console.log(line([name, ...[...numbers, together, cpu].map((us) => us.toFixed(1))]));
}
