import type { Definition } from "../define/definition.ts";
import type { CursorSet, SetCursor } from "../flow/asks.ts";
import { tenantGiven } from "../flow/whose.ts";
import type { JournalEntry } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import { command } from "../model/shell.ts";
import { cursorName, pollFeeds } from "../sources/feeds.ts";
import { askOwner } from "./ask-owner.ts";
import { type Desk, type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { plain, print, printJson, styled } from "./output.ts";
import { type PersonOptions, personWithReason } from "./person.ts";

export interface CursorOptions extends GlobalOptions, PersonOptions {
  readonly set?: string;
  readonly source?: string;
  readonly tenant?: string;
  readonly dryRun?: boolean;
}

interface Shown {
  readonly source: string;
  /** JSON; undefined before the first page. */
  readonly text: string | undefined;
  readonly settings: readonly JournalEntry[];
}

/** `cursor NAME [--set C]`: where the poll sources of an integration stand, and from where the next run shall read. */
export function cursor(name: string, options: CursorOptions): Promise<ExitCode> {
  return withDesk(options, async (desk) => {
    const { definition } = desk.assembly.known(name);
    const cursors: Shown[] = [];
    for (const source of await cursorNames(desk, definition, options.tenant)) {
      const text = await desk.assembly.ledger.cursor(source);
      const settings = await desk.assembly.ledger.journal(source);
      cursors.push({ source, text, settings });
    }
    if (options.set !== undefined) return set(desk, chosen(name, cursors, options.source), options.set, options);
    if (desk.json) printJson({ cursors: cursors.map(({ source, text }) => ({ source, cursor: parsed(text) })) });
    else if (cursors.length === 0) print(`"${name}" has no poll source.`);
    else {
      const { rows } = await desk.assembly.ledger.find({ integration: name, limit: 1 });
      const seen = { name, nowMs: desk.assembly.world.clock.now(), lastAtMs: rows[0]?.receivedAtMs };
      for (const shown of cursors) printCursor(shown, seen);
    }
    return 0;
  });
}

/** What cursors are kept under: one for each poll, or for each tenant of it. */
async function cursorNames(
  { assembly }: Desk,
  definition: Definition,
  tenant: string | undefined,
): Promise<readonly string[]> {
  const { per } = definition;
  if (tenant !== undefined) await tenantGiven(assembly.tenants, definition, tenant);
  const ids = per === undefined ? [] : tenant === undefined ? await assembly.tenants.ids(per.name) : [tenant];
  return pollFeeds([definition]).flatMap((feed) =>
    feed.source.per === undefined || per === undefined
      ? [feed.name]
      : ids.map((id) => cursorName({ ...feed, tenant: { of: per.name, id } })),
  );
}

const namedMax = 10;

function named(cursors: readonly Shown[]): string {
  const names = cursors.slice(0, namedMax).map((one) => one.source);
  return names.join(", ") + (cursors.length > namedMax ? ", …" : "");
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? null : JSON.parse(text);
}

interface Seen {
  readonly name: string;
  readonly nowMs: number;
  /** When the last record came. */
  readonly lastAtMs: number | undefined;
}

function printCursor({ source, text, settings }: Shown, seen: Seen): void {
  print(`${plain(source)}: ${text === undefined ? "not read yet" : plain(text)}`);
  const ahead = text === undefined ? undefined : aheadOfTime(source, text, seen);
  if (ahead !== undefined) print(`  ${plain(ahead)}`);
  for (const { atMs, actor, why, detail } of settings.slice(0, 3)) {
    const { from, to } = JSON.parse(detail ?? "{}") as { from?: string; to?: string };
    const change = `set from ${from ?? "nothing"} to ${to}, ${new Date(atMs).toISOString()} by ${actor}: ${why}`;
    print(styled("dim", `  ${plain(change)}`));
  }
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** A cursor that is a time to come lets everything pass that comes until then: one wrong date is enough for it. */
function aheadOfTime(source: string, text: string, { name, nowMs, lastAtMs }: Seen): string | undefined {
  const value: unknown = JSON.parse(text);
  const atMs = typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (!(atMs > nowMs + dayMs)) return undefined;
  const back = JSON.stringify(new Date((lastAtMs ?? nowMs - dayMs) - hourMs).toISOString());
  const [poll = "", tenant] = source.replace(/^poll:/, "").split("@");
  const whose = tenant === undefined ? [] : ["--tenant", tenant];
  const line = command("npx waybill cursor", name, "--source", poll, ...whose, "--set", back);
  return `It stands in the future: whatever is older is not read. Some record has such a date; have it put right there, and go back to before the last record that came: ${line} --why "it stood in the future"`;
}

function chosen(name: string, cursors: readonly Shown[], source: string | undefined): Shown {
  const found = cursors.filter(
    (one) =>
      source === undefined ||
      [one.source, one.source.split("@")[0]].some((name) => name === source || name === `poll:${source}`),
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new WaybillError(
    "bad-usage",
    cursors.length === 0 ? `"${name}" has no poll source.` : `Which source of "${name}"?`,
    cursors.length === 0
      ? undefined
      : `Say --source${cursors.some((one) => one.source.includes("@")) ? ", and --tenant" : ""}: ${named(cursors)}.`,
  );
}

async function set(desk: Desk, { source, text }: Shown, given: string, options: CursorOptions): Promise<ExitCode> {
  const to = cursorText(given, text);
  const about = { source, from: parsed(text), to: JSON.parse(to) as unknown };
  if (options.dryRun !== true) {
    const { actor, why } = personWithReason(options, "Setting a cursor");
    await setIt(desk, source, { from: text ?? null, to, actor, why });
  }
  if (desk.json) {
    printJson({ ...about, ...(options.dryRun === true ? { dryRun: true } : { set: true }) });
    return 0;
  }
  const did =
    options.dryRun === true ? `${plain(source)} would stand at` : `${styled("green", "✓")} ${plain(source)} stands at`;
  print(`${did} ${plain(to)}, after ${text === undefined ? "not having been read" : plain(text)}.`);
  print(
    "  Where that is earlier, the next run reads again what lies between: what is known already counts as a duplicate.",
  );
  print(
    styled(
      "yellow",
      "  Where that is later, what lies between is never read, and no book can show that it is missing.",
    ),
  );
  return 0;
}

/** Text where the cursor is text; otherwise JSON of the same kind. */
function cursorText(given: string, now: string | undefined): string {
  const current = parsed(now);
  const value = jsonOr(given);
  if (value === null) return "null";
  if (typeof current === "string" || (now === undefined && value === undefined))
    return JSON.stringify(typeof value === "string" ? value : given);
  if (value !== undefined && (now === undefined || current === null || typeof value === typeof current))
    return JSON.stringify(value);
  throw new WaybillError(
    "bad-usage",
    `--set is ${given}, and the cursor is ${now}.`,
    `Give one of the same kind (${typeof current}), as JSON; or null, for what the source makes of none.`,
  );
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** By the owner, which knows whether the source is being read; without one, by compare-and-set. */
async function setIt(desk: Desk, source: string, input: SetCursor): Promise<void> {
  const { ledger, world } = desk.assembly;
  const { from, to, actor, why } = input;
  const byOwner = (await ledger.isOwned()) ? await askOwner<CursorSet>(desk, "set-cursor", source, input) : undefined;
  const moved =
    byOwner?.kind === "answered"
      ? byOwner.answer.moved
      : await ledger.setCursor({
          source,
          from: from ?? undefined,
          to,
          atMs: world.clock.now(),
          force: false,
          by: { actor, why },
        });
  if (moved) return;
  throw new WaybillError(
    "refused-move",
    `${source} has moved meanwhile: its cursor is ${(await ledger.cursor(source)) ?? "not there"} now.`,
    "Look at it again, and set it if that is still right.",
  );
}
