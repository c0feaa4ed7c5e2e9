import { WaybillError } from "../../model/errors.ts";

/** What went wrong with a ledger, where nothing more is known. */
export function ledgerFailed(thrown: unknown, address: string, hint?: string): WaybillError {
  if (thrown instanceof WaybillError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new WaybillError("ledger-failed", `The ledger ${address} failed: ${text}.`, hint, { cause: thrown });
}

export function ledgerClosed(address: string): WaybillError {
  return new WaybillError("ledger-closed", `The ledger ${address} is closed.`);
}

/** What is sent within a transaction that cannot be the ledger's. */
export function noTransactions(address: string): WaybillError {
  return new WaybillError(
    "bad-usage",
    `The ledger ${address} is a file, and a record cannot commit with a transaction in another database.`,
    "Keep the ledger in the PostgreSQL in which your transaction is: DATABASE_URL=postgres://… Or leave within out, and send after the commit.",
  );
}

/** What workers share is lent only where there can be several. */
export function noFleet(address: string): WaybillError {
  return new WaybillError("bad-usage", `The ledger ${address} is a file, which one process owns: nothing is lent.`);
}

/** An error as it goes from the thread to the caller. */
export interface FaultText {
  readonly code: WaybillError["code"];
  readonly message: string;
  readonly hint: string | undefined;
}

export function faultText({ code, message, hint }: WaybillError): FaultText {
  return { code, message, hint };
}

export function faultOf({ code, message, hint }: FaultText): WaybillError {
  return new WaybillError(code, message, hint);
}
