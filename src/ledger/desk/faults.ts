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
