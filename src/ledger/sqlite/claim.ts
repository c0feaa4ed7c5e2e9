import type { Claimed, ClaimOptions, ClaimResult, Hash } from "../ledger.ts";
import { type Cell, value } from "./cells.ts";
import type { Desk } from "./desk.ts";
import { recordId, recordNumber } from "./numbers.ts";

const idle = "delivering = 0 and blocked = 0";
const allowed = "book in (select book from books where integration in (select value from json_each(?)))";

/** Puts due records into this worker's hands: heads only, oldest due first. */
export function claiming(desk: Desk): (options: ClaimOptions) => ClaimResult {
  const { prepare, books, words, versions, effects, entities } = desk;
  const columns = `d.due, r.record, r.book, r.id, r.entity, r.key, r.key_hash, r.entity_hash, r.version, r.received_at, r.contract,
    r.attempts, r.spent, r.recovered, r.touched, r.salt, r.loading, r.uncompared, c.content, coalesce(c.raw, p.raw)`;
  const selecting = (also: string): string => `
    select ${columns} from due d
    join records r on r.record = d.head
    join payloads p using (payload)
    left join contents c using (record)
    where d.delivering = 0 and d.blocked = 0 and d.at <= ? ${also}
    order by d.at limit ?`;
  const select = prepare(selecting(""));
  const selectAllowed = prepare(selecting(`and d.${allowed}`));
  const take = prepare("update due set delivering = 1 where due = ?");
  const nextAt = prepare(`select at from due where ${idle} order by at limit 1`);
  const nextAtAllowed = prepare(`select at from due where ${idle} and ${allowed} order by at limit 1`);

  function claimedOf(row: Cell[]): Claimed {
    const record = row[1] as number;
    const book = books.byNumber(row[2] as number);
    const id = value<string>(row[3]);
    const entity = value<string>(row[4]) ?? id;
    const entityHash = value<Hash>(row[7]);
    const version = value<string>(row[8]);
    const content = value<string>(row[18]);
    const raw = row[19] as string | Uint8Array;
    return {
      record: recordId(record),
      integration: book.integration,
      tenant: book.tenant,
      id: id ?? "",
      entity: entity ?? "",
      key: value<string>(row[5]) ?? entity ?? "",
      keyHash: row[6] as number,
      entityHash,
      version,
      receivedAtMs: row[9] as number,
      content: content ?? (typeof raw === "string" ? raw : Buffer.from(raw).toString()),
      contentIsRaw: content === undefined,
      contract: words.text(row[10] as number),
      attempts: row[11] as number,
      spentMs: row[12] as number,
      recovered: row[13] as number,
      effects: row[14] === 1 ? effects.of(record) : [],
      memory: book.remembers && entityHash !== undefined ? entities.memory(entityHash) : undefined,
      overtaken: version !== undefined && entityHash !== undefined && versions.overtaken(record, entityHash, version),
      salt: value<string>(row[15]),
      loading: row[16] === 1,
      uncompared: row[17] === 1,
    };
  }

  return ({ limit, nowMs, integrations }) => {
    const names = integrations === undefined ? undefined : JSON.stringify(integrations);
    const rows = names === undefined ? select.all(nowMs, limit) : selectAllowed.all(nowMs, names, limit);
    for (const row of rows) take.run(row[0] as number);
    const claimed = rows.map(claimedOf);
    const next = value<number>((names === undefined ? nextAt.get() : nextAtAllowed.get(names))?.[0]);
    return { claimed, nextAtMs: next !== undefined && next <= nowMs ? 0 : next };
  };
}

/** Puts claimed records that were never begun back, untouched. */
export function unclaiming(desk: Desk): (records: readonly { readonly record: string; readonly keyHash: number }[]) => void {
  const { due } = desk;
  return (records) => {
    for (const { record, keyHash } of records) {
      const row = due.of(keyHash);
      if (row?.delivering === true && row.head === recordNumber(record)) due.later(row, row.atMs, row.atMs);
    }
  };
}
