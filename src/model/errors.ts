/** Every error that Waybill itself raises has one of these codes. They are stable: programs may branch on them. */
export type ErrorCode =
  | "bad-definition"
  | "bad-configuration"
  | "bad-usage"
  | "not-available"
  | "unknown-integration"
  | "unknown-record"
  | "unknown-tenant"
  | "unknown-alert"
  | "unreadable"
  | "too-large"
  | "bad-signature"
  | "ledger-owned"
  | "ledger-newer"
  | "ledger-moved"
  | "ledger-full"
  | "ledger-failed"
  | "ledger-closed"
  | "port-in-use"
  | "secret-missing"
  | "wrong-key"
  | "unauthorized"
  | "refused-move"
  | "not-running"
  | "timed-out"
  | "node-too-old"
  | "effect-misused"
  | "effect-refused"
  | "in-doubt"
  | "revoked"
  | "unavailable"
  | "listing-incomplete"
  | "address-refused"
  | "real-socket"
  | "real-process"
  | "broken-promise";

/**
 * An error with a stable `code`, a message in plain words that names the thing, and a `hint` with the next step.
 *
 * @example
 * throw new WaybillError("unknown-integration", 'There is no integration "ordrs".', 'Did you mean "orders"?');
 */
export class WaybillError extends Error {
  override readonly name = "WaybillError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint?: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** What was thrown, as one line a person can read: users throw strings, objects and `undefined` too. */
export function said(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message === "" ? thrown.name : thrown.message;
  if (typeof thrown === "string") return thrown;
  try {
    return `a non-error was thrown: ${JSON.stringify(thrown) ?? String(thrown)}`;
  } catch {
    return `a non-error was thrown: ${Object.prototype.toString.call(thrown)}`;
  }
}
