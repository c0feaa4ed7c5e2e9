import { WaybillError } from "../../model/errors.ts";

export interface SqliteAddress {
  /** `:memory:`, or a path as it was given. */
  readonly path: string;
  readonly memory: boolean;
}

const example =
  'Write "sqlite:PATH", such as "sqlite:.waybill/ledger.db", or "postgres://USER:PASSWORD@HOST:5432/DATABASE".';

/**
 * Reads a ledger's address.
 *
 * @throws {WaybillError} `bad-configuration` when it is not one.
 * @example sqliteAddress("sqlite:.waybill/ledger.db").path // ".waybill/ledger.db"
 */
export function sqliteAddress(address: string): SqliteAddress {
  if (!address.startsWith("sqlite:")) {
    throw new WaybillError(
      "bad-configuration",
      `${JSON.stringify(withoutPassword(address))} is not a ledger's address.`,
      example,
    );
  }
  const rest = address.slice("sqlite:".length);
  if (rest === ":memory:") return { path: rest, memory: true };
  const path = rest.startsWith("//") ? rest.slice(2) : rest;
  if (path === "" || path.includes("\0") || path.startsWith("file:") || path.endsWith("/")) {
    throw new WaybillError(
      "bad-configuration",
      `The ledger's address ${JSON.stringify(address)} names no file.`,
      example,
    );
  }
  return { path, memory: false };
}

/** Addresses may hold passwords; errors are printed. */
function withoutPassword(address: string): string {
  return address.replace(/\/\/[^/@]*@/, "//…@");
}
