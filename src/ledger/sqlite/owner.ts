import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../model/errors.ts";

// Who owns a ledger dispatches its records and reads its sources. The proof is an exclusive transaction on a small file beside the ledger, held for
// life: the operating system lets go of it when the process ends, however it ends. No pid files, no heartbeat, nothing to clean up.

/** `.waybill/owner.db` for `.waybill/ledger.db`; a ledger of another name has an owner's file of its own. */
export function ownerPath(ledgerPath: string): string {
  return ledgerPath.endsWith("ledger.db") ? ledgerPath.replace(/ledger\.db$/, "owner.db") : `${ledgerPath}.owner`;
}

const askingMs = 100;

/** Whether another process owns a ledger now. Asking takes nothing: the lock that it needs is gone when the answer is there. */
export function isOwned(ledgerPath: string): boolean {
  const path = ownerPath(ledgerPath);
  if (!existsSync(path)) return false;
  const database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    database.prepare("select count(*) from sqlite_schema").get();
    return false;
  } catch (fault) {
    if ((fault as { errcode?: number }).errcode === 5) return true;
    throw fault;
  } finally {
    database.close();
  }
}

/**
 * Becomes the owner, until the answer is called.
 *
 * @throws {WaybillError} `ledger-owned` when another process is.
 */
export function own(ledgerPath: string, address: string): () => void {
  // Somebody who only asks who owns it holds the file for a moment.
  const database = new DatabaseSync(ownerPath(ledgerPath), { timeout: askingMs });
  try {
    database.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (fault) {
    database.close();
    if ((fault as { errcode?: number }).errcode !== 5) throw fault;
    throw new WaybillError(
      "ledger-owned",
      `Another process owns the ledger ${address} and runs its integrations.`,
      "Stop that one first; or work beside it: waybill send, balance, records and the inboxes do.",
    );
  }
  return () => database.close();
}
