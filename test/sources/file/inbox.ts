// A folder with files and a Waybill that reads them: the real ledger, real files, nobody delivered to.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { csv, type FileOptions, file, type Integration, integration } from "waybill";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";
import type { Assembly } from "../../../src/assembly/assembly.ts";
import type { Book } from "../../../src/ledger/ledger.ts";
import type { WaybillEvent } from "../../../src/model/events.ts";
import { createWorld } from "../../../src/world/world.ts";

export type FileEvent = Extract<WaybillEvent, { readonly file: string }>;

export interface Inbox {
  readonly folder: string;
  readonly events: readonly FileEvent[];
  readonly waybill: Assembly;
  write(path: string, content: string | Uint8Array): void;
  /** The next event of this name that nobody has waited for yet. */
  until<Name extends FileEvent["event"]>(name: Name): Promise<Extract<FileEvent, { readonly event: Name }>>;
  /** Ids of all records, in the order in which they came. */
  ids(): Promise<readonly (string | undefined)[]>;
  book(): Promise<Book>;
  stop(): Promise<void>;
}

export const quick = { settle: "60ms", every: "20ms" } as const;

export const Price = z.object({ sku: z.string().min(1), price: z.string().regex(/^\d+(\.\d+)?$/) });

export function prices(
  options: Partial<FileOptions> = {},
  { glob = "inbox/*.csv", name = "prices" }: { readonly glob?: string; readonly name?: string } = {},
): Integration {
  return integration(name, {
    source: file(glob, { format: csv({ delimiter: "," }), ...quick, ...options }),
    contract: Price,
    identify: ({ sku }) => ({ id: sku }),
    async deliver() {},
  });
}

/** A CSV file of so many rows. */
export function rowsOf(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, at) => `S${from + at},${from + at}.50\n`).join("");
}

export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "waybill-inbox-"));
  mkdirSync(join(folder, "inbox"));
  return folder;
}

export async function opened(integrations: readonly Integration[], folder: string, release = "one"): Promise<Inbox> {
  const events: FileEvent[] = [];
  let heard = 0;
  const world = createWorld();
  const waybill = await assemble({
    integrations,
    releases: new Map(integrations.map(({ name }) => [name, release])),
    ledger: `sqlite:${join(folder, "ledger.db")}`,
    folder,
    world,
    emit: (event) => {
      if ("file" in event) events.push(event);
    },
  });
  await waybill.start();
  return {
    folder,
    events,
    waybill,
    write(path, content) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    },
    async until(name) {
      for (let tries = 0; tries < 2_000; tries++) {
        const at = events.findIndex((event, index) => index >= heard && event.event === name);
        if (at >= 0) {
          heard = at + 1;
          return events[at] as Extract<FileEvent, { readonly event: typeof name }>;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`no ${name} came: ${JSON.stringify(events.slice(heard))}`);
    },
    async ids() {
      const found: (string | undefined)[] = [];
      let before: string | undefined;
      do {
        const page = await waybill.ledger.find({ limit: 1_000, before });
        found.push(...page.rows.map(({ id }) => id));
        before = page.next;
      } while (before !== undefined);
      return found.reverse();
    },
    async book() {
      await waybill.settled(undefined, 30_000);
      const [book] = await waybill.ledger.balance(undefined);
      if (book === undefined) throw new Error("there are no books");
      return book;
    },
    async stop() {
      await waybill.stop();
      await world.close();
    },
  };
}

/** Runs with an inbox that is stopped and removed whatever happens. */
export async function withInbox(
  integrations: readonly Integration[],
  work: (inbox: Inbox) => Promise<void>,
): Promise<void> {
  const folder = emptyFolder();
  const inbox = await opened(integrations, folder);
  try {
    await work(inbox);
  } finally {
    await inbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
