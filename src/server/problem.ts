import type { Context } from "hono";
import { type ErrorCode, said, WaybillError } from "../model/errors.ts";

/** Every failure of the server looks like this. */
export interface Problem {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 500 | 503;

/** How soon a sender may come again when the ledger cannot take anything, in seconds. */
const comeAgainSeconds = 5;

const statusOf: Partial<Record<ErrorCode, ProblemStatus>> = {
  "unknown-integration": 404,
  "unknown-record": 404,
  unreadable: 400,
  "too-large": 413,
  "bad-usage": 400,
  "bad-definition": 400,
  "effect-misused": 400,
  "bad-signature": 401,
  "refused-move": 409,
  "not-available": 404,
  "ledger-full": 503,
  "ledger-failed": 503,
  "ledger-closed": 503,
  "secret-missing": 503,
  "bad-configuration": 503,
};

export function problem(
  context: Context,
  status: ProblemStatus,
  code: string,
  message: string,
  hint?: string,
): Response {
  const body: Problem = { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  return context.json(body, status, status === 503 ? { "retry-after": String(comeAgainSeconds) } : {});
}

/** What was thrown, as an answer. What is not a WaybillError is a bug, and its text stays inside. */
export function problemOf(context: Context, thrown: unknown, redact: (text: string) => string): Response {
  if (!(thrown instanceof WaybillError))
    return problem(context, 500, "broken-promise", "Something went wrong inside Waybill.");
  return problem(context, statusOf[thrown.code] ?? 500, thrown.code, redact(said(thrown)), thrown.hint);
}
