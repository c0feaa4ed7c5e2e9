import { type ErrorCode, said, WaybillError } from "../model/errors.ts";
import type { PlainAnswer } from "../world/http-server.ts";

/** Codes of what only a server can say; the others are those of WaybillError and of refused deliveries. */
export type ServerCode =
  | "unauthorized"
  | "forbidden"
  | "unknown-path"
  | "wrong-method"
  | "unsupported-type"
  | "too-many-tries"
  | "unavailable"
  | "failed";

export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 500 | 503;

/** A failure as an answer, and in words for whoever says it otherwise than as JSON. */
export interface Problem extends PlainAnswer {
  readonly status: ProblemStatus;
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** How soon a sender may come again when nothing can be taken, in seconds. */
export const comeAgainSeconds = 5;

const statusOf: Partial<Record<ErrorCode, ProblemStatus>> = {
  "unknown-integration": 404,
  "unknown-record": 404,
  "unknown-tenant": 404,
  "unknown-alert": 404,
  unavailable: 503,
  unreadable: 400,
  "too-large": 413,
  "bad-usage": 400,
  "effect-misused": 400,
  "bad-signature": 401,
  "refused-move": 409,
  "not-available": 404,
  "ledger-full": 503,
  "ledger-failed": 503,
  "ledger-closed": 503,
  "ledger-owned": 503,
  "not-running": 503,
  "secret-missing": 503,
  "bad-configuration": 503,
};

export const jsonType = { "content-type": "application/json; charset=utf-8", "x-content-type-options": "nosniff" };

/** An answer in JSON. */
export function jsonAnswer(status: number, value: unknown, headers?: Readonly<Record<string, string>>): PlainAnswer {
  return {
    status,
    headers: headers === undefined ? jsonType : { ...jsonType, ...headers },
    body: JSON.stringify(value),
  };
}

/** Every failure of the server looks like this: `{"error": {"code", "message", "hint"}}`, and beside it whatever `more` says. */
export function problem(
  status: ProblemStatus,
  code: string,
  message: string,
  hint?: string,
  more: { readonly headers?: Readonly<Record<string, string>>; readonly body?: object } = {},
): Problem {
  const error = { code, message, ...(hint === undefined ? {} : { hint }) };
  const again = status === 503 ? { "retry-after": String(comeAgainSeconds) } : {};
  return { ...jsonAnswer(status, { error, ...more.body }, { ...again, ...more.headers }), status, error };
}

/** What was thrown, as an answer. What is not a WaybillError is a fault of ours, and its text stays inside. */
export function problemOf(thrown: unknown, redact: (text: string) => string, body?: object): Problem {
  const more = body === undefined ? {} : { body };
  const status = thrown instanceof WaybillError ? statusOf[thrown.code] : undefined;
  if (!(thrown instanceof WaybillError) || status === undefined) {
    const code: ServerCode = "failed";
    return problem(500, code, "Something went wrong inside Waybill.", "Its log says what.", more);
  }
  const hint = thrown.hint === undefined ? undefined : redact(thrown.hint);
  return problem(status, thrown.code, redact(said(thrown)), hint, more);
}

/** Whether it was expected: then its text is meant for whoever asked. */
export function isExpected(thrown: unknown): boolean {
  return thrown instanceof WaybillError && statusOf[thrown.code] !== undefined;
}

/** The same answer in web-standard form. */
export function responseOf({ status, headers, body }: PlainAnswer): Response {
  return new Response(body === "" ? null : body, { status, headers });
}
