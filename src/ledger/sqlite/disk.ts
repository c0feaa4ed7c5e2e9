import { WaybillError } from "../../model/errors.ts";
import type { Clock } from "../../world/clock.ts";
import type { Random } from "../../world/random.ts";
import type { Call } from "../desk/calls.ts";
import { type Carried, channel } from "../desk/channel.ts";
import { faultText } from "../desk/faults.ts";
import type { Ledger } from "../ledger.ts";
import { connect } from "./connection.ts";
import { migrate } from "./migrate.ts";
import { storeOver } from "./store.ts";

const address = "sqlite::memory:";

/** What becomes of each batch on its way to the disk and back. */
export interface DiskFate {
  /** `"full"`: the disk takes nothing, and says so. `"never"`: nobody is answered, as in a process that is dead. */
  before(): "go" | "full" | "never";
  after(): "go" | "never";
}

export interface Disk {
  /** The ledger on it, for one process after another. All of it happens in the caller's own thread, in one order, the same each time. */
  open(clock: Clock, fate: DiskFate): Ledger;
  close(): void;
}

/**
 * A ledger in memory that outlives those who open it, as a file outlives processes: for rehearsals.
 *
 * @example
 * const disk = memoryDisk({ clock, random: seededRandom(7) });
 * const ledger = disk.open(clock, { before: () => "go", after: () => "go" });
 */
export function memoryDisk(world: { readonly clock: Clock; readonly random: Random }): Disk {
  const database = connect(":memory:");
  const options = {
    address,
    role: "guest",
    mustExist: false,
    ledgerId: world.random.uuid(),
    nowMs: world.clock.now(),
  } as const;
  migrate(database, address, options);
  return {
    open(clock, fate) {
      const store = storeOver(database, options, {
        held: undefined,
        take: () => () => undefined,
        byOthers: () => false,
      });
      const { ledgerId, epoch } = store;
      const carry = (calls: readonly Call[]): Promise<Carried> => {
        const before = fate.before();
        if (before === "never") return nobody();
        if (before === "full") return Promise.resolve({ replies: calls.map(() => ({ fault: full })), foreign: false });
        const replies = store.apply(calls);
        return fate.after() === "never" ? nobody() : Promise.resolve({ replies, foreign: false });
      };
      return channel(
        {
          facts: { address, owner: false, fleet: false, ledgerId, epoch },
          carry,
          end: () => Promise.resolve(),
          // Nobody writes beside it, so nobody has to look.
          crew: alone,
        },
        clock,
      );
    },
    close: () => database.close(),
  };
}

const nobody = (): Promise<never> => new Promise(() => undefined);

const full = faultText(new WaybillError("ledger-full", "The disk is full.", "Make room on it."));

const alone = {
  isSteward: () => true,
  leaseLeftMs: () => Number.POSITIVE_INFINITY,
  clockAheadMs: () => undefined,
  onLost: () => undefined,
  leave: () => Promise.resolve(),
  onForeignWrite: () => undefined,
};
