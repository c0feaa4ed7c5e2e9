import type { CallKind } from "../../model/call.ts";
import type { OutcomeName } from "../../model/outcome.ts";
import type { CallEntry, CallRow, CallSide, RecordId } from "../ledger.ts";
import { recordId } from "./numbers.ts";
import { value } from "./stored.ts";

// A call as the log of calls keeps it.

export const hourMs = 3_600_000;
/** What a row takes besides its texts. */
export const callRowBytes = 300;
/** So many of the oldest go at once when it is too much. */
export const callsDropMax = 500;
/** Whole pages of a listing of counts. */
export const callCountsMax = 1_000;

export const callColumns = `call, at, duration, kind, what, system, tenant, integration, attempt, method, url, outcome, status, why,
  request_bytes, answer_bytes, request_headers, answer_headers, request_body, answer_body`;

/** The columns after `call`, and last of all how large the row is. */
export function callCells(entry: CallEntry): (string | number | null)[] {
  const { request, answer, url, status, why } = entry;
  const headers = [JSON.stringify(request.headers), answer === undefined ? null : JSON.stringify(answer.headers)];
  const texts = [...headers, request.body, answer?.body, url, why];
  return [
    entry.atMs,
    Math.max(0, Math.round(entry.durationMs)),
    entry.kind,
    entry.what,
    entry.system,
    entry.tenant,
    entry.integration,
    entry.attempt,
    entry.method,
    url,
    entry.outcome,
    status ?? null,
    why ?? null,
    request.bytes,
    answer?.bytes ?? null,
    ...(headers as [string, string | null]),
    request.body ?? null,
    answer?.body ?? null,
    texts.reduce((sum, text) => sum + (text?.length ?? 0), callRowBytes),
  ];
}

export function callRow(row: readonly unknown[], records: readonly RecordId[]): CallRow {
  const side = (headers: unknown, body: unknown, bytes: unknown): CallSide => ({
    headers: JSON.parse(headers as string) as Record<string, string>,
    body: value<string>(body),
    bytes: bytes as number,
  });
  return {
    call: recordId(row[0] as number),
    atMs: row[1] as number,
    durationMs: row[2] as number,
    kind: row[3] as CallKind,
    what: row[4] as string,
    system: row[5] as string,
    tenant: row[6] as string,
    integration: row[7] as string,
    records,
    attempt: row[8] as number,
    method: row[9] as string,
    url: row[10] as string,
    outcome: row[11] as OutcomeName,
    status: value<number>(row[12]),
    why: value<string>(row[13]),
    request: side(row[16], row[18], row[14]),
    answer: row[15] === null ? undefined : side(row[17], row[19], row[15]),
  };
}
