import { conflictMark } from "../../model/identity.ts";
import type { Cause } from "../../model/record.ts";
import type { Hash, Reading } from "../ledger.ts";
import type { Desk } from "./desk.ts";
import { saysTheSame } from "./marks.ts";
import { recordId } from "./numbers.ts";
import type { RowState } from "./records.ts";

// A record that was read again (released, edited, loaded, re-read after a deploy, or passing in a redelivery) gets its identity here. Its id may be
// known: then it is a duplicate of the record that has it, or, with other content, a conflict.

export type Read = { readonly kind: "own"; readonly key: string; readonly keyHash: number } | Known;

/** Its id belongs to another record. */
export interface Known {
  readonly kind: "known";
  readonly state: RowState;
  readonly cause: Cause;
  readonly reason: string;
  readonly of: number;
}

/** Gives the record what the reading made of it. `unmarked`: its id belongs to another record, and a person let this one go all the same. */
export function applyReading(
  desk: Desk,
  record: number,
  book: number,
  reading: Reading,
  nowMs: number,
  unmarked = false,
): Read {
  const { records, marks, entities, words } = desk;
  const { identity } = reading;
  const contract = words.number(reading.contract);
  const place = identity.keyGiven ? entities.keyOf(book, identity, nowMs) : identity;
  records.setIdentity(record, identity, place, contract);
  records.setContent(record, reading.content, reading.raw);
  const own: Read = { kind: "own", key: place.key, keyHash: place.keyHash };
  if (unmarked) return own;

  const made = {
    book,
    record,
    keyHash: place.keyHash,
    rawHash: reading.rawHash,
    fingerprint: identity.fingerprint,
    contract,
  };
  const known = knownAs(desk, record, book, reading);
  if (known === undefined) {
    marks.add(reading.idMark, made);
    return own;
  }
  if (known.cause === "conflict") marks.add(conflictOf(desk, book, reading), made);
  return known;
}

/** What a record turns out to be when its id belongs to another one. Nothing is written. */
export function knownAs(desk: Desk, record: number, book: number, reading: Reading): Known | undefined {
  const { marks } = desk;
  const mark = marks.of(reading.idMark);
  if (mark === undefined || mark.record === record) return undefined;
  const { fingerprint, id } = reading.identity;
  if (reading.sameId === "ignore" || saysTheSame(mark, reading.rawHash, fingerprint)) return duplicateOf(mark.record);
  const conflict = marks.of(conflictOf(desk, book, reading));
  return conflict === undefined || conflict.record === record
    ? conflictWith(id, mark.record)
    : duplicateOf(conflict.record);
}

function conflictOf({ books }: Desk, book: number, { identity, rawHash }: Reading): Hash {
  const { integration, tenant } = books.byNumber(book);
  return conflictMark(integration, tenant, identity.id, rawHash);
}

export function duplicateOf(record: number): Known {
  return {
    kind: "known",
    state: "discarded",
    cause: "duplicate",
    reason: `duplicate of ${recordId(record)}`,
    of: record,
  };
}

export function conflictWith(id: string, record: number): Known {
  return { kind: "known", state: "quarantined", cause: "conflict", reason: conflictReason(id, record), of: record };
}

export function conflictReason(id: string, record: number): string {
  return `the id ${JSON.stringify(id)} came before with other content, in record ${recordId(record)}`;
}
