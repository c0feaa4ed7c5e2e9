import type { Due } from "./due.ts";
import type {
  Backlog,
  Books,
  Cursors,
  Effects,
  Entities,
  Numbers,
  Outbox,
  Pauses,
  SharedCalls,
  Timeline,
  Traces,
  Words,
} from "./keepers.ts";
import type { Marks } from "./marks.ts";
import type { Overtaken } from "./overtaken.ts";
import type { Records } from "./records.ts";
import type { Uniques } from "./uniques.ts";
import type { Versions } from "./versions.ts";

// What a ledger decides is decided here, once for every store: whether something is new, where a record waits, whether a run may still write, what a
// person's move leads to. A store lays out a desk, with one keeper for each kind of row, and sees to it that everything an operation reads and writes at
// the desk is one transaction. Keepers answer at once. SQLite's read the file; those of a store that is far away read what was fetched for the whole batch.

/** What every operation works with. */
export interface Desk {
  readonly numbers: Numbers;
  readonly books: Books;
  readonly words: Words;
  readonly records: Records;
  readonly due: Due;
  readonly backlog: Backlog;
  readonly marks: Marks;
  readonly overtaken: Overtaken;
  readonly entities: Entities;
  readonly effects: Effects;
  readonly timeline: Timeline;
  readonly traces: Traces;
  readonly uniques: Uniques;
  readonly pauses: Pauses;
  readonly versions: Versions;
  readonly cursors: Cursors;
  readonly outbox: Outbox;
  readonly sharedCalls: SharedCalls;
}
