import type { Ledger, RecordFilter, RecordId, RecordRow } from "../ledger/ledger.ts";
import { type ErrorCode, WaybillError } from "../model/errors.ts";
import type { Cause, State } from "../model/record.ts";
import { foldedMessage } from "../model/rule.ts";
import type { Moved, MoveOptions } from "./inbox-words.ts";
import { BreaksContract, Overtaken } from "./refused.ts";

// One person's move on everything that a filter selects. Records go in the order in which they came, so many at a time that their reads and their moves
// each fill one batch of the ledger. Each is a compare-and-set of its own on what was selected: one that changed meanwhile is refused and named, and
// keeps no other one back. What comes after the selection was made is not in it.
//
// A dry run says how far it looked, and the move that follows it can be held to that. What has come since stays, and so does what came back: a letter that
// was sent again and died once more is there for another reason by then, and whoever decided has not seen it.

/** Makes one record's move. */
export type MoveOne = (record: RecordId, options: MoveOptions) => Promise<Moved>;

/** Where records went, all those that went alike. */
export interface Went {
  readonly state: State;
  readonly cause: Cause | null;
  readonly count: number;
  /** The first few. */
  readonly samples: readonly RecordId[];
  /** Names of effects that are undone first, of any of them; at most 20. */
  readonly undoes?: readonly string[];
}

/** Records that could not be moved, all those for which the same is said. */
export interface Refused {
  readonly code: ErrorCode;
  /** With `…` for what differs. */
  readonly message: string;
  readonly hint: string | null;
  readonly count: number;
  /** At most 1,000. */
  readonly records: readonly RecordId[];
  /** The newer records that were delivered since; at most 20. */
  readonly overtakenBy?: readonly RecordId[];
}

/** What a dry run looked at: nothing newer than this record, and nothing that came into its state later. */
export interface Extent {
  readonly upTo: RecordId;
  readonly settledByMs: number;
}

export interface Many {
  readonly dryRun: boolean;
  /** How many were looked at. */
  readonly selected: number;
  /** How many more the filter selected at first, and not any more when their turn came. */
  readonly gone: number;
  /** Of a dry run that found something. */
  readonly extent?: Extent;
  /** Held to what a dry run looked at: how many more the filter selects by now. They stay as they are. */
  readonly came?: number;
  readonly results: readonly Went[];
  readonly failed: number;
  readonly failures: readonly Refused[];
}

export interface ManyOptions {
  readonly dryRun: boolean;
  readonly overtaken: boolean;
  /** At most so many, the oldest first. */
  readonly limit: number | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** As many as the ledger takes in one commit. */
const atOnce = 256;
const samplesMax = 3;
const namedMax = 1_000;
const overtakenByMax = 20;
const undoesMax = 20;

/** What a filter selects now. */
export interface Selection {
  readonly filter: RecordFilter;
  /** The newest record of it; undefined when it selects nothing. */
  readonly upTo: RecordId | undefined;
  readonly count: number;
  readonly came?: number;
}

/** @param extent what a dry run looked at, to select no more than that. */
export async function select(ledger: Ledger, all: RecordFilter, limit?: number, extent?: Extent): Promise<Selection> {
  const filter = { ...all, ...extent };
  const { rows } = await ledger.find({ ...filter, limit: 1 });
  const upTo = rows[0]?.record;
  const count = upTo === undefined ? 0 : await ledger.count(filter);
  const came = extent === undefined ? {} : { came: Math.max(0, (await ledger.count(all)) - count) };
  return { filter, upTo, count: Math.min(count, limit ?? count), ...came };
}

/** Moves everything that was selected. @throws {WaybillError} only when the ledger fails: what was moved until then stays moved. */
export async function moveMany(
  ledger: Ledger,
  { filter, upTo, count, came }: Selection,
  move: MoveOne,
  options: ManyOptions,
): Promise<Many> {
  const tally = new Tally(options.dryRun);
  const how = { dryRun: options.dryRun, overtaken: options.overtaken, foreseen: new Map() };
  let before: RecordId | undefined;
  let settledByMs = 0;
  do {
    const limit = Math.min(atOnce, (options.limit ?? Number.POSITIVE_INFINITY) - tally.selected);
    if (upTo === undefined || limit <= 0) break;
    const page = await ledger.find({ ...filter, order: "oldest", before, upTo, limit });
    before = page.next;
    for (const { settledAtMs = 0 } of page.rows) settledByMs = Math.max(settledByMs, settledAtMs);
    await Promise.all(page.rows.map((row) => moveOne(row, move, how, tally)));
    options.onProgress?.(tally.selected);
  } while (before !== undefined);
  return {
    ...tally.many(count),
    ...(options.dryRun && upTo !== undefined ? { extent: { upTo, settledByMs } } : {}),
    ...(came === undefined ? {} : { came }),
  };
}

async function moveOne({ record, revision }: RecordRow, move: MoveOne, how: MoveOptions, tally: Tally): Promise<void> {
  try {
    tally.went(await move(record, { ...how, revision }));
  } catch (error) {
    if (!(error instanceof WaybillError) || error.code.startsWith("ledger-")) throw error;
    tally.refused(record, error);
  }
}

class Tally {
  readonly #dryRun: boolean;
  readonly #results = new Map<string, { moved: Moved; count: number; samples: RecordId[]; undoes: Set<string> }>();
  readonly #failures = new Map<
    string,
    { error: WaybillError; count: number; records: RecordId[]; by: Set<RecordId> }
  >();
  selected = 0;
  #failed = 0;

  constructor(dryRun: boolean) {
    this.#dryRun = dryRun;
  }

  went(moved: Moved): void {
    this.selected += 1;
    const key = `${moved.state} ${moved.cause ?? ""}`;
    const found = this.#results.get(key) ?? { moved, count: 0, samples: [], undoes: new Set() };
    this.#results.set(key, found);
    found.count += 1;
    if (found.samples.length < samplesMax) found.samples.push(moved.record);
    for (const name of moved.undoes ?? []) if (found.undoes.size < undoesMax) found.undoes.add(name);
  }

  refused(record: RecordId, error: WaybillError): void {
    this.selected += 1;
    this.#failed += 1;
    const message = messageOf(error);
    const found = this.#failures.get(message) ?? { error, count: 0, records: [], by: new Set() };
    this.#failures.set(message, found);
    found.count += 1;
    if (found.records.length < namedMax) found.records.push(record);
    if (!(error instanceof Overtaken)) return;
    for (const newer of error.by) if (found.by.size < overtakenByMax) found.by.add(newer);
  }

  many(count: number): Many {
    const byCount = (a: { count: number }, b: { count: number }): number => b.count - a.count;
    return {
      dryRun: this.#dryRun,
      selected: this.selected,
      gone: Math.max(0, count - this.selected),
      results: [...this.#results.values()].sort(byCount).map(({ moved, count, samples, undoes }) => {
        const undone = undoes.size === 0 ? {} : { undoes: [...undoes] };
        return { state: moved.state, cause: moved.cause ?? null, count, samples, ...undone };
      }),
      failed: this.#failed,
      failures: [...this.#failures]
        .sort(([, a], [, b]) => byCount(a, b))
        .map(([message, found]) => {
          const { error, count, records, by } = found;
          const overtakenBy = by.size === 0 ? {} : { overtakenBy: [...by] };
          return { code: error.code, message, hint: error.hint ?? null, count, records, ...overtakenBy };
        }),
    };
  }
}

/** What is said of many alike. */
function messageOf(error: WaybillError): string {
  if (error instanceof Overtaken) return "Newer records of its key have been delivered since.";
  return foldedMessage(error instanceof BreaksContract ? error.rules : error.message);
}
