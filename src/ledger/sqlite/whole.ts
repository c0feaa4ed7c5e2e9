import type { Cause, Issue, State } from "../../model/record.ts";
import { recordId, recordNumber } from "../desk/numbers.ts";
import type { Hash, RecordId, RecordRow, RecordWhole } from "../ledger.ts";
import { type Cell, value } from "./cells.ts";
import type { SqliteDesk } from "./sqlite-desk.ts";

/** The columns of a record as others see it, from `records r`, `books b`, `words w` and `due d`. */
export const rowColumns = `r.record, b.integration, b.tenant, w.text, r.id, r.entity, r.key, r.version, r.state, r.cause, r.reason,
  r.issues, r.received_at, r.settled_at, r.attempts, r.revision, r.salt, d.at, d.delivering`;
export const rowTables = `records r join books b on b.book = r.book join words w on w.word = r.source
  left join due d on r.state = 'waiting' and d.key_hash = r.key_hash and d.head = r.record`;

export function rowOf(row: Cell[]): RecordRow {
  const id = value<string>(row[4]);
  const entity = value<string>(row[5]) ?? id;
  const issues = value<string>(row[11]);
  const delivering = row[18] === 1;
  return {
    record: recordId(row[0] as number),
    integration: row[1] as string,
    tenant: row[2] as string,
    source: row[3] as string,
    id,
    entity,
    key: value<string>(row[6]) ?? entity,
    version: value<string>(row[7]),
    state: delivering ? "delivering" : (row[8] as State),
    cause: value<Cause>(row[9]),
    reason: value<string>(row[10]),
    issues: issues === undefined ? undefined : (JSON.parse(issues) as readonly Issue[]),
    receivedAtMs: row[12] as number,
    settledAtMs: value<number>(row[13]),
    nextAtMs: delivering ? undefined : value<number>(row[17]),
    attempts: row[14] as number,
    revision: row[15] as number,
    salt: value<string>(row[16]),
  };
}

function originOf(text: Cell | undefined, line: Cell | undefined): RecordWhole["origin"] {
  return typeof text === "string" && typeof line === "number" ? { text, line } : undefined;
}

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
  const rowCells = 19;

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
