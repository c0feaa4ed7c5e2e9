import type { Hash } from "../ledger.ts";
import { type Cell, value } from "./cells.ts";
import { recordColumns, recordOf } from "./rows.ts";
import { hashKey, type WantKey, type WantKind } from "./shelf.ts";

/** How rows of one kind are fetched by their keys. */
interface Fetched {
  /** Its parameter is the keys. */
  readonly text: string;
  /** The keys are hashes. */
  readonly hashed: boolean;
  readonly read: (cells: Cell[]) => readonly [WantKey, unknown];
}

export type ByKey = Extract<
  WantKind,
  | "due"
  | "entity"
  | "record"
  | "cursor"
  | "outbox"
  | "mark"
  | "raw"
  | "unique"
  | "claim"
  | "claimants"
  | "passed"
  | "firstDue"
>;

/** Kinds of which a key names one row, or none. What is changed by whoever asks is locked. */
export const byKey: Readonly<Record<ByKey, Fetched>> = {
  due: {
    text: `select key_hash, book, head, at, unsettled, delivering, blocked, newest from waybill.due
       where key_hash = any($1::bigint[]) order by key_hash for update`,
    hashed: false,
    read: ([keyHash, book, head, atMs, unsettled, delivering, blocked, newest]) => [
      keyHash as number,
      { keyHash, book, head, atMs, unsettled, delivering, blocked, newest },
    ],
  },
  entity: {
    text: `select entity_hash, entity, book, key, key_hash, version, fingerprint, begun from waybill.entities
       where entity_hash = any($1::bytea[]) order by entity_hash for update`,
    hashed: true,
    read: ([hash, entity, book, key, keyHash, version, fingerprint, begun]) => [
      hashKey(hash as Hash),
      {
        entity,
        book,
        key: value(key),
        keyHash: value(keyHash),
        version: value(version),
        fingerprint: value(fingerprint),
        begun,
      },
    ],
  },
  record: {
    text: `select ${recordColumns} from waybill.records r where r.record = any($1::bigint[]) order by r.record for update`,
    hashed: false,
    read: (cells) => [cells[0] as number, recordOf(cells)],
  },
  outbox: {
    text: "select number from waybill.outbox where number = any($1::bigint[]) order by number for update",
    hashed: false,
    read: ([number]) => [number as number, true],
  },
  cursor: {
    text: "select source, cursor, at from waybill.cursors where source = any($1::text[]) order by source for update",
    hashed: false,
    read: ([source, cursor, atMs]) => [source as string, { cursor, atMs }],
  },
  mark: {
    text: "select mark, book, record, key_hash, raw_hash, fingerprint, contract from waybill.marks where mark = any($1::bytea[])",
    hashed: true,
    read: ([mark, book, record, keyHash, rawHash, fingerprint, contract]) => [
      hashKey(mark as Hash),
      { book, record, keyHash: value(keyHash), rawHash, fingerprint: value(fingerprint), contract },
    ],
  },
  raw: {
    text: `select r.record, c.raw, p.raw, p.text from waybill.records r left join waybill.payloads p on p.payload = r.payload
       left join waybill.contents c on c.record = r.record where r.record = any($1::bigint[])`,
    hashed: false,
    read: ([record, own, raw, text]) => [record as number, rawOf(own as Cell, raw as Cell, text as Cell)],
  },
  unique: {
    text: "select value, entity, record from waybill.uniques where value = any($1::bytea[]) order by value for update",
    hashed: true,
    read: ([hash, entity, record]) => [hashKey(hash as Hash), { entity, record }],
  },
  claim: {
    text: "select record, value, entity_hash from waybill.unique_claims where record = any($1::bigint[])",
    hashed: false,
    read: ([record, hash, entityHash]) => [record as number, { value: hash, entityHash }],
  },
  claimants: {
    text: "select value, array_agg(record) from waybill.unique_claims where value = any($1::bytea[]) group by value",
    hashed: true,
    read: ([value, records]) => [hashKey(value as Hash), records],
  },
  passed: {
    text: "select key_hash, record from waybill.passed where key_hash = any($1::bigint[])",
    hashed: false,
    read: ([keyHash, record]) => [keyHash as number, record],
  },
  firstDue: {
    text: `select b.book, d.at from unnest($1::integer[]) as b (book) cross join lateral (
         select at from waybill.due where book = b.book and not delivering and not blocked order by at limit 1) d`,
    hashed: false,
    read: ([book, atMs]) => [book as number, atMs],
  },
};

export function rawOf(own: Cell, raw: Cell, text: Cell): Uint8Array | string | undefined {
  if (typeof own === "string") return own;
  if (!(raw instanceof Uint8Array)) return undefined;
  return text === true ? Buffer.from(raw).toString() : raw;
}
