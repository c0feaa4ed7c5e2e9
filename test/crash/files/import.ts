import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { between } from "../../../examples/demo/chance.ts";
import { assemble } from "../../../src/assembly/assemble.ts";
import { balanceOf } from "../../../src/flow/books.ts";
import { Child } from "../child.ts";
import { fileOf, imported } from "./prices.ts";
import type { Heard, Plan } from "./worker.ts";

// One import: a file, and workers that are killed while they read it, one after the other, at random and just before and after a commit. Then one is let
// be, and what is in the ledger is held against the file.

export interface Imported {
  readonly seed: number;
  readonly rows: number;
  /** Kills while the file was being read. */
  readonly kills: number;
  readonly broken: readonly string[];
}

/** Imports a file of so many rows, with at most so many kills in the middle. */
export async function importKilled(seed: number, rows: number, killsMax: number): Promise<Imported> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-import-"));
  mkdirSync(join(folder, "inbox"));
  writeFileSync(join(folder, "inbox/prices.csv"), fileOf(rows));
  try {
    let kills = 0;
    let done: Extract<Heard, { done: unknown }>["done"] | undefined;
    for (let life = 1; done === undefined && life <= killsMax + 20; life++) {
      const worker = new Child<never, Heard>("files/worker.ts", planOf(seed, life, folder, kills < killsMax));
      const reading = worker.hear("reading");
      const ended = worker.hear("done");
      const began = (await Promise.race([reading, ended.then(() => undefined)])) !== undefined;
      if (began && kills < killsMax) killSometime(worker, seed, life);
      done = (await ended)?.done;
      await worker.stop();
      if (done === undefined && (await worker.gone) === "SIGKILL" && began) kills++;
    }
    return { seed, rows, kills, broken: await faultsOf(folder, rows, done) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function planOf(seed: number, life: number, folder: string, kills: boolean): Plan {
  if (!kills || life % 3 === 0) return { folder, arm: undefined };
  const point = life % 3 === 1 ? "before-intake-commit" : "before-acknowledgement";
  return { folder, arm: { point, nth: between(1, 3, seed, "nth", life) } };
}

/** At a moment that nothing in the worker chose; one that is to die at a named point gets the time to come there. */
function killSometime(worker: Child<never, Heard>, seed: number, life: number): void {
  if (life % 3 === 0) setTimeout(() => worker.process.kill("SIGKILL"), between(0, 60, seed, "at", life));
}

/** What the ledger has otherwise than the file, in words. */
async function faultsOf(
  folder: string,
  rows: number,
  done: { readonly received: number; readonly duplicate: number; readonly delivered: number } | undefined,
): Promise<string[]> {
  if (done === undefined) return ["the file was never read to its end"];
  const faults: string[] = [];
  if (done.received !== rows || done.duplicate !== 0)
    faults.push(`${done.received} rows came and ${done.duplicate} of them twice, of ${rows}`);
  if (done.delivered !== rows) faults.push(`${done.delivered} of ${rows} were delivered`);
  const assembly = await assemble({ integrations: [imported], ledger: `sqlite:${folder}/ledger.db`, folder });
  const { balanced } = await balanceOf(assembly.ledger, ["prices"], undefined);
  if (!balanced) faults.push("the books do not balance");
  const seen = new Uint8Array(rows);
  let before: string | undefined;
  do {
    const page = await assembly.ledger.find({ limit: 1_000, before });
    for (const { id } of page.rows) {
      const at = Number(id?.slice(2));
      seen[at] = (seen[at] ?? 0) + 1;
    }
    before = page.next;
  } while (before !== undefined);
  await assembly.stop();
  const lost = seen.filter((count) => count === 0).length;
  const twice = seen.filter((count) => count > 1).length;
  if (lost + twice > 0) faults.push(`${lost} rows are missing and ${twice} are there twice`);
  return faults;
}
