import type { JournalEntry } from "../ledger.ts";
import { cell, type Prepare, value } from "./cells.ts";

/** What persons did to the ledger as a whole. */
export interface Journal {
  add(entry: JournalEntry): void;
  /** Newest first. */
  of(about: string): readonly JournalEntry[];
}

/** As many as a person reads. */
const shownMax = 100;

export function keepJournal(prepare: Prepare): Journal {
  const insert = prepare("insert into journal (at, what, about, actor, why, detail) values (?, ?, ?, ?, ?, ?)");
  const select = prepare(
    `select at, what, about, actor, why, detail from journal where about = ? order by entry desc limit ${shownMax}`,
  );
  return {
    add({ atMs, what, about, actor, why, detail }) {
      insert.run(atMs, what, about, actor, cell(why), cell(detail));
    },
    of: (about) =>
      select.all(about).map(([at, what, of, actor, why, detail]) => ({
        atMs: at as number,
        what: what as JournalEntry["what"],
        about: of as string,
        actor: actor as string,
        why: value<string>(why),
        detail: value<string>(detail),
      })),
  };
}
