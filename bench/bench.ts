// What Waybill costs, as shares of what it stands on, all measured in one run on one machine:
//
//   npm run bench -- [--count 100000] [--only bare,delivery] [--profile]
//
// Orders of 600 bytes, one keyed POST each, 64 at a time, to a destination as cheap as possible in a process of its own; everything that is stored is
// durable, and PostgreSQL is one that the bench starts, with fsync. `--profile` writes CPU profiles of the main thread and the ledger's, and prints where their time went.
import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startPgBouncer } from "../scripts/pgbouncer.ts";
import { startPostgres } from "../scripts/postgres.ts";
import { neighbour } from "./processes.ts";
import { profileTables } from "./profile.ts";
import { slowDisk } from "./slow-disk.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "100000" },
    only: { type: "string" },
    profile: { type: "boolean", default: false },
  },
});
const chosen = values.only?.split(",");
const profiles = fileURLToPath(new URL("../.waybill/profiles", import.meta.url));
const wanted = (name: string): boolean => chosen === undefined || chosen.includes(name);

type Figures = Readonly<Record<string, number>>;

/** One part in a process of its own, against a fresh destination. */
async function measure(
  name: string,
  options: { readonly env?: NodeJS.ProcessEnv; readonly as?: string } = {},
): Promise<Figures | undefined> {
  if (!wanted(options.as ?? name)) return undefined;
  process.stderr.write(`measuring ${options.as ?? name} …\n`);
  const destination = await neighbour("destination.ts");
  const part = await neighbour("part.ts", {
    args: [name, values.count, `http://127.0.0.1:${destination.hello.port}`],
    env: options.env ?? {},
    node: values.profile ? ["--cpu-prof", `--cpu-prof-dir=${profiles}/${name}`] : [],
  });
  try {
    return (await part.ask("go")) as Figures;
  } finally {
    await part.stop();
    await destination.stop();
  }
}

if (values.profile) {
  rmSync(profiles, { recursive: true, force: true });
  mkdirSync(profiles, { recursive: true });
}

const commits = await measure("commits");
const bare = await measure("bare");
const limit = await measure("limit");
const delivery = await measure("delivery");
const watching = await measure("watching");
const traces = await measure("traces");
const slow = slowDisk();
const slowCommits = "env" in slow ? await measure("commits", { env: slow.env, as: "slow" }) : undefined;
const slowDelivery = "env" in slow ? await measure("delivery", { env: slow.env, as: "slow" }) : undefined;
const nothingStored = await measure("nothingStored");
const intake = await measure("intake");
const lone = await measure("lone");
const csvParse = await measure("csvParse", { as: "files" });
const files = await measure("files");
const limiter = await measure("limiter");
const limitKeys = await measure("limitKeys");
const backlog = await measure("backlog");
const scrape = await measure("scrape");
const helpers = await measure("helpers");
const onPostgres = [
  "postgresLimit",
  "postgresDelivery",
  "graphileWorker",
  "pgBoss",
  "postgresIntake",
  "pgBossIntake",
  "fleet",
  "fleetPooled",
  "takeover",
];
await using postgres = onPostgres.some(wanted) ? await startPostgres({ version: 15, fsync: true }) : undefined;
const env = {
  BENCH_POSTGRES: `postgres://postgres@127.0.0.1:${postgres?.port}/postgres`,
  BENCH_POSTGRES_PID: String(postgres?.pid),
};
const postgresLimit = await measure("postgresLimit", { env });
const postgresDelivery = await measure("postgresDelivery", { env });
const graphileWorker = await measure("graphileWorker", { env });
const pgBoss = await measure("pgBoss", { env });
const postgresIntake = await measure("postgresIntake", { env });
const pgBossIntake = await measure("pgBossIntake", { env });
const fleet = await measure("fleet", { env });
await using pooler =
  postgres !== undefined && wanted("fleetPooled")
    ? await startPgBouncer(postgres, { default_pool_size: 20 })
    : undefined;
const fleetPooled = await measure("fleet", {
  env: { ...env, BENCH_POOLER: String(pooler?.port) },
  as: "fleetPooled",
});
const takeover = await measure("takeover", { env });

const base = bare?.perSecond;
const rows: [what: string, figure: string, share: string][] = [];
const perSecond = (what: string, figure: number | undefined, of: number | undefined = base): void => {
  if (figure === undefined) return;
  rows.push([what, `${Math.round(figure).toLocaleString("en")}/s`, of === undefined ? "" : (figure / of).toFixed(2)]);
};
/** The processor's time for each record, of the process and of the server. */
const spent = (figures: Figures | undefined): void => {
  if (figures === undefined) return;
  const { workerUs = 0, serverUs = 0 } = figures;
  rows.push(["  processor: the worker's and the server's", `${workerUs.toFixed(0)} + ${serverUs.toFixed(0)} µs`, ""]);
};
perSecond("bare undici Pool, 64 in flight", bare?.perSecond);
perSecond("results group-committed to SQLite: the limit", limit?.perSecond);
perSecond("Waybill delivery", delivery?.perSecond);
spent(delivery);
perSecond("Waybill end to end, bulk send included", delivery?.endToEnd);
if (watching !== undefined) {
  const range = `${watching.least?.toFixed(2)}–${watching.most?.toFixed(2)}`;
  rows.push([`delivery that is watched, of that which is not (${range})`, "", `${watching.share?.toFixed(3)}`]);
  rows.push(["work of the main thread when watched, of that when not", "", `${watching.work?.toFixed(3)}`]);
}
if (traces !== undefined) {
  const range = `${traces.least?.toFixed(2)}–${traces.most?.toFixed(2)}`;
  rows.push([`delivery of which every span is recorded (${range})`, "", `${traces.share?.toFixed(3)}`]);
  rows.push(["work of the main thread when recorded, of that when not", "", `${traces.work?.toFixed(3)}`]);
}
if ("why" in slow) rows.push(["delivery with 4 ms more per fsync", "skipped", slow.why]);
perSecond("Waybill delivery, each fsync 4 ms more", slowDelivery?.perSecond);
perSecond("node:http that stores nothing", nothingStored?.perSecond, nothingStored?.perSecond);
perSecond("Waybill webhook intake: verified, checked, durable", intake?.perSecond, nothingStored?.perSecond);
perSecond("csv-parse alone, rows of 150 bytes", csvParse?.perSecond, csvParse?.perSecond);
perSecond("Waybill CSV import: read, checked, durable", files?.perSecond, csvParse?.perSecond);
if (files !== undefined)
  rows.push([`memory at most, ${files.megabytes?.toFixed(0)} MB of CSV`, `${files.maxRssMb?.toFixed(0)} MB`, ""]);
if (backlog !== undefined) {
  const many = Number(values.count).toLocaleString("en");
  rows.push([`start with ${many} waiting, to the first delivery`, `${backlog.firstMs?.toFixed(0)} ms`, ""]);
  rows.push([`memory once started, with ${many} waiting`, `${backlog.startMegabytes?.toFixed(0)} MB`, ""]);
  rows.push([`memory at most while it delivers, with ${many} waiting`, `${backlog.megabytes?.toFixed(0)} MB`, ""]);
  rows.push([
    `delivery with ${many} waiting, of that with 20,000`,
    `${Math.round(backlog.perSecond ?? 0)}/s`,
    `${backlog.share?.toFixed(2)}`,
  ]);
}
if (limiter !== undefined) {
  rows.push(["delivery with limits that never bind, of that without", "", limiter.throughput?.toFixed(3) ?? ""]);
  rows.push(["the processor's time for it, of that without", "", limiter.cpu?.toFixed(3) ?? ""]);
}
if (limitKeys !== undefined) {
  rows.push(["10,000 keys of one limit, a window of seconds", `${limitKeys.shortMegabytes?.toFixed(1)} MB`, ""]);
  rows.push(["10,000 keys of one limit, a window kept on disk", `${limitKeys.keptMegabytes?.toFixed(1)} MB`, ""]);
}
if (scrape !== undefined) {
  rows.push(["the books counted from the rows", `${scrape.countedMs?.toFixed(0)} ms`, ""]);
  rows.push(["the first scrape of /metrics, which waits for that", `${scrape.firstMs?.toFixed(0)} ms`, ""]);
  rows.push(["a scrape after it, median", `${scrape.laterMs?.toFixed(1)} ms`, ""]);
}
if (lone !== undefined) {
  rows.push(["a lone order, webhook to effect, median", `${lone.medianMs?.toFixed(1)} ms`, ""]);
  rows.push(["a lone order, webhook to effect, 99 of 100", `${lone.p99Ms?.toFixed(1)} ms`, ""]);
}
if (slowCommits !== undefined)
  rows.push(["median durable commit, each fsync 4 ms more", `${slowCommits.medianMs?.toFixed(3)} ms`, ""]);
if (commits !== undefined) rows.push(["median durable commit of one row", `${commits.medianMs?.toFixed(3)} ms`, ""]);
perSecond("results group-committed to PostgreSQL: the limit", postgresLimit?.perSecond);
perSecond("Waybill delivery, its ledger in PostgreSQL", postgresDelivery?.perSecond);
spent(postgresDelivery);
perSecond("Waybill end to end, its ledger in PostgreSQL", postgresDelivery?.endToEnd);
perSecond("graphile-worker delivery", graphileWorker?.perSecond);
spent(graphileWorker);
perSecond("graphile-worker end to end, bulk add included", graphileWorker?.endToEnd);
perSecond("pg-boss delivery", pgBoss?.perSecond);
spent(pgBoss);
perSecond("pg-boss end to end, bulk insert included", pgBoss?.endToEnd);
perSecond("Waybill webhook intake, its ledger in PostgreSQL", postgresIntake?.perSecond, nothingStored?.perSecond);
spent(postgresIntake);
perSecond("a handler that awaits pg-boss's send", pgBossIntake?.perSecond, nothingStored?.perSecond);
spent(pgBossIntake);
for (const [way, figures] of [
  ["", fleet],
  [", through PgBouncer", fleetPooled],
] as const) {
  if (figures === undefined) continue;
  const { medianMs = 0, p99Ms = 0, idle = 0, idleTogether = 0 } = figures;
  rows.push([`in at one worker, out at another${way}, median`, `${medianMs.toFixed(1)} ms`, ""]);
  rows.push([`in at one worker, out at another${way}, 99 of 100`, `${p99Ms.toFixed(1)} ms`, ""]);
  rows.push([`transactions of an idle worker, of two${way}`, `${idle.toFixed(2)}, ${idleTogether.toFixed(2)}/s`, ""]);
}
for (const [what, ms] of [
  ["lanes of a killed worker on another machine taken over", takeover?.elsewhereMs],
  ["lanes of a killed worker on this machine taken over", takeover?.hereMs],
] as const)
  if (ms !== undefined) rows.push([what, `${(ms / 1_000).toFixed(1)} s`, ""]);
for (const [name, figure] of Object.entries(helpers ?? {})) perSecond(`contract helper: ${name}`, figure, 1_000_000);

console.log(`${Number(values.count).toLocaleString("en")} orders of 600 bytes\n`);
for (const [what, figure, share] of rows) console.log(`${what.padEnd(52)}${figure.padStart(14)}${share.padStart(8)}`);

if (values.profile) {
  for (const name of ["limit", "delivery", "intake", "files", "postgresDelivery", "postgresIntake"]) {
    if (wanted(name)) console.log(`\n${name}, where the time went:\n${profileTables(`${profiles}/${name}`)}`);
  }
  console.log(`Open them in a browser's developer tools: ${profiles}`);
}
