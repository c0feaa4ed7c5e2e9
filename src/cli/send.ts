import { createReadStream, existsSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { WaybillError } from "../model/errors.ts";
import { pushFeed } from "../sources/feeds.ts";
import type { Item } from "../sources/item.ts";
import { linesOf } from "../sources/push.ts";
import type { Assembly } from "../waybill.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { print, printJson, progress, say, styled } from "./output.ts";

export interface SendOptions extends GlobalOptions {
  readonly format?: string;
}

const linesAtOnce = 1_000;

interface Sent {
  readonly records: Record<string, number>;
  readonly duplicates: number;
  readonly errors: readonly { readonly line: number; readonly code: string; readonly message: string }[];
}

/** `send NAME [FILE|-]`: records from JSONL into one integration, through the same boundary. */
export function send(name: string, file: string | undefined, options: SendOptions): Promise<ExitCode> {
  if (options.format !== undefined && options.format !== "jsonl") {
    throw new WaybillError(
      "not-available",
      `--format ${options.format} is not read by this version.`,
      "Send JSON Lines: one JSON value on each line.",
    );
  }
  const path = file === undefined || file === "-" ? undefined : resolve(file);
  if (path !== undefined && !existsSync(path))
    throw new WaybillError(
      "bad-usage",
      `There is no file ${file}.`,
      "Give a file of JSON Lines, or - for standard input.",
    );
  return withDesk(options, async ({ assembly, json }) => {
    const sent = await sendLines(assembly, name, path);
    if (json) printJson(sent);
    else printSent(name, sent);
    return sent.errors.length > 0 ? 1 : 0;
  });
}

async function sendLines(assembly: Assembly, name: string, path: string | undefined): Promise<Sent> {
  const feed = pushFeed(assembly.known(name).definition);
  const records: Record<string, number> = {};
  const errors: { line: number; code: string; message: string }[] = [];
  let duplicates = 0;
  let count = 0;
  let line = 0;
  let items: Item[] = [];
  const flush = async (): Promise<void> => {
    if (items.length === 0) return;
    const taken = await assembly.intake.take(feed, items);
    if (taken.kind !== "taken")
      throw new WaybillError(
        "ledger-failed",
        "What was sent was not taken.",
        "Send it again: what was taken is a duplicate then.",
      );
    for (const [row] of taken.items) {
      if (row === undefined) continue;
      if (row.duplicate) duplicates += 1;
      else records[row.state] = (records[row.state] ?? 0) + 1;
    }
    count += items.length;
    items = [];
    progress(`${count} records sent`);
  };
  const input = path === undefined ? process.stdin : createReadStream(path);
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    for (const one of linesOf(text)) {
      if ("item" in one) items.push(one.item);
      else errors.push({ line, code: one.error.code, message: one.error.message.replace(/^Line 1: /, "") });
    }
    if (items.length >= linesAtOnce) await flush();
  }
  await flush();
  progress("");
  return { records, duplicates, errors };
}

const errorsShown = 10;

function printSent(name: string, { records, duplicates, errors }: Sent): void {
  const states = Object.entries(records).map(([state, count]) => `${count} ${state}`);
  if (duplicates > 0) states.push(`${duplicates} duplicate`);
  print(`${name}: ${states.length === 0 ? "nothing was sent" : states.join(", ")}`);
  for (const { line, message } of errors.slice(0, errorsShown)) say(`${styled("red", "✗")} line ${line}: ${message}`);
  if (errors.length > errorsShown) say(`  and ${errors.length - errorsShown} more lines that cannot be read`);
}
