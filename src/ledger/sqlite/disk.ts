import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../model/errors.ts";
import type { Clock } from "../../world/clock.ts";
import type { Random } from "../../world/random.ts";
import type { Call } from "../desk/calls.ts";
import { type Carried, channel } from "../desk/channel.ts";
import { faultText } from "../desk/faults.ts";
import type { Ledger } from "../ledger.ts";
import { type Audit, auditing } from "./audit.ts";
import { type Prepare, preparing, type Statement } from "./cells.ts";
import { connect } from "./connection.ts";
import { begin, migrate } from "./migrate.ts";
import { type StoreOptions, storeOver } from "./store.ts";

const address = "sqlite::memory:";

/** What becomes of each batch on its way to the disk and back. */
export interface DiskFate {
  /** `"full"`: the disk takes nothing, and says so. `"never"`: nobody is answered, as in a process that is dead. */
  before(): "go" | "full" | "never";
  after(): "go" | "never";
}

export interface Disk {
  /** Makes it empty, for a ledger that nobody has opened yet. */
  format(world: { readonly clock: Clock; readonly random: Random }): void;
  /** The ledger on it, for one process after another. All of it happens in the caller's own thread, in one order, the same each time. */
  open(clock: Clock, fate: DiskFate): Ledger;
  /** What stands on it at this moment, whoever has opened it. */
  readonly audit: Audit;
  close(): void;
}

/**
 * A ledger in memory that outlives those who open it, as a file outlives processes: for rehearsals.
 *
 * @example
 * const disk = memoryDisk();
 * disk.format({ clock, random: seededRandom(7) });
 * const ledger = disk.open(clock, { before: () => "go", after: () => "go" });
 */
export function memoryDisk(): Disk {
  const database = connect(":memory:");
  migrate(database, address, { ledgerId: "" });
  const prepare = oncePrepared(preparing(database));
  const empty = tablesOf(database).map((table) => prepare(`delete from ${table}`));
  let options: StoreOptions = { address, role: "guest", mustExist: false, ledgerId: "", nowMs: 0 };
  return {
    format({ clock, random }) {
      for (const statement of empty) statement.run();
      options = { ...options, ledgerId: random.uuid(), nowMs: clock.now() };
      begin(database, options.ledgerId);
    },
    open(clock, fate) {
      const ownership = { held: undefined, take: () => () => undefined, byOthers: () => false };
      const store = storeOver(database, options, ownership, prepare);
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
    audit: auditing(prepare),
    close: () => database.close(),
  };
}

/** Each statement once, however many processes there are. */
function oncePrepared(prepare: Prepare): Prepare {
  const known = new Map<string, Statement>();
  return (sql) => {
    const statement = known.get(sql) ?? prepare(sql);
    known.set(sql, statement);
    return statement;
  };
}

function tablesOf(database: DatabaseSync): readonly string[] {
  return database
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    .all()
    .map(({ name }) => String(name));
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
