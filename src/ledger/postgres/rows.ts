import type { Cause } from "../../model/record.ts";
import type { RowState } from "../desk/records.ts";
import type { Hash, StoredEffect } from "../ledger.ts";
import { type Cell, value } from "./cells.ts";

// Rows as the desk has them, and how they are read and written.

export interface RecordRowHere {
  readonly record: number;
  readonly book: number;
  readonly state: RowState;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  /** JSON. */
  readonly issues: string | undefined;
  readonly source: number;
  readonly contract: number;
  readonly payload: number;
  readonly id: string | undefined;
  /** Undefined: the id. */
  readonly entity: string | undefined;
  /** Undefined: the entity. */
  readonly key: string | undefined;
  readonly keyHash: number | undefined;
  readonly entityHash: Hash | undefined;
  readonly version: string | undefined;
  readonly salt: string | undefined;
  readonly receivedAtMs: number;
  readonly settledAtMs: number | undefined;
  readonly atMs: number | undefined;
  readonly attempts: number;
  readonly spentMs: number;
  readonly recovered: number;
  readonly revision: number;
  readonly queued: boolean;
  readonly strict: boolean;
  readonly loading: boolean;
  readonly touched: boolean;
  readonly uncompared: boolean;
  readonly origin: number | undefined;
  readonly line: number | undefined;
}

/** A column of `records`: its name, its type, and where it stands in the row. */
type Column = readonly [name: string, type: string, field: keyof RecordRowHere];

export const recordTable: readonly Column[] = [
  ["record", "bigint", "record"],
  ["book", "integer", "book"],
  ["state", "text", "state"],
  ["cause", "text", "cause"],
  ["reason", "text", "reason"],
  ["issues", "text", "issues"],
  ["source", "integer", "source"],
  ["contract", "integer", "contract"],
  ["payload", "bigint", "payload"],
  ["id", "text", "id"],
  ["entity", "text", "entity"],
  ["key", "text", "key"],
  ["key_hash", "bigint", "keyHash"],
  ["entity_hash", "bytea", "entityHash"],
  ["version", "text", "version"],
  ["salt", "text", "salt"],
  ["received_at", "bigint", "receivedAtMs"],
  ["settled_at", "bigint", "settledAtMs"],
  ["at", "bigint", "atMs"],
  ["attempts", "integer", "attempts"],
  ["spent", "bigint", "spentMs"],
  ["recovered", "integer", "recovered"],
  ["revision", "integer", "revision"],
  ["queued", "boolean", "queued"],
  ["strict", "boolean", "strict"],
  ["loading", "boolean", "loading"],
  ["touched", "boolean", "touched"],
  ["uncompared", "boolean", "uncompared"],
  ["origin", "integer", "origin"],
  ["line", "bigint", "line"],
];

export const recordColumns: string = recordTable.map(([name]) => `r.${name}`).join(", ");

export function recordOf(cells: readonly Cell[]): RecordRowHere {
  return Object.fromEntries(
    recordTable.map(([, , field], index) => [field, value(cells[index])]),
  ) as unknown as RecordRowHere;
}

export interface DueHere {
  readonly keyHash: number;
  readonly book: number;
  readonly head: number;
  readonly atMs: number;
  readonly unsettled: number;
  readonly delivering: boolean;
  readonly blocked: boolean;
  readonly newest: number;
}

export interface MarkHere {
  readonly book: number;
  readonly record: number;
  readonly keyHash: number | undefined;
  readonly rawHash: Hash;
  readonly fingerprint: Hash | undefined;
  readonly contract: number;
}

export interface EntityHere {
  readonly entity: number;
  readonly book: number;
  readonly key: string | undefined;
  readonly keyHash: number | undefined;
  readonly version: string | undefined;
  readonly fingerprint: Hash | undefined;
  readonly begun: boolean;
}

/** An effect, and its place among those of its owner. */
export interface EffectHere {
  readonly n: number;
  readonly effect: StoredEffect;
}

/** Part of a list that may be long: so far as it was fetched. */
export interface Window {
  readonly records: readonly number[];
  /** There may be more beyond the last. */
  readonly more: boolean;
}
