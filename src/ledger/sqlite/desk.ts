import { type Backlog, keepBacklog } from "./backlog.ts";
import { type Books, keepBooks, keepWords, type Words } from "./books.ts";
import { type CallLogKeeper, keepCallLog } from "./call-log.ts";
import type { Prepare } from "./cells.ts";
import { type Due, keepDue } from "./due.ts";
import { type Effects, keepEffects } from "./effects.ts";
import { type Entities, keepEntities } from "./entities.ts";
import { type Journal, keepJournal } from "./journal.ts";
import { keepMarks, type Marks } from "./marks.ts";
import { drawNumbers, type Numbers } from "./numbers.ts";
import { keepOvertaken, type Overtaken } from "./overtaken.ts";
import { keepPauses, type Pauses } from "./pauses.ts";
import { keepRecords, type Records } from "./records.ts";
import { keepStops, type Stops } from "./stops.ts";
import { keepTimeline, type Timeline } from "./timeline.ts";
import { keepTokens, type Tokens } from "./tokens.ts";
import { keepUniques, type Uniques } from "./uniques.ts";
import { keepVersions, type Versions } from "./versions.ts";
import { keepYoungMarks, type YoungMarks, type YoungMarksOptions } from "./young-marks.ts";

/** What every operation works with: one keeper for each table, over statements that are prepared once. */
export interface Desk {
  readonly prepare: Prepare;
  readonly numbers: Numbers;
  readonly books: Books;
  readonly words: Words;
  readonly records: Records;
  readonly due: Due;
  readonly backlog: Backlog;
  readonly marks: Marks;
  readonly youngMarks: YoungMarks;
  readonly overtaken: Overtaken;
  readonly entities: Entities;
  readonly effects: Effects;
  readonly timeline: Timeline;
  readonly uniques: Uniques;
  readonly tokens: Tokens;
  readonly callLog: CallLogKeeper;
  readonly journal: Journal;
  readonly pauses: Pauses;
  readonly stops: Stops;
  readonly versions: Versions;
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

export function openDesk(prepare: Prepare, options: DeskOptions = {}): Desk {
  const youngMarks = keepYoungMarks(prepare, options.youngMarks);
  const numbers = drawNumbers(prepare);
  const books = keepBooks(prepare);
  const words = keepWords(prepare);
  const due = keepDue(prepare);
  const overtaken = keepOvertaken(prepare, due);
  const backlog = keepBacklog(prepare);
  const uniques = keepUniques(prepare);
  const records = keepRecords(prepare, uniques);
  const entities = keepEntities(prepare, numbers.next);
  const effects = keepEffects(prepare, words);
  const pauses = keepPauses(prepare);
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
    overtaken,
    entities,
    effects,
    timeline: keepTimeline(prepare),
    uniques,
    tokens: keepTokens(prepare),
    callLog: keepCallLog(prepare),
    journal: keepJournal(prepare),
    pauses,
    stops: keepStops(prepare),
    versions: keepVersions({ prepare, records, due, backlog, entities, effects }),
    begin({ othersWrote }) {
      numbers.forget();
      if (!othersWrote) return;
      books.forget();
      backlog.forget();
      words.forget();
      effects.forget();
      overtaken.forget();
      uniques.forget();
      pauses.forget();
      youngMarks.lookAgain();
    },
    flush({ owner }) {
      if (owner) youngMarks.sort();
      books.flush();
      numbers.flush();
      backlog.flush();
    },
    forget() {
      books.forget();
      backlog.forget();
      words.forget();
      effects.forget();
      overtaken.forget();
      uniques.forget();
      pauses.forget();
      youngMarks.forget();
    },
  };
}
