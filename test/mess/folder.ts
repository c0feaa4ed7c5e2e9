// A folder of files, read by a real file source into a real ledger and delivered to a destination that keeps what it was sent.
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Format, file, integration, natural, system } from "waybill";
import { z } from "zod";
import { assemble } from "../../src/assembly/assemble.ts";
import { booksOf } from "../../src/flow/books.ts";
import type { WaybillEvent } from "../../src/model/events.ts";

export interface FolderRead {
  /** What became of each file, by name. */
  readonly files: ReadonlyMap<string, FileBecame>;
  readonly delivered: readonly unknown[];
  readonly quarantined: number;
  /** Rows whose like is in the quarantine already. */
  readonly duplicates: number;
  readonly balanced: boolean;
}

export interface FileBecame {
  /** How it was read, in Waybill's own words. */
  reading?: string;
  rows: number;
  /** Why nothing more of it was read; undefined when all of it was. */
  stopped?: string;
}

/** Reads copies of these files until each is done or stopped. */
export async function readFolder(from: string, names: readonly string[], format: Format): Promise<FolderRead> {
  const home = mkdtempSync(join(tmpdir(), "waybill-mess-"));
  for (const name of names) cpSync(join(from, name), join(home, "in", name));
  const files = new Map<string, FileBecame>();
  const ended = Promise.withResolvers<void>();
  const of = (name: string): FileBecame => {
    const short = name.split("/").at(-1) ?? "";
    const became = files.get(short) ?? { rows: 0 };
    files.set(short, became);
    return became;
  };
  const done = new Set<string>();
  const end = (name: string): void => {
    done.add(name);
    if (done.size === names.length) ended.resolve();
  };
  const emit = (event: WaybillEvent): void => {
    switch (event.event) {
      case "file.started":
        of(event.file).reading = event.reading;
        return;
      case "file.done":
        of(event.file).rows = event.rows;
        return end(event.file);
      case "file.known":
        of(event.file).stopped = "its content was read before";
        return end(event.file);
      case "file.stopped":
      case "file.unreadable":
        of(event.file).stopped = event.why;
        return end(event.file);
    }
  };
  const delivered: unknown[] = [];
  const out = system("sink");
  let count = 0;
  const tables = integration("tables", {
    source: file(join(home, "in", "*"), { format, settle: "0s", every: "20ms", outside: true, brokenAtMost: "100%" }),
    contract: z.unknown(),
    identify: () => ({ id: `n-${++count}` }),
    async deliver(row, { effect }) {
      await effect(
        "take",
        out.perform({ idempotency: natural, request: row, run: ({ request }) => void delivered.push(request) }),
      );
    },
  });
  const assembly = await assemble({ integrations: [tables], ledger: "sqlite::memory:", release: "mess", emit });
  try {
    await assembly.start();
    if (names.length > 0) await ended.promise;
    await assembly.settled(undefined, 120_000);
    const { integrations, balanced } = booksOf(await assembly.ledger.balance(undefined));
    const { quarantined = 0, duplicate: duplicates = 0 } = integrations[0] ?? {};
    return { files, delivered, quarantined, duplicates, balanced };
  } finally {
    await assembly.stop({ graceMs: 500 });
    rmSync(home, { recursive: true, force: true });
  }
}

/** Files of a folder with one of these endings. An empty one is left out: it is taken once something stands in it. */
export function filesIn(
  folder: string,
  endings: readonly string[],
  isTaken: (name: string) => boolean = () => true,
): string[] {
  return readdirSync(folder)
    .filter(
      (name) =>
        endings.some((ending) => name.endsWith(ending)) && statSync(join(folder, name)).size > 0 && isTaken(name),
    )
    .sort();
}
