// Whether the ledger in PostgreSQL stays as quick as it was while its history grows: what intake, claim, intent and settlement cost for each record, with
// nothing before, after many records of history, and after more; and how the server found the rows of the hot queries. Between two sizes as many records
// live and go as `churn` says, so that the hot tables have been written over many times.
//
//   node -C waybill-source bench/history.ts [--sizes 0,100000,1000000] [--churn 50000] [--records 10000]
import { parseArgs } from "node:util";
import { startPostgres } from "../scripts/postgres.ts";
import type { Call } from "../src/ledger/desk/calls.ts";
import type { Ledger } from "../src/ledger/ledger.ts";
import { openPostgres } from "../src/ledger/postgres/open.ts";
import { fillHistory } from "./fill-history.ts";
import { type Costs, life } from "./life.ts";
import { scansIn } from "./plans.ts";

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "0,100000,1000000" },
    churn: { type: "string", default: "50000" },
    records: { type: "string", default: "10000" },
  },
});
const records = Number(values.records);
const churn = Number(values.churn);

await using postgres = await startPostgres({
  version: 15,
  fsync: true,
  // Every statement's plan goes into the server's log, as it was carried out.
  settings: { session_preload_libraries: "auto_explain", "auto_explain.log_min_duration": -1 },
});
const ledger = await openPostgres({ address: postgres.url(), role: "owner", mustExist: false });
const step = (call: Call): Promise<unknown> =>
  (ledger[call.name as keyof Ledger] as (input: unknown) => Promise<unknown>)(call.input);
let lived = 0;
const live = async (count: number): Promise<Costs> => {
  const first = lived;
  lived += count;
  return life(count, (calls) => Promise.all(calls.map(step)), { first });
};

const line = (cells: readonly string[]): string =>
  cells.map((cell, at) => (at === 0 ? cell.padEnd(14) : cell.padStart(at > 5 ? 14 : 9))).join("");
const table = [line(["history", "intake", "claim", "intent", "settle", "together", "due, MB", "due, dead"])];
const scans: string[] = [];

// What runs for the first time is compiled first.
await live(2_000);
let filled = 0;
for (const size of values.sizes.split(",").map(Number)) {
  process.stderr.write(`history of ${size.toLocaleString("en")} …\n`);
  await fillHistory(postgres, filled, size);
  filled = Math.max(filled, size);
  await live(churn);
  const { cpu: _, ...costs } = await live(records);
  const numbers = Object.values(costs);
  const together = numbers.reduce((sum, us) => sum + us, 0);
  const [due] = await postgres.ask(`
    select (pg_total_relation_size('waybill.due') / 1e6)::float as megabytes, n_dead_tup::integer as dead
    from pg_stat_user_tables where schemaname = 'waybill' and relname = 'due'`);
  const cells = [...numbers, together].map((us) => us.toFixed(0));
  table.push(line([size.toLocaleString("en"), ...cells, Number(due?.megabytes).toFixed(1), String(due?.dead)]));
  const from = postgres.log().length;
  await postgres.configure({ "auto_explain.log_min_duration": 0 });
  await live(512);
  await postgres.configure({ "auto_explain.log_min_duration": -1 });
  for (const scan of scansIn(postgres.log().slice(from))) scans.push(`${size.toLocaleString("en")}: ${scan}`);
}
await ledger.close();

console.log(
  `microseconds for each record, in batches of 256; ${churn.toLocaleString("en")} records lived and went before\n`,
);
console.log(table.join("\n"));
console.log(`\nTables of records that were read from end to end: ${scans.length === 0 ? "none" : ""}`);
for (const scan of scans) console.log(`  ${scan}`);
if (scans.length > 0) process.exitCode = 1;
