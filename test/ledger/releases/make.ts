// Keeps the ledgers of this version for all that come after it, one of each store: a project is brought into trouble of every kind, its process is killed in
// the middle of it, and what is then in the ledger is kept, together with what this version says is in it.
//
//     node -C waybill-source test/ledger/releases/make.ts
//
// Part of a release (CONTRIBUTING.md). What is kept of a version that is out is never made again.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { startPostgres } from "../../../scripts/postgres.ts";
import { node, program, until, waybill } from "../../cli/project.ts";
import { type Destination, destination } from "./destination.ts";
import { dump } from "./dump.ts";
import type { Kept, Store } from "./kept.ts";
import { sent, sentAfterwards } from "./sent.ts";

const checkout = fileURLToPath(new URL("../../../", import.meta.url));
const { version } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as { version: string };

type Env = Readonly<Record<string, string>>;

/** A project of the scene's in `folder`. */
function project(folder: string): void {
  mkdirSync(join(folder, "integrations"));
  copyFileSync(join(import.meta.dirname, "scene.ts"), join(folder, "integrations/scene.ts"));
  writeFileSync(
    join(folder, "waybill.config.ts"),
    'import { config } from "waybill";\nexport default config({ ledger: process.env.LEDGER, release: "scene", keep: { payloads: "3650d", history: "3650d" } });\n',
  );
  mkdirSync(join(folder, "node_modules"));
  for (const [name, path] of [
    ["waybill", checkout],
    ["zod", join(checkout, "node_modules/zod")],
  ] as const)
    symlinkSync(path, join(folder, "node_modules", name));
}

/** `start` in a process of its own, and how it is spoken to. */
async function begin(folder: string, env: Env): Promise<Running> {
  const child = spawn(process.execPath, [...node, program, "start", "--port", "0"], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  async function ask<T>(path: string, lines?: readonly object[]): Promise<T> {
    const body = lines?.map((one) => JSON.stringify(one)).join("\n");
    const headers = { "content-type": lines?.length === 1 ? "application/json" : "application/x-ndjson" };
    const answer = await fetch(`${url}${path}`, body === undefined ? {} : { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
  return { child, ask };
}

interface Running {
  readonly child: ChildProcess;
  /** Asks, or with lines tells. */
  ask<T>(path: string, lines?: readonly object[]): Promise<T>;
}

async function intoTrouble(folder: string, there: Destination, env: Env): Promise<ChildProcess> {
  const { child, ask } = await begin(folder, { ...env, THERE: there.url });
  const actor = { actor: "ann", why: "kept as it came" };
  await ask("/v1/integrations/later/pause", [actor]);
  const send = ({ name, tenant, records }: (typeof sent)[number]) =>
    ask(`/v1/integrations/${name}/records${tenant === undefined ? "" : `?tenant=${tenant}`}`, records);
  const books = async () => {
    const { integrations } = await ask<{ integrations: readonly Record<string, number>[] }>("/v1/balance");
    return (name: string) => integrations.find((one) => one.name === (name as unknown)) ?? {};
  };
  for (const one of sent) await send(one);
  await until("contacts have settled", async () => (await books())("contacts").delivered === 3);
  for (const one of sentAfterwards) await send(one);
  await until("all is where it should be", async () => {
    const of = await books();
    return (
      of("orders").delivered === 20 &&
      of("orders").dead === 1 &&
      of("letters").held === 1 &&
      of("contacts").superseded === 1 &&
      of("contacts").filtered === 1 &&
      of("feed").delivered !== 0 &&
      ["O-cut", "O-hung", "P-cut", "P-hung", "shop-1/S-cut"].every((id) => there.applied.some(({ ref }) => ref === id))
    );
  });
  const { records } = await ask<{ records: readonly { record: string; cause: string }[] }>(
    "/v1/records?state=quarantined&integration=orders",
  );
  const thrown = records.find(({ cause }) => cause === "contract");
  await ask(`/v1/records/${thrown?.record}/discard`, [actor]);
  return child;
}

async function run(folder: string, words: readonly string[], env: Env): Promise<string> {
  const { code, stdout, stderr } = await waybill(folder, words, { env });
  if (code !== 0 && code !== 3) throw new Error(`${words.join(" ")}: ${stderr}`);
  return stdout;
}

/** @param read what is in the ledger, once nobody works on it any more. */
async function keep(store: Store, env: Env, read: (folder: string) => Promise<Uint8Array | string>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-kept-"));
  const there = await destination(true);
  try {
    project(folder);
    const child = await intoTrouble(folder, there, env);
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    const kept: Kept = {
      version,
      applied: there.applied,
      balance: JSON.parse(await run(folder, ["balance", "--json"], env)),
      records: (await run(folder, ["export"], env))
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    };
    const beside = (ending: string) => join(import.meta.dirname, "kept", `${version}.${store}${ending}`);
    mkdirSync(join(import.meta.dirname, "kept"), { recursive: true });
    writeFileSync(beside(".gz"), gzipSync(await read(folder), { level: 9 }));
    writeFileSync(beside(".json.gz"), gzipSync(JSON.stringify(kept), { level: 9 }));
    console.log(`kept: ${kept.records.length} records of ${version}, in ${store}`);
  } finally {
    there.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await keep("sqlite", {}, async (folder) => {
  const ledger = join(folder, ".waybill/ledger.db");
  const database = new DatabaseSync(ledger);
  database.exec("pragma wal_checkpoint(truncate)");
  database.close();
  return readFileSync(ledger);
});

await using postgres = await startPostgres({ version: 18 });
await keep("postgres", { LEDGER: postgres.url() }, () => dump(postgres.url()));
