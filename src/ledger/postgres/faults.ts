import { WaybillError } from "../../model/errors.ts";
import { ledgerFailed } from "../desk/faults.ts";

// What PostgreSQL and the driver say when something goes wrong: SQLSTATE codes (postgresql.org/docs/current/errcodes-appendix.html), or a broken
// connection, which has none of them.

const codeOf = (thrown: unknown): string => String((thrown as { code?: unknown } | undefined)?.code ?? "");

/** The transaction did nothing, and may do better when it runs again: others were in its way. */
export function isCollision(thrown: unknown): boolean {
  return ["40001", "40P01", "23505", "55P03"].includes(codeOf(thrown));
}

/** The server, or the way to it, is gone. What was under way may have been committed. */
export function isLost(thrown: unknown): boolean {
  if (thrown instanceof WaybillError) return false;
  const code = codeOf(thrown);
  // A server that shuts down, starts up, or has too many connections, says so with a SQLSTATE; everything of the network has none.
  return /^(08|57P0)/.test(code) || code === "53300" || !/^[0-9A-Z]{5}$/.test(code);
}

/** What went wrong with a ledger, in the words of the port. */
export function ledgerFault(thrown: unknown, address: string): WaybillError {
  if (thrown instanceof WaybillError) return thrown;
  const code = codeOf(thrown);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const cause = { cause: thrown };
  if (code === "53100" || code === "53200" || code === "25006") {
    const what = code === "25006" ? "cannot be written" : "cannot grow";
    const hint =
      code === "25006"
        ? "This server takes no writes: it is a standby, or was made read-only. Name the primary."
        : "Make room on the database's disk; nothing that was acknowledged is lost, and Waybill goes on by itself.";
    return new WaybillError("ledger-full", `The ledger ${address} ${what}: ${text}.`, hint, cause);
  }
  return ledgerFailed(thrown, address, hintFor(code));
}

function hintFor(code: string): string | undefined {
  if (code === "28P01" || code === "28000") return "Look at the user and the password in the ledger's address.";
  if (code === "3D000")
    return "Create the database, or name one that is there: Waybill makes its schema, not its database.";
  if (code === "42501")
    return "Grant this user the right to create a schema, or create the schema and make the user its owner.";
  if (code === "53300")
    return "The server has no connection left: raise max_connections, or put PgBouncer in front of it.";
  if (code === "ECONNREFUSED") return "Nothing listens there: is PostgreSQL running, and are host and port right?";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "The host's name is not known here.";
  return undefined;
}
