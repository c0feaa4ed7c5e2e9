import type { Cause, State } from "../../model/record.ts";
import { type CauseGroup, countMax, type Overview } from "../alerts.ts";
import { type Prepare, value } from "./cells.ts";
import { recordId } from "./numbers.ts";
import { needsPerson } from "./records.ts";

// What a watch reads every few seconds, whatever the ledger holds: each cause of each book is found by a step in an index, and counted in it so far and
// no further.

const inboxStates: readonly State[] = ["quarantined", "dead", "held"];
const samplesMax = 3;

export function overviewing(prepare: Prepare): () => Overview {
  const books = prepare("select book, integration, tenant from books order by integration, tenant");
  const stuck = groupsIn(prepare, needsPerson);
  return () => {
    const inbox: CauseGroup[] = [];
    for (const [book, integration, tenant] of books.all() as [number, string, string][])
      for (const state of inboxStates)
        for (const group of stuck(book, state)) inbox.push({ integration, tenant, state, ...group });
    return { inbox };
  };
}

type Counted = Omit<CauseGroup, "integration" | "tenant" | "state">;

/** The causes of one book and state, each with its count, by an index on (book, state, cause) of the records that meet a condition. */
function groupsIn(prepare: Prepare, condition: string): (book: number, state: State) => Counted[] {
  const of = `from records where ${condition} and book = ?1 and state = ?2 and cause`;
  const nextCause = prepare(`select cause ${of} > ?3 order by cause limit 1`);
  const count = prepare(`select count(*) from (select 1 ${of} = ?3 limit ${countMax})`);
  const newest = prepare(`select record, received_at, reason ${of} = ?3 order by record desc limit ${samplesMax}`);
  const oldest = prepare(`select received_at ${of} = ?3 order by record limit 1`);
  return (book, state) => {
    const groups: Counted[] = [];
    for (let cause = ""; ; ) {
      const next = value<string>(nextCause.get(book, state, cause)?.[0]);
      if (next === undefined) return groups;
      cause = next;
      const rows = newest.all(book, state, cause);
      groups.push({
        cause: cause as Cause,
        count: count.get(book, state, cause)?.[0] as number,
        firstAtMs: oldest.get(book, state, cause)?.[0] as number,
        lastAtMs: rows[0]?.[1] as number,
        reason: value<string>(rows[0]?.[2]),
        samples: rows.map(([record]) => recordId(record as number)),
      });
    }
  };
}
