import { recordNumber } from "../desk/numbers.ts";
import { originOf, rowCells, rowColumns, rowOf } from "../desk/record-row.ts";
import type { Hash, RecordId, RecordWhole } from "../ledger.ts";
import { type Cell, value } from "./cells.ts";
import type { SqliteDesk } from "./sqlite-desk.ts";

/** What `rowColumns` are of. */
export const rowTables = `records r join books b on b.book = r.book join words w on w.word = r.source
  left join due d on r.state = 'waiting' and d.key_hash = r.key_hash and d.head = r.record`;

/** Bytes of their own: a small Buffer is a window on a pool, and travels with all of it. */
const encoder = new TextEncoder();

/** One record with all that is known of it. */
export function readingRecords(desk: SqliteDesk): (record: RecordId) => RecordWhole | undefined {
  const { prepare, timeline, effects, entities, traces } = desk;
  const select = prepare(`
    select ${rowColumns}, coalesce(c.raw, p.raw), c.content, k.text, r.entity_hash, case when c.raw is null then null else p.raw end,
      o.text, r.line
    from ${rowTables}
    join words k on k.word = r.contract
    left join payloads p on p.payload = r.payload
    left join contents c on c.record = r.record
    left join words o on o.word = r.origin
    where r.record = ?`);

  return (id) => {
    const record = recordNumber(id);
    const row = select.get(record);
    if (row === undefined) return undefined;
    const entityHash = value<Hash>(row[rowCells + 3]);
    const entity = entityHash === undefined ? undefined : entities.of(entityHash);
    const bytes = bytesOf(row[rowCells]);
    return {
      ...rowOf(row),
      raw: bytes,
      original: bytesOf(row[rowCells + 4]),
      content: value<string>(row[rowCells + 1]) ?? (bytes === undefined ? undefined : Buffer.from(bytes).toString()),
      contract: row[rowCells + 2] as string,
      origin: originOf(row[rowCells + 5], row[rowCells + 6]),
      timeline: timeline.of(record),
      effects: [...effects.of(record), ...(entity === undefined ? [] : effects.of(entity))],
      trace: traces.of(record),
    };
  };
}

function bytesOf(raw: Cell | undefined): Uint8Array | undefined {
  return typeof raw === "string" ? encoder.encode(raw) : raw instanceof Uint8Array ? raw : undefined;
}
