import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../model/errors.ts";
import type { Clock } from "../../world/clock.ts";
import type { Random } from "../../world/random.ts";
import type { Call, Reply } from "../desk/calls.ts";
import { type Carried, channel } from "../desk/channel.ts";
import { faultText } from "../desk/faults.ts";
import { withClaimed } from "../desk/fence.ts";
import type { Ledger } from "../ledger.ts";
import { type Audit, auditing } from "./audit.ts";
import { type Prepare, preparing, type Statement } from "./cells.ts";
import { connect } from "./connection.ts";
import { begin, migrate } from "./migrate.ts";
import { type Store, type StoreOptions, storeOver } from "./store.ts";

const address = "sqlite::memory:";

/** What becomes of each batch on its way to the disk and back. */
export interface DiskFate {
  /**
   * `"full"`: the disk takes nothing, and says so. `"never"`: nobody is answered, as in a process that is dead. `"later"`: its process stands still, and it
   * goes on when that runs again.
   */
  before(): "go" | "full" | "never" | "later";
  after(): "go" | "never" | "later";
  /** Resolves once the process runs again. */
  runsAgain(): Promise<void>;
  /** For how long it may still let something out, as a worker of a fleet knows it. */
  leaseLeftMs(): number;
  /** Called when it finds out that another one has taken its place. */
  onLost(listener: () => Promise<void>): void;
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
  let opened = 0;
  /** Who took it over last. */
  let owner: { readonly me: number; readonly wake: () => void } | undefined;
  /** Who wrote last. */
  let wrote = 0;
  let options: StoreOptions = { address, role: "guest", mustExist: false, ledgerId: "", nowMs: 0 };
  return {
    format({ clock, random }) {
      for (const statement of empty) statement.run();
      options = { ...options, ledgerId: random.uuid(), nowMs: clock.now() };
      begin(database, options.ledgerId);
      owner = undefined;
      opened = 0;
      wrote = 0;
    },
    open(clock, fate) {
      opened += 1;
      const me = opened;
      const holder = (): number | undefined => (owner?.me === me ? me : undefined);
      /** Who may let nothing out begins nothing either. */
      const begins = (): boolean => holder() !== undefined && fate.leaseLeftMs() > 0;
      const due = new Set<(what: "due") => void>();
      const ownership = {
        held: undefined,
        take: () => {
          owner = { me, wake: () => clock.soon(() => due.forEach((listener) => void listener("due"))) };
          return () => undefined;
        },
        byOthers: () => false,
        holder,
        othersWrote: () => wrote !== me,
      };
      const store = storeOver(database, options, ownership, prepare);
      const { ledgerId, epoch } = store;
      const applied = (calls: readonly Call[]): Carried => {
        const replies = repliesFor(store, calls, { holder: holder(), begins: begins() });
        wrote = me;
        if (owner !== undefined && owner.me !== me) owner.wake();
        return { replies, foreign: false };
      };
      const carry = async (calls: readonly Call[]): Promise<Carried> => {
        const before = fate.before();
        if (before === "never") return nobody();
        if (before === "full") return { replies: calls.map(() => ({ fault: full })), foreign: false };
        if (before === "later") await fate.runsAgain();
        const carried = applied(calls);
        const after = fate.after();
        if (after === "later") await fate.runsAgain();
        return after === "never" ? nobody() : carried;
      };
      return channel(
        {
          facts: { address, owner: false, fleet: false, ledgerId, epoch },
          carry,
          end: () => Promise.resolve(),
          crew: {
            isSteward: begins,
            leaseLeftMs: () => fate.leaseLeftMs(),
            clockAheadMs: () => undefined,
            onLost: (listener) =>
              fate.onLost(async () => {
                await listener();
                clock.soon(() => due.forEach((wake) => void wake("due")));
              }),
            leave: () => Promise.resolve(),
            // Nobody writes beside it but one whose place it has taken.
            onForeignWrite: (listener) => void due.add(listener),
          },
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

interface Standing {
  readonly holder: number | undefined;
  readonly begins: boolean;
}

/**
 * As in a fleet: who is not the owner any more, or may be it no longer, begins nothing, and what it wrote about its runs is refused behind the fence. What
 * it has of limits says nothing to the owner, who took it for used: here the clock of each process counts, and only ever that of one.
 */
function repliesFor(store: Store, calls: readonly Call[], { holder, begins }: Standing): Reply[] {
  const asked = calls.map(
    (call): Call => (!begins && call.name === "intake" ? { ...call, input: { ...call.input, claimUpTo: 0 } } : call),
  );
  const notAsked = (call: Call): Reply | undefined => {
    if (call.name === "claim" && !begins) return { answer: { claimed: [], nextAtMs: undefined } };
    if (call.name === "reserve" && holder === undefined) return { answer: { granted: 0, spent: [], held: 0 } };
    return undefined;
  };
  const replies = store.apply(asked.filter((call) => notAsked(call) === undefined));
  return asked.map((call) => {
    const unasked = notAsked(call);
    if (unasked !== undefined) return unasked;
    const reply = replies.shift() as Reply;
    return "fault" in reply ? reply : withClaimed(reply, (claimed) => ({ ...claimed, holder }));
  });
}
