import type { Cause, Issue, State } from "../../model/record.ts";
import type { InboxGroup, RecordRow, RecordWhole } from "../ledger.ts";
import { recordId } from "./numbers.ts";
import { isTrue, value } from "./stored.ts";

/** The columns of a record as others see it, from records `r`, books `b`, words `w` and due `d`. */
export const rowColumns = `r.record, b.integration, b.tenant, w.text, r.id, r.entity, r.key, r.version, r.state, r.cause, r.reason,
  r.issues, r.received_at, r.settled_at, r.attempts, r.revision, r.salt, d.at, d.delivering`;
export const rowCells = 19;

export function rowOf(row: readonly unknown[]): RecordRow {
  const id = value<string>(row[4]);
  const entity = value<string>(row[5]) ?? id;
  const issues = value<string>(row[11]);
  const delivering = isTrue(row[18]);
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

export function originOf(text: unknown, line: unknown): RecordWhole["origin"] {
  return typeof text === "string" && typeof line === "number" ? { text, line } : undefined;
}

/** From integration, tenant, cause, count, first and last time, the newest record's reason, and that record. */
export function inboxGroup(row: readonly unknown[]): InboxGroup {
  return {
    integration: row[0] as string,
    tenant: row[1] as string,
    cause: row[2] as Cause,
    count: row[3] as number,
    firstAtMs: row[4] as number,
    lastAtMs: row[5] as number,
    reason: value<string>(row[6]),
    sample: recordId(row[7] as number),
  };
}
