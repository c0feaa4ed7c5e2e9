import type { Desk } from "../desk/desk.ts";
import { keepDue } from "../desk/due.ts";
import { keepOvertaken } from "../desk/overtaken.ts";
import { keepUniques } from "../desk/uniques.ts";
import { keepVersions } from "../desk/versions.ts";
import { type BooksBacklog, keepBacklog } from "./backlog.ts";
import { type CountedBooks, keepBooks, keepWords } from "./books.ts";
import { type CallLogKeeper, keepCallLog } from "./call-log.ts";
import type { Prepare } from "./cells.ts";
import { keepCursors, type MovedCursors } from "./cursors.ts";
import { type DrawnNumbers, drawNumbers } from "./drawing.ts";
import { dueTable } from "./due.ts";
import { keepEffects } from "./effects.ts";
import { keepEntities } from "./entities.ts";
import { type Journal, keepJournal } from "./journal.ts";
import { keepMarks } from "./marks.ts";
import { passedTable } from "./passed.ts";
import { keepPauses, type PauseRows } from "./pauses.ts";
import { keepRecords } from "./records.ts";
import { keepSharedCalls } from "./shared-calls.ts";
import { keepStops, type Stops } from "./stops.ts";
import { keepTimeline, type TimelineRows } from "./timeline.ts";
import { keepTokens, type Tokens } from "./tokens.ts";
import { keepTraces, type TraceRows } from "./traces.ts";
import { uniqueTable } from "./uniques.ts";
import { keepYoungMarks, type YoungMarks, type YoungMarksOptions } from "./young-marks.ts";

/** The desk over one connection: one keeper for each table, over statements that are prepared once. */
export interface SqliteDesk extends Desk {
  readonly prepare: Prepare;
  readonly numbers: DrawnNumbers;
  readonly books: CountedBooks;
  readonly backlog: BooksBacklog;
  readonly youngMarks: YoungMarks;
  readonly timeline: TimelineRows;
  readonly traces: TraceRows;
  readonly tokens: Tokens;
  readonly callLog: CallLogKeeper;
  readonly journal: Journal;
  readonly pauses: PauseRows;
  readonly stops: Stops;
  readonly cursors: MovedCursors;
  /** At the start of each transaction. */
  begin(since: { readonly othersWrote: boolean }): void;
  /** Before each commit: writes down what is kept in memory until then. */
  flush(by: { readonly owner: boolean }): void;
  /** Forgets what it knows of the file: after a rollback, and when it becomes the owner's. */
  forget(): void;
}

export interface DeskOptions {
  readonly youngMarks?: YoungMarksOptions | undefined;
}

export function openDesk(prepare: Prepare, options: DeskOptions = {}): SqliteDesk {
  const youngMarks = keepYoungMarks(prepare, options.youngMarks);
  const numbers = drawNumbers(prepare);
  const books = keepBooks(prepare);
  const words = keepWords(prepare);
  const due = keepDue(dueTable(prepare));
  const passed = passedTable(prepare);
  const backlog = keepBacklog(prepare);
  const uniqueRows = uniqueTable(prepare);
  const uniques = keepUniques(uniqueRows);
  const records = keepRecords(prepare, uniques);
  const entities = keepEntities(prepare, numbers.next);
  const effects = keepEffects(prepare, words);
  const pauses = keepPauses(prepare);
  const journal = keepJournal(prepare);

  function forgetRows(): void {
    books.forget();
    backlog.forget();
    words.forget();
    effects.forget();
    passed.forget();
    uniqueRows.forget();
    pauses.forget();
  }

  return {
    prepare,
    numbers,
    books,
    words,
    records,
    due,
    backlog,
    marks: keepMarks(prepare, youngMarks),
    youngMarks,
    overtaken: keepOvertaken(passed, due),
    entities,
    effects,
    timeline: keepTimeline(prepare),
    traces: keepTraces(prepare),
    uniques,
    tokens: keepTokens(prepare),
    callLog: keepCallLog(prepare),
    journal,
    pauses,
    stops: keepStops(prepare),
    versions: keepVersions({ records, due, backlog, entities, effects }),
    cursors: keepCursors(prepare, journal),
    // A file has no transactions but its own: nothing is ever sent within one.
    outbox: { holds: (numbers) => numbers.length === 0, take: () => undefined },
    sharedCalls: keepSharedCalls(prepare),
    begin({ othersWrote }) {
      numbers.forget();
      if (!othersWrote) return;
      forgetRows();
      youngMarks.lookAgain();
    },
    flush({ owner }) {
      if (owner) youngMarks.sort();
      books.flush();
      numbers.flush();
      backlog.flush();
    },
    forget() {
      forgetRows();
      youngMarks.forget();
    },
  };
}
