import { WaybillError } from "../../model/errors.ts";
import { ledgerFailed } from "../desk/faults.ts";

// What PostgreSQL and the driver say when something goes wrong: SQLSTATE codes (postgresql.org/docs/current/errcodes-appendix.html), or a broken
// connection, which has none of them.

const codeOf = (thrown: unknown): string => String((thrown as { code?: unknown } | undefined)?.code ?? "");

/** The transaction did nothing, and may do better when it runs again: others were in its way. */
export function isCollision(thrown: unknown): boolean {
  return ["40001", "40P01", "23505", "55P03"].includes(codeOf(thrown));
}

/** A statement is not known by its name where it was sent, or stands for what the tables were before: the transaction did nothing. */
export function isForgotten(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return code === "26000" || code === "42P05" || (code === "0A000" && textOf(thrown).includes("cached plan"));
}

/** The server takes no writes: it is a standby, or is about to become one. */
export const isReadOnly = (thrown: unknown): boolean => codeOf(thrown) === "25006";

/** The server, or the way to it, is gone, or has no room for one more; or it is the primary no more, and the address leads to another one soon. What was under way may have been committed. */
export function isLost(thrown: unknown): boolean {
  if (thrown instanceof WaybillError) return false;
  const code = codeOf(thrown);
  // Those of the server: it shuts down, starts up, has no connection left, or has waited too long for the next statement.
  if (/^(08|57P0)/.test(code) || code === "53300" || code === "25P03" || isReadOnly(thrown)) return true;
  return isOfTheNetwork(code) || isOfTheDriver(textOf(thrown));
}

/** Node's names for what happens to a socket. */
const isOfTheNetwork = (code: string): boolean => /^(E[A-Z_]{3,}|ERR_(SOCKET|STREAM)_[A-Z_]+)$/.test(code);

/** What the driver says where the connection is no more: it has no codes of its own. */
const isOfTheDriver = (text: string): boolean =>
  /^(Connection terminated|timeout expired|Query read timeout|Client has encountered|Client was closed)/.test(text);

/** A host with several addresses fails with a list of what was wrong at each, and with no text of its own. */
function textOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === "") return thrown.errors.map(textOf).join("; ");
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** What went wrong with a ledger, in the words of the port. */
export function ledgerFault(thrown: unknown, address: string): WaybillError {
  if (thrown instanceof WaybillError) return thrown;
  const code = codeOf(thrown);
  const text = textOf(thrown);
  const cause = { cause: thrown };
  if (code === "53100" || code === "53200")
    return new WaybillError(
      "ledger-full",
      `The ledger ${address} cannot grow: ${text}.`,
      "Make room on the database's disk; nothing that was acknowledged is lost, and Waybill goes on by itself.",
      cause,
    );
  if (code === "42P07" || code === "42703")
    return new WaybillError(
      "bad-configuration",
      `The schema of ${address} holds tables of something else: ${text}.`,
      "Give the ledger a schema of its own: put ?schema=NAME behind its address, or another name.",
      cause,
    );
  return ledgerFailed(new Error(text, cause), address, hintFor(code) ?? hintInWords(text));
}

function hintFor(code: string): string | undefined {
  if (code === "28P01" || code === "28000") return "Look at the user and the password in the ledger's address.";
  if (code === "3D000")
    return "Create the database, or name one that is there: Waybill makes its schema, not its database.";
  if (code === "42501")
    return "Grant this user the right to create a schema, or create the schema and make the user its owner.";
  if (code === "53300")
    return "The server has no connection left: raise max_connections, or put PgBouncer in front of it.";
  if (code === "25006")
    return "This server takes no writes: it is a standby, or was made read-only. Name the primary; in a failover, Waybill goes on by itself.";
  if (code === "ECONNREFUSED") return "Nothing listens there: is PostgreSQL running, and are host and port right?";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "The host's name is not known here.";
  return undefined;
}

/** Where there is no code: PgBouncer has one for everything, and the driver has none. */
function hintInWords(text: string): string | undefined {
  if (/no more connections allowed/.test(text)) return "PgBouncer has no connection left: raise max_client_conn.";
  if (/SCRAM|password|SASL/.test(text)) return "Look at the user and the password in the ledger's address.";
  if (/SSL/.test(text))
    return "Look at sslmode in the ledger's address, at host and port, and at whether the server is set up for encryption.";
  if (isOfTheDriver(text)) return "Is it PostgreSQL that listens there, and are host and port right?";
  return undefined;
}
