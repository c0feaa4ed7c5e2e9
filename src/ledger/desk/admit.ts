import type { Cause, Issue } from "../../model/record.ts";
import type { Hash } from "../ledger.ts";
import type { Desk } from "./desk.ts";
import { type RowState, waitsForPerson } from "./records.ts";
import type { Wish } from "./uniques.ts";

/** A record that is in no queue, and where it should go now. */
export interface Admission {
  readonly record: number;
  readonly book: number;
  readonly keyHash: number | undefined;
  readonly entityHash: Hash | undefined;
  readonly version: string | undefined;
  readonly strict: boolean;
  readonly state: RowState;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly issues: readonly Issue[] | undefined;
  /** What it has from now on, if it waits: without it, what it had stays. */
  readonly wish?: Wish | undefined;
  readonly nowMs: number;
  /** When it is due, if it waits. */
  readonly atMs: number;
}

/** Puts a record that a person, a loaded entity or a passing redelivery lets go where it belongs: into its key's queue, unless a newer version has come. */
export function admit(
  desk: Desk,
  admission: Admission,
): { readonly state: RowState; readonly cause: Cause | undefined } {
  const { records, due, backlog, versions, effects, uniques } = desk;
  const { record, book, keyHash, entityHash, version, strict, nowMs, wish } = admission;
  let { state, cause, reason, issues } = admission;

  // What is being undone goes backwards: no version of its entity is newer or older than that.
  const compares = cause !== "undoing" && entityHash !== undefined && version !== undefined;
  if (state === "waiting" && compares && versions.overtaken(record, entityHash, version) && !effects.begun(record)) {
    state = "superseded";
    cause = "newer-version";
    reason = "a newer version has come";
  }
  const other = state === "waiting" ? uniques.other(wish) : undefined;
  if (other !== undefined) ({ state, cause, reason, issues } = other);
  const waits = state === "waiting" && keyHash !== undefined;
  const joins = waits && !backlog.before(book, record);
  const row = joins ? due.of(keyHash) : undefined;
  const queued = joins && due.standsBehind(row, record);
  records.place(record, {
    state,
    cause,
    reason,
    issues,
    atMs: nowMs,
    queued,
    ahead: waits && !joins,
  });
  if (wish !== undefined && state === "waiting") uniques.claim(wish, record);
  if (keyHash !== undefined && waitsForPerson(state)) desk.overtaken.watch(keyHash);
  if (waits && !joins) backlog.add(book, record);
  if (joins) due.join(row, { record, book, keyHash, strict }, admission.atMs);
  if (compares && (state === "waiting" || state === "filtered")) versions.supersedeOlder(entityHash, version, nowMs);
  // It may have stood in the way of what came after it, or stand there now.
  if (keyHash !== undefined) due.recheck(keyHash);
  return { state, cause };
}
