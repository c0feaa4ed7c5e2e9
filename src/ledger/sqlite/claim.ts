import { Hands } from "../../model/share.ts";
import { recordId, recordNumber } from "../desk/numbers.ts";
import type { Claimed, ClaimOptions, ClaimResult, Hash } from "../ledger.ts";
import { type Cell, value } from "./cells.ts";
import { keepParking } from "./parking.ts";
import type { SqliteDesk } from "./sqlite-desk.ts";

/** How much one claim looks at before it lets others have the store. */
const lookedMax = 2_048;

const columns = `r.record, r.book, r.id, r.entity, r.key, r.key_hash, r.entity_hash, r.version, r.received_at, r.contract,
  r.attempts, r.spent, r.recovered, r.touched, r.salt, r.loading, r.uncompared, c.content, coalesce(c.raw, p.raw), r.strict, r.cause`;
const tables = "left join payloads p using (payload) left join contents c using (record)";
const claimable = "d.delivering = 0 and d.blocked = 0 and d.parked = 0";

interface Sharing {
  /** How many more records of this book may be claimed. */
  readonly room: (book: number) => number;
  readonly onTaken: (book: number) => void;
}

/** Puts due records into this worker's hands: heads only, oldest due first, and then what has waited longest in each book's backlog, in turns. */
export function claiming(desk: SqliteDesk): (options: ClaimOptions) => ClaimResult {
  const { prepare, books, records, due, backlog, pauses, traces } = desk;
  const select = prepare(
    `select ${columns}, d.due from due d join records r on r.record = d.head ${tables}
     where ${claimable} and d.at <= ? order by d.at limit ? + 0`,
  );
  const take = prepare("update due set delivering = 1 where due = ?");
  const nextAt = prepare(`select d.at from due d where ${claimable} order by d.at limit 1`);
  const readOn = prepare(
    `select ${columns} from records r ${tables} where r.ahead = 1 and r.book = ? and r.record > ? order by r.record limit ? + 0`,
  );
  const parking = keepParking(prepare);
  const claimedOf = claimedFrom(desk);
  const withTrace = (one: Claimed): Claimed => ({ ...one, trace: traces.of(recordNumber(one.record)) });
  /** The book whose backlog gave last: the next one is first when it goes on. */
  let lastServed = 0;

  /** What may not run here is parked, so that the next claim does not come across it again. */
  function claimDue(limit: number, nowMs: number, { room, onTaken }: Sharing): Claimed[] {
    const claimed: Claimed[] = [];
    for (let looked = 0; claimed.length < limit && looked < lookedMax; ) {
      const asked = limit - claimed.length;
      const rows = select.all(nowMs, asked);
      for (const row of rows) {
        const number = row[21] as number;
        if (room(row[1] as number) > 0) {
          take.run(number);
          claimed.push(claimedOf(row));
          onTaken(row[1] as number);
        } else {
          parking.park(number, row[1] as number);
        }
      }
      looked += rows.length;
      if (rows.length < asked) break;
    }
    return claimed;
  }

  /** The books with a backlog of which something may run, the one after the last served first. */
  function inTurns({ room }: Sharing): number[] {
    const open = backlog.books().filter((book) => room(book) > 0);
    open.sort((one, other) => one - other);
    const next = open.findIndex((book) => book > lastServed);
    return next <= 0 ? open : [...open.slice(next), ...open.slice(0, next)];
  }

  /** The next records of a book join their keys' queues; those that are alone there are claimed. Answers how many were looked at. */
  function admitNext(book: number, most: number, claimed: Claimed[], { onTaken }: Sharing): number {
    const rows = readOn.all(book, backlog.line(book), most);
    for (const row of rows) {
      const [record, keyHash, atMs] = [row[0], row[5], row[8]] as [number, number, number];
      const queued = { record, book, keyHash, strict: row[19] === 1 };
      if (due.start(queued, atMs)) {
        claimed.push(claimedOf(row));
        onTaken(book);
      } else {
        const dueRow = due.of(keyHash);
        if (due.standsBehind(dueRow, record)) records.queue(record);
        due.join(dueRow, queued, atMs);
      }
      backlog.joined(book, record);
    }
    if (rows.length < most) backlog.exhausted(book);
    return rows.length;
  }

  /** Every book with a backlog gives as many as the others, as far as it has them. */
  function claimBacklog(limit: number, sharing: Sharing): Claimed[] {
    const claimed: Claimed[] = [];
    for (let looked = 0; claimed.length < limit && looked < lookedMax; ) {
      const open = inTurns(sharing);
      if (open.length === 0) break;
      const each = Math.ceil((limit - claimed.length) / open.length);
      for (const book of open) {
        const most = Math.min(each, limit - claimed.length, sharing.room(book));
        if (most <= 0) continue;
        looked += admitNext(book, most, claimed, sharing);
        lastServed = book;
      }
    }
    return claimed;
  }

  return ({ limit, nowMs, integrations, held, traced }) => {
    const runs = (book: number): boolean => {
      const { integration, tenant } = books.byNumber(book);
      return !pauses.holds(integration, tenant) && (integrations === undefined || integrations.includes(integration));
    };
    const shares = sharesOf(limit, held, books);
    const sharing: Sharing = { room: (book) => (runs(book) ? shares.room(book) : 0), onTaken: shares.onTaken };
    const left = parking.fetchBack(sharing.room, lookedMax);
    const untraced = claimDue(limit, nowMs, sharing);
    if (untraced.length < limit) untraced.push(...claimBacklog(limit - untraced.length, sharing));
    const claimed = traced === true ? untraced.map(withTrace) : untraced;
    const full = claimed.length >= limit;
    if (left || backlog.books().some((book) => (full ? runs(book) : sharing.room(book) > 0)))
      return { claimed, nextAtMs: 0 };
    const next = value<number>(nextAt.get()?.[0]);
    return { claimed, nextAtMs: next !== undefined && next <= nowMs ? 0 : next };
  };
}

/** What each book may still be given while a claim goes on. */
function sharesOf(limit: number, held: ClaimOptions["held"], books: SqliteDesk["books"]) {
  if (held === undefined) return { room: () => limit, onTaken: () => undefined };
  const hands = new Hands(limit, held);
  return {
    room(book: number): number {
      const { integration, tenant } = books.byNumber(book);
      return hands.room(integration, tenant);
    },
    onTaken(book: number): void {
      const { integration, tenant } = books.byNumber(book);
      hands.take(integration, tenant);
    },
  };
}

function claimedFrom(desk: SqliteDesk): (row: Cell[]) => Claimed {
  const { books, words, versions, effects, entities } = desk;
  return (row) => {
    const record = row[0] as number;
    const book = books.byNumber(row[1] as number);
    const id = value<string>(row[2]);
    const entity = value<string>(row[3]) ?? id;
    const entityHash = value<Hash>(row[6]);
    const version = value<string>(row[7]);
    const content = value<string>(row[17]);
    const raw = (row[18] ?? "") as string | Uint8Array;
    return {
      record: recordId(record),
      integration: book.integration,
      tenant: book.tenant,
      id: id ?? "",
      entity: entity ?? "",
      key: value<string>(row[4]) ?? entity ?? "",
      keyHash: row[5] as number,
      entityHash,
      version,
      receivedAtMs: row[8] as number,
      content: content ?? (typeof raw === "string" ? raw : Buffer.from(raw).toString()),
      contentIsRaw: content === undefined,
      contract: words.text(row[9] as number),
      attempts: row[10] as number,
      spentMs: row[11] as number,
      recovered: row[12] as number,
      effects: row[13] === 1 ? effects.of(record) : [],
      memory: book.remembers && entityHash !== undefined ? entities.memory(entityHash) : undefined,
      overtaken: version !== undefined && entityHash !== undefined && versions.overtaken(record, entityHash, version),
      salt: value<string>(row[14]),
      loading: row[15] === 1,
      uncompared: row[16] === 1,
      undoing: row[20] === "undoing",
    };
  };
}
