import { channel } from "../../src/ledger/desk/channel.ts";
import type { Ledger, OpenOptions } from "../../src/ledger/ledger.ts";
import { openStore, type StoreOptions } from "../../src/ledger/sqlite/store.ts";
import type { Clock } from "../../src/world/clock.ts";
import type { Random } from "../../src/world/random.ts";

/**
 * Opens the same ledger in the caller's own thread: where everything has to happen in one order, the same each time. A commit stops the thread while the
 * disk writes, so programs use `openSqlite`.
 *
 * @throws {WaybillError} as `openSqlite`.
 * @example
 * const ledger = openSqliteHere({ address: "sqlite::memory:", role: "owner", mustExist: false }, { clock, random: seededRandom(7) });
 */
export function openSqliteHere(
  options: OpenOptions,
  world: { readonly clock: Clock; readonly random: Random },
  tuning: Pick<StoreOptions, "youngMarks"> = {},
): Ledger {
  const store = openStore({ ...options, ...tuning, ledgerId: world.random.uuid(), nowMs: world.clock.now() });
  const { ledgerId, epoch } = store;
  return channel(
    {
      facts: { address: options.address, owner: options.role === "owner", fleet: false, ledgerId, epoch },
      async carry(calls) {
        return { replies: store.apply(calls), foreign: store.changedByOthers() };
      },
      async end() {
        store.close();
      },
    },
    world.clock,
  );
}
