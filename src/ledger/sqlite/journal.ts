import { journalEntryOf, journalMax } from "../desk/posted.ts";
import type { JournalEntry } from "../ledger.ts";
import { cell, type Prepare } from "./cells.ts";

/** What persons did to the ledger as a whole. */
export interface Journal {
  add(entry: JournalEntry): void;
  /** Newest first. */
  of(about: string): readonly JournalEntry[];
}

export function keepJournal(prepare: Prepare): Journal {
  const insert = prepare("insert into journal (at, what, about, actor, why, detail) values (?, ?, ?, ?, ?, ?)");
  const select = prepare(
    `select at, what, about, actor, why, detail from journal where about = ? order by entry desc limit ${journalMax}`,
  );
  return {
    add({ atMs, what, about, actor, why, detail }) {
      insert.run(atMs, what, about, actor, cell(why), cell(detail));
    },
    of: (about) => select.all(about).map(journalEntryOf),
  };
}
