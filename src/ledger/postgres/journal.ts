import { journalEntryOf, journalMax } from "../desk/posted.ts";
import type { JournalEntry } from "../ledger.ts";
import type { Sql } from "./line.ts";
import { type Here, type Other, reads } from "./other.ts";

/** Writes down what a person did to the ledger as a whole. */
export function addToJournal(sql: Sql, here: Here, { atMs, what, about, actor, why, detail }: JournalEntry): void {
  sql.send(
    "insert into waybill.journal (about, entry, at, what, actor, why, detail) values ($1, $2, $3, $4, $5, $6, $7)",
    about,
    here.nextEntry(),
    atMs,
    what,
    actor,
    why,
    detail,
  );
}

/** Newest first. */
export const journal: Other<"journal"> = reads(async (sql, about) =>
  (
    await sql.rows(
      `select at, what, about, actor, why, detail from waybill.journal where about = $1 order by entry desc limit ${journalMax}`,
      about,
    )
  ).map(journalEntryOf),
);
