import { createReadStream, existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Assembly } from "../assembly/assembly.ts";
import type { Definition } from "../define/definition.ts";
import { csv } from "../define/format.ts";
import { tenantGiven } from "../flow/whose.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { WaybillError } from "../model/errors.ts";
import { pushFeed } from "../sources/feeds.ts";
import { openFile, readingText } from "../sources/file/open.ts";
import { survey } from "../sources/file/survey.ts";
import type { Item } from "../sources/item.ts";
import { itemOfJson, linesOf } from "../sources/push.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { print, printJson, progress, say, styled } from "./output.ts";

export interface SendOptions extends GlobalOptions {
  readonly format?: string;
  readonly tenant?: string;
}

const linesAtOnce = 1_000;

interface Sent {
  readonly records: Record<string, number>;
  readonly duplicates: number;
  readonly errors: readonly { readonly line: number; readonly code: string; readonly message: string }[];
}

/** `send NAME [FILE|-]`: records from JSON Lines or a CSV file into one integration, through the same boundary. */
export function send(name: string, file: string | undefined, options: SendOptions): Promise<ExitCode> {
  const { format = "jsonl" } = options;
  if (format !== "jsonl" && format !== "csv")
    throw new WaybillError("bad-usage", `--format is ${format}.`, didYouMean(format, ["jsonl", "csv"], "formats"));
  const path = file === undefined || file === "-" ? undefined : resolve(file);
  if (path !== undefined && !existsSync(path))
    throw new WaybillError(
      "bad-usage",
      `There is no file ${file}.`,
      "Give a file of JSON Lines, or - for standard input.",
    );
  if (path === undefined && format === "csv") {
    throw new WaybillError(
      "bad-usage",
      "CSV is read from a file: its encoding stands in all its bytes.",
      "Write it to a file first, or send JSON Lines.",
    );
  }
  return withDesk(options, async ({ assembly, json }) => {
    const tenant = await tenantGiven(assembly.tenants, assembly.known(name).definition, options.tenant);
    const sender = new Sender(assembly, name, tenant);
    const sent = path !== undefined && format === "csv" ? await sendRows(sender, path) : await sendLines(sender, path);
    if (json) printJson(sent);
    else printSent(name, sent);
    return sent.errors.length > 0 ? 1 : 0;
  });
}

/** Sends in commits of a bearable size, and counts what became of it. */
class Sender {
  readonly definition: Definition;
  readonly errors: { line: number; code: string; message: string }[] = [];
  readonly #assembly: Assembly;
  readonly #tenant: string;
  readonly #records: Record<string, number> = {};
  #duplicates = 0;
  #count = 0;
  #items: Item[] = [];

  constructor(assembly: Assembly, name: string, tenant: string) {
    this.#tenant = tenant;
    this.#assembly = assembly;
    this.definition = assembly.known(name).definition;
  }

  async add(item: Item): Promise<void> {
    this.#items.push(item);
    if (this.#items.length >= linesAtOnce) await this.#flush();
  }

  async end(): Promise<Sent> {
    await this.#flush();
    progress("");
    return { records: this.#records, duplicates: this.#duplicates, errors: this.errors };
  }

  async #flush(): Promise<void> {
    const items = this.#items;
    if (items.length === 0) return;
    this.#items = [];
    const taken = await this.#assembly.intake.take(pushFeed(this.definition), items, { tenant: this.#tenant });
    if (taken.kind !== "taken")
      throw new WaybillError(
        "ledger-failed",
        "What was sent was not taken.",
        "Send it again: what was taken is a duplicate then.",
      );
    for (const [row] of taken.items) {
      if (row === undefined) continue;
      if (row.duplicate) this.#duplicates += 1;
      else this.#records[row.state] = (this.#records[row.state] ?? 0) + 1;
    }
    this.#count += items.length;
    progress(`${this.#count} records sent`);
  }
}

async function sendLines(sender: Sender, path: string | undefined): Promise<Sent> {
  let line = 0;
  const input = path === undefined ? process.stdin : createReadStream(path);
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    for (const one of linesOf(text)) {
      if ("item" in one) await sender.add(one.item);
      else sender.errors.push({ line, code: one.error.code, message: one.error.message.replace(/^Line 1: /, "") });
    }
  }
  return sender.end();
}

/** Read as the integration's own file source reads CSV, where it has one. */
async function sendRows(sender: Sender, path: string): Promise<Sent> {
  const own = sender.definition.sources.flatMap((source) =>
    source.kind === "file" && source.format.kind === "csv" ? [source.format] : [],
  );
  const handle = await open(path);
  try {
    const file = { handle, path, survey: await survey(handle, -1), from: undefined };
    const opened = await openFile(own[0] ?? csv(), file);
    say(styled("dim", `reads ${path} as ${readingText(opened.reading)}`));
    const rows = await opened.rows(JSON.stringify({ file: path, ...opened.reading }));
    for (let last = false; !last; ) {
      const chunk = await rows.next(linesAtOnce);
      for (const item of chunk.items) await sendRow(sender, item);
      last = chunk.last;
    }
  } finally {
    await handle.close();
  }
  return sender.end();
}

async function sendRow(sender: Sender, item: Item): Promise<void> {
  const { flaw, origin, raw } = item;
  if (flaw !== undefined)
    sender.errors.push({
      line: origin?.line ?? 0,
      code: "unreadable",
      message: flaw.message.replace(/^line \d+: /, ""),
    });
  else await sender.add({ ...itemOfJson(String(raw)), ...(origin === undefined ? {} : { origin }) });
}

const errorsShown = 10;

function printSent(name: string, { records, duplicates, errors }: Sent): void {
  const states = Object.entries(records).map(([state, count]) => `${count} ${state}`);
  if (duplicates > 0) states.push(`${duplicates} duplicate`);
  print(`${name}: ${states.length === 0 ? "nothing was sent" : states.join(", ")}`);
  for (const { line, message } of errors.slice(0, errorsShown)) say(`${styled("red", "✗")} line ${line}: ${message}`);
  if (errors.length > errorsShown) say(`  and ${errors.length - errorsShown} more lines that cannot be read`);
}
