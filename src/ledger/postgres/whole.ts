import { effectColumns, effectOf } from "../desk/effect-row.ts";
import { recordNumber } from "../desk/numbers.ts";
import { originOf, rowCells, rowColumns, rowOf } from "../desk/record-row.ts";
import { value } from "../desk/stored.ts";
import type { StoredEffect, TimelineEntry } from "../ledger.ts";
import type { Cell } from "./cells.ts";
import { type Other, reads } from "./other.ts";

/** What `rowColumns` are of. */
export const rowTables = `waybill.records r join waybill.books b on b.book = r.book join waybill.words w on w.word = r.source
  left join waybill.due d on r.state = 'waiting' and d.key_hash = r.key_hash and d.head = r.record`;

const wholeRow = `
  select ${rowColumns}, c.raw, p.raw, c.content, k.text, o.text, r.line
  from ${rowTables}
  join waybill.words k on k.word = r.contract
  left join waybill.payloads p on p.payload = r.payload
  left join waybill.contents c on c.record = r.record
  left join waybill.words o on o.word = r.origin
  where r.record = $1`;

const timeline = "select at, what, actor, detail from waybill.timeline where record = $1 order by entry";

const effectsOf = (owner: string): string => `
  select e.name, ${effectColumns
    .split(",")
    .map((column) => (column.trim() === "release" ? "w.text" : `e.${column.trim()}`))
    .join(", ")}, q.request
  from waybill.effects e join waybill.words w on w.word = e.release
  left join waybill.requests q on q.owner = e.owner and q.name = e.name
  where e.owner = ${owner} order by e.n`;

const ofRecord = effectsOf("$1");
const ofItsEntity = effectsOf(
  "(select m.entity from waybill.entities m join waybill.records r on r.entity_hash = m.entity_hash where r.record = $1)",
);
const ofEntity = effectsOf("(select entity from waybill.entities where entity_hash = $1)");

const stored = (row: Cell[]): StoredEffect => effectOf(row, (text) => text as string);

/** One record with all that is known of it. */
export const record: Other<"record"> = reads(async (sql, id) => {
  const number = recordNumber(id);
  const [[row], entries, own, ofEntities, [trace]] = await Promise.all([
    sql.rows(wholeRow, number),
    sql.rows(timeline, number),
    sql.rows(ofRecord, number),
    sql.rows(ofItsEntity, number),
    sql.rows("select traceparent from waybill.traces where record = $1", number),
  ]);
  if (row === undefined) return undefined;
  const [ofItsOwn, came, content, contract, origin, line] = row.slice(rowCells);
  const original = bytesOf(came);
  const raw = typeof ofItsOwn === "string" ? new TextEncoder().encode(ofItsOwn) : original;
  return {
    ...rowOf(row),
    raw,
    original: typeof ofItsOwn === "string" ? original : undefined,
    content: value<string>(content) ?? (raw === undefined ? undefined : Buffer.from(raw).toString()),
    contract: contract as string,
    origin: originOf(origin, line),
    timeline: entries.map(entryOf),
    trace: value<string>(trace?.[0]),
    effects: [...own.map(stored), ...ofEntities.map(stored)],
  };
});

/** The effects that are made once for an entity. */
export const entityEffects: Other<"entityEffects"> = reads(async (sql, hash) =>
  (await sql.rows(ofEntity, hash)).map(stored),
);

function entryOf([at, what, actor, detail]: Cell[]): TimelineEntry {
  return {
    atMs: at as number,
    what: what as TimelineEntry["what"],
    actor: value<string>(actor),
    detail: value<string>(detail),
  };
}

function bytesOf(cell: Cell | undefined): Uint8Array | undefined {
  return cell instanceof Uint8Array ? cell : undefined;
}
