import { WaybillError } from "../../model/errors.ts";
import { ledgerFailed } from "../desk/faults.ts";

/** SQLite's primary result codes that say something about the machine (sqlite.org/rescode.html). */
const codes = { busy: 5, locked: 6, readonly: 8, ioerr: 10, corrupt: 11, full: 13, cantopen: 14, notadb: 26 } as const;

/** What went wrong with a ledger, in the words of the port. */
export function ledgerFault(thrown: unknown, address: string): WaybillError {
  if (thrown instanceof WaybillError) return thrown;
  const { errcode, code: nodeCode } = (thrown ?? {}) as { errcode?: number; code?: string };
  const code = errcode === undefined ? undefined : errcode & 0xff;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const cause = { cause: thrown };
  if (code === codes.full || nodeCode === "ENOSPC" || nodeCode === "EDQUOT") {
    return new WaybillError(
      "ledger-full",
      `The ledger ${address} cannot grow: ${text}.`,
      "Make room on its disk; nothing that was acknowledged is lost, and Waybill goes on by itself.",
      cause,
    );
  }
  if (code === codes.readonly || nodeCode === "EROFS" || nodeCode === "EACCES" || nodeCode === "EPERM") {
    return new WaybillError(
      "ledger-full",
      `The ledger ${address} cannot be written: ${text}.`,
      "Let this user write to the file and to its folder.",
      cause,
    );
  }
  const hint =
    code === codes.busy || code === codes.locked
      ? "Another program holds the ledger's lock for long: look for a backup or a database tool that has it open."
      : code === codes.corrupt || code === codes.notadb
        ? "Copy the file away before anything else, then restore the last backup."
        : code === codes.ioerr || code === codes.cantopen
          ? "Look at the disk and at the folder's permissions."
          : undefined;
  return ledgerFailed(thrown, address, hint);
}
