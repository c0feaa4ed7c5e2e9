import type { Cause, State } from "../../model/record.ts";
import {
  type BookCounters,
  type CauseGroup,
  countMax,
  type OldestWaiting,
  type Overview,
  type Parked,
} from "../alerts.ts";
import { recordId } from "../desk/numbers.ts";
import { type Cell, type Prepare, value } from "./cells.ts";
import { needsPerson } from "./records.ts";

// What a watch reads every few seconds, whatever the ledger holds: each cause of each book is found by a step in an index, and counted in it so far and
// no further. The same for what waits: the oldest thousand keys, and the head of each book's backlog.

const inboxStates: readonly State[] = ["quarantined", "dead", "held"];
const samplesMax = 3;
const keysMax = 1_000;

interface Numbered extends BookCounters {
  readonly book: number;
}

export function overviewing(prepare: Prepare): () => Overview {
  const books = prepare(
    "select book, integration, tenant, received, duplicate from books order by integration, tenant",
  );
  const stuck = groupsIn(prepare, needsPerson);
  const retried = groupsIn(prepare, "state = 'waiting' and cause = 'retrying'");
  const oldest = findingOldest(prepare);
  const parked = countingParked(prepare);
  return () => {
    const all = books
      .all()
      .map(
        ([book, integration, tenant, received, duplicate]) =>
          ({ book, integration, tenant, received, duplicate }) as Numbered,
      );
    const groups = (states: readonly State[], of: ReturnType<typeof groupsIn>): CauseGroup[] =>
      all.flatMap(({ book, integration, tenant }) =>
        states.flatMap((state) => of(book, state).map((group) => ({ integration, tenant, state, ...group }))),
      );
    return {
      inbox: groups(inboxStates, stuck),
      retrying: groups(["waiting"], retried),
      oldest: oldest(all),
      parked: parked(all),
      outbox: [],
      workers: [],
      books: all.map(({ book: _, ...counters }) => counters),
    };
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

function findingOldest(prepare: Prepare): (books: readonly Numbered[]) => OldestWaiting[] {
  const columns = "r.record, r.book, r.received_at, r.cause, r.reason";
  const keys = prepare(
    `select ${columns} from due d join records r on r.record = d.head order by d.due limit ${keysMax}`,
  );
  const backlog = prepare(
    `select ${columns} from records r where r.ahead = 1 and r.book = ?1
     and r.record > (select line from books where book = ?1) order by r.record limit 1`,
  );
  return (books) => {
    const first = new Map<number, Cell[]>();
    for (const row of [...keys.all(), ...books.flatMap(({ book }) => backlog.all(book))]) {
      const before = first.get(row[1] as number);
      if (before === undefined || (row[0] as number) < (before[0] as number)) first.set(row[1] as number, row);
    }
    return books.flatMap(({ book, integration, tenant }) => {
      const row = first.get(book);
      if (row === undefined) return [];
      const [record, , receivedAtMs, cause, reason] = row;
      return {
        integration,
        tenant,
        record: recordId(record as number),
        receivedAtMs: receivedAtMs as number,
        cause: value<string>(cause) as Cause | undefined,
        reason: value<string>(reason),
      };
    });
  };
}

function countingParked(prepare: Prepare): (books: readonly Numbered[]) => Parked[] {
  const count = prepare(`select count(*) from (select 1 from due where parked = 1 and book = ? limit ${countMax})`);
  return (books) =>
    books
      .map(({ book, integration, tenant }) => ({ integration, tenant, count: count.get(book)?.[0] as number }))
      .filter(({ count: parked }) => parked > 0);
}
