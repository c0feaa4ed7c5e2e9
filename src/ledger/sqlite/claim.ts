import { shareOf } from "../../model/share.ts";
import type { Claimed, ClaimOptions, ClaimResult, Hash, RecordId } from "../ledger.ts";
import { type Cell, value } from "./cells.ts";
import type { Desk } from "./desk.ts";
import { recordId, recordNumber } from "./numbers.ts";
import { keepParking } from "./parking.ts";

/** How much one claim looks at before it lets others have the store. */
const lookedMax = 2_048;

const columns = `r.record, r.book, r.id, r.entity, r.key, r.key_hash, r.entity_hash, r.version, r.received_at, r.contract,
  r.attempts, r.spent, r.recovered, r.touched, r.salt, r.loading, r.uncompared, c.content, coalesce(c.raw, p.raw), r.strict, r.cause`;
const tables = "left join payloads p using (payload) left join contents c using (record)";
const claimable = "d.delivering = 0 and d.blocked = 0 and d.parked = 0";

interface Shares {
  readonly mayRun: (book: number) => boolean;
  readonly onTaken: (book: number) => void;
}

/** Puts due records into this worker's hands: heads only, oldest due first, and then what has waited longest in the backlog. */
export function claiming(desk: Desk): (options: ClaimOptions) => ClaimResult {
  const { prepare, books, records, due, backlog, pauses } = desk;
  const select = prepare(
    `select ${columns}, d.due from due d join records r on r.record = d.head ${tables}
     where ${claimable} and d.at <= ? order by d.at limit ?`,
  );
  const take = prepare("update due set delivering = 1 where due = ?");
  const nextAt = prepare(`select d.at from due d where ${claimable} order by d.at limit 1`);
  const readOn = prepare(
    `select ${columns} from records r ${tables} where r.record > ? and r.state = 'waiting' order by r.record limit ?`,
  );
  const parking = keepParking(prepare);
  const claimedOf = claimedFrom(desk);

  /** What may not run here is parked, so that the next claim does not come across it again. */
  function claimDue(limit: number, nowMs: number, { mayRun, onTaken }: Shares): Claimed[] {
    const claimed: Claimed[] = [];
    for (let looked = 0; claimed.length < limit && looked < lookedMax; ) {
      const asked = limit - claimed.length;
      const rows = select.all(nowMs, asked);
      for (const row of rows) {
        const number = row[21] as number;
        if (mayRun(row[1] as number)) {
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

  /** Records whose turn it is join their keys' queues; those that are alone there, and may run, are claimed. */
  function claimBacklog(limit: number, { mayRun, onTaken }: Shares): Claimed[] {
    const claimed: Claimed[] = [];
    for (let looked = 0; claimed.length < limit && looked < lookedMax && !backlog.empty(); ) {
      const asked = limit - claimed.length;
      const rows = readOn.all(backlog.line(), asked);
      for (const row of rows) {
        const [record, book, keyHash, atMs] = [row[0], row[1], row[5], row[8]] as [number, number, number, number];
        const queued = { record, book, keyHash, strict: row[19] === 1 };
        const may = mayRun(book);
        if (may && due.start(queued, atMs)) {
          claimed.push(claimedOf(row));
          onTaken(book);
        } else {
          const dueRow = due.of(keyHash);
          if (due.standsBehind(dueRow, record)) records.queue(record);
          due.join(dueRow, queued, atMs);
          if (dueRow === undefined && !may) parking.park(record, book);
        }
        backlog.moveLine(record);
      }
      looked += rows.length;
      if (rows.length < asked) backlog.exhausted();
    }
    return claimed;
  }

  return ({ limit, nowMs, integrations, held }) => {
    const runs = (book: number): boolean => {
      const { integration, tenant } = books.byNumber(book);
      return !pauses.holds(integration, tenant) && (integrations === undefined || integrations.includes(integration));
    };
    const shares = sharesOf(limit, held, (book) => books.byNumber(book).tenant);
    const room = (book: number): number => (runs(book) ? shares.room(book) : 0);
    const taking: Shares = { mayRun: (book) => room(book) > 0, onTaken: shares.onTaken };
    const left = parking.fetchBack(room, lookedMax);
    const claimed = claimDue(limit, nowMs, taking);
    if (claimed.length < limit) claimed.push(...claimBacklog(limit - claimed.length, taking));
    if (left || !backlog.empty()) return { claimed, nextAtMs: 0 };
    const next = value<number>(nextAt.get()?.[0]);
    return { claimed, nextAtMs: next !== undefined && next <= nowMs ? 0 : next };
  };
}

/** What each tenant may still be given while a claim goes on. */
function sharesOf(limit: number, given: ClaimOptions["held"], tenantOf: (book: number) => string) {
  const held = new Map(Object.entries(given ?? {}));
  let free = limit;
  return {
    room(book: number): number {
      const tenant = given === undefined ? "" : tenantOf(book);
      return shareOf(tenant, held.get(tenant) ?? 0, tenant === "" ? Number.POSITIVE_INFINITY : free);
    },
    onTaken(book: number): void {
      const tenant = tenantOf(book);
      free -= 1;
      held.set(tenant, (held.get(tenant) ?? 0) + 1);
    },
  };
}

function claimedFrom(desk: Desk): (row: Cell[]) => Claimed {
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

/** Puts claimed records that were never begun back, untouched. */
export function unclaiming(
  desk: Desk,
): (records: readonly { readonly record: RecordId; readonly keyHash: number }[]) => void {
  const { due, prepare } = desk;
  // What was begun all the same, and could not be written down, is found again.
  const touch = prepare(
    "update records set touched = 1 where record = ?1 and exists (select 1 from effects where owner = ?1)",
  );
  return (records) => {
    for (const { record, keyHash } of records) {
      const row = due.of(keyHash);
      if (row?.delivering !== true || row.head !== recordNumber(record)) continue;
      touch.run(row.head);
      due.later(row, row.atMs, row.atMs);
    }
  };
}
