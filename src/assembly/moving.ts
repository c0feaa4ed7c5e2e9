import type { Moved, MoveOptions } from "../ledger/move/move.ts";
import type { World } from "../world/transport.ts";

export type { Moved, MoveProgress } from "../ledger/move/move.ts";

/**
 * Moves a ledger that nobody runs from a SQLite file into PostgreSQL: ledger/move/move.ts tells how both are proven to be the same.
 *
 * @throws {WaybillError} as `moveLedger`.
 */
export async function moveLedgerTo(options: MoveOptions, world: World): Promise<Moved> {
  const { moveLedger } = await import("../ledger/move/move.ts");
  return moveLedger(options, world);
}
