import { type Backlog, keepBacklog } from "./backlog.ts";
import { type Books, keepBooks, keepWords, type Words } from "./books.ts";
import type { Prepare } from "./cells.ts";
import { type Due, keepDue } from "./due.ts";
import { type Effects, keepEffects } from "./effects.ts";
import { type Entities, keepEntities } from "./entities.ts";
import { keepMarks, type Marks } from "./marks.ts";
import { drawNumbers, type Numbers } from "./numbers.ts";
import { keepRecords, type Records } from "./records.ts";
import { keepTimeline, type Timeline } from "./timeline.ts";
import { keepVersions, type Versions } from "./versions.ts";

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
  readonly entities: Entities;
  readonly effects: Effects;
  readonly timeline: Timeline;
  readonly versions: Versions;
  /** At the start of each transaction: another process may have drawn numbers and added to the backlog. */
  begin(): void;
  /** Writes down what is kept in memory until the commit. */
  flush(): void;
  /** Forgets what it knows of the file: after a rollback, and when another process wrote. */
  forget(): void;
}

export function openDesk(prepare: Prepare): Desk {
  const numbers = drawNumbers(prepare);
  const books = keepBooks(prepare);
  const words = keepWords(prepare);
  const due = keepDue(prepare);
  const backlog = keepBacklog(prepare);
  const records = keepRecords(prepare);
  const entities = keepEntities(prepare, numbers.next);
  const effects = keepEffects(prepare, words);
  return {
    prepare,
    numbers,
    books,
    words,
    records,
    due,
    backlog,
    marks: keepMarks(prepare),
    entities,
    effects,
    timeline: keepTimeline(prepare),
    versions: keepVersions({ prepare, records, due, backlog, entities, effects }),
    flush() {
      books.flush();
      numbers.flush();
      backlog.flush(numbers.last);
    },
    begin() {
      numbers.forget();
      backlog.forget();
    },
    forget() {
      books.forget();
      words.forget();
      effects.forget();
    },
  };
}
