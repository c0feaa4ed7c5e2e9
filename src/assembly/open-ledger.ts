import { systemsDeclared } from "../define/systems-declared.ts";
import type { Ledger, OpenOptions } from "../ledger/ledger.ts";
import { isPostgresAddress } from "../ledger/postgres/address.ts";
import { openSqlite } from "../ledger/sqlite/open.ts";
import type { World } from "../world/transport.ts";

/**
 * Opens the ledger that an address names, in whichever store that is.
 *
 * @throws {WaybillError} `bad-configuration` for an address that names no ledger, and what the store says.
 * @example await openLedger({ address: "postgres://app@localhost/shop", role: "guest", mustExist: false }, world);
 */
export async function openLedger(options: OpenOptions, world: Pick<World, "clock" | "random">): Promise<Ledger> {
  if (!isPostgresAddress(options.address)) return openSqlite(options, world);
  // Loaded only where it is used: most have a file.
  const { openPostgres } = await import("../ledger/postgres/open.ts");
  return openPostgres(options, world);
}

/** How long what another worker had sent may be under way. */
export function longestRequestMs(): number {
  return Math.max(0, ...systemsDeclared().map(({ timeoutMs }) => timeoutMs));
}
