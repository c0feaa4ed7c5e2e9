import { WaybillError } from "../../model/errors.ts";

export interface PostgresAddress {
  /** For the driver, without what is ours. */
  readonly url: string;
  /** Where the ledger's tables are. */
  readonly schema: string;
  /** For people: no password. */
  readonly shown: string;
}

// In pieces: a whole one looks like an address with a password, and those are struck out where errors are printed.
const example =
  'It is postgres://, then USER:PASSWORD@, then HOST:5432/DATABASE, and "?schema=NAME" where that is not "waybill". In a password, # / ? @ are written %23 %2F %3F %40.';

export function isPostgresAddress(address: string): boolean {
  return /^postgres(ql)?:\/\//i.test(address);
}

/**
 * Reads a ledger's address in PostgreSQL.
 *
 * @throws {WaybillError} `bad-configuration` when it is not one.
 * @example postgresAddress("postgres://app@db.example.com/shop?schema=orders").schema // "orders"
 */
export function postgresAddress(address: string): PostgresAddress {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new WaybillError(
      "bad-configuration",
      `${JSON.stringify(withoutPassword(address))} is not an address.`,
      example,
    );
  }
  const schema = url.searchParams.get("schema") ?? "waybill";
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new WaybillError(
      "bad-configuration",
      `${JSON.stringify(schema)} is not the name of a schema that a ledger can have.`,
      "Take small letters, digits and _, at most 63 of them, such as ?schema=waybill.",
    );
  }
  url.searchParams.delete("schema");
  return { url: url.href, schema, shown: withoutPassword(address) };
}

/** Addresses may hold passwords; errors are printed. */
function withoutPassword(address: string): string {
  return address
    .replace(/\/\/([^:/@]*):[^/]*@/, "//$1:…@")
    .replace(/([?&](?:password|sslkey|sslpassword)=)[^&]*/g, "$1…");
}
