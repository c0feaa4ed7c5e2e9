import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../model/errors.ts";
import { incidentHash } from "../../model/identity.ts";
import { numberedAtMs } from "../desk/numbers.ts";
import type { Book } from "../ledger.ts";
import { sqliteAddress } from "./address.ts";
import { balancing } from "./balance.ts";
import { keepBudgets } from "./budgets.ts";
import { type Cell, preparing } from "./cells.ts";
import { connect } from "./connection.ts";
import { ledgerFault } from "./faults.ts";
import { makeFiles } from "./files.ts";
import { migrate } from "./migrate.ts";
import { readingMoved, refuseMoved } from "./moved.ts";
import { own } from "./owner.ts";
import { recovering } from "./recover.ts";
import { openDesk } from "./sqlite-desk.ts";

// A ledger that is being moved to another store. Nobody owns it but the move, and one write transaction is open all along, so guests wait and then fail:
// nothing is taken here that the other store would not get. What was in a worker's hands when it was lost goes back first, as at any start.

export interface Leaving {
  readonly ledgerId: string;
  readonly epoch: number;
  /** A former move to this address was broken off at its last step. */
  readonly brokenOff: string | undefined;
  /** Rows of a statement, one after the other. */
  rows(select: string): Iterable<readonly Cell[]>;
  /** The books of what users declared; of one integration, whatever it is. */
  balance(integration?: string): readonly Book[];
  /** Nobody may write here any more, whatever becomes of the other store's commit. Answers when that is on the disk. */
  mark(to: string): void;
  /** The other store has nothing. */
  unmark(): void;
  /** The other store has it all. */
  confirm(to: string, atMs: number): void;
  /** Lets go of it. What was not marked is as it was. */
  close(): void;
}

export interface LeavingOptions {
  readonly address: string;
  readonly nowMs: number;
}

/** The clock of this machine may be behind the ledger's by so much: less than a move takes. */
const aheadMs = 1_000;

/**
 * Takes a ledger in order to move it.
 *
 * @throws {WaybillError} `ledger-owned` while something runs on it, `ledger-moved` for one that was moved, `ledger-newer`, or `bad-configuration` where
 *   there is none.
 */
export function leaveSqlite(options: LeavingOptions): Leaving {
  const { address } = options;
  const { path, memory } = sqliteAddress(address);
  if (memory) throw new WaybillError("bad-usage", "A ledger in memory cannot be moved.", "Name a file: sqlite:PATH.");
  if (!existsSync(path)) {
    throw new WaybillError(
      "bad-configuration",
      `There is no ledger at ${address}.`,
      "Give the address that stands as `ledger` in waybill.config.ts, from the folder where that is: sqlite:.waybill/ledger.db",
    );
  }
  let disown: (() => void) | undefined;
  let database: DatabaseSync | undefined;
  try {
    const truePath = makeFiles(path, address, true);
    disown = ownFor(truePath, address);
    database = connect(truePath);
    migrate(database, address, { ledgerId: "" });
    return leaving(database, options, disown);
  } catch (fault) {
    database?.close();
    disown?.();
    throw ledgerFault(fault, address);
  }
}

function ownFor(path: string, address: string): () => void {
  try {
    return own(path, address);
  } catch (fault) {
    if (!(fault instanceof WaybillError) || fault.code !== "ledger-owned") throw fault;
    throw new WaybillError(
      "ledger-owned",
      `Another process owns the ledger ${address} and runs its integrations.`,
      "Stop that one first, then move: nothing may be taken while the ledger is between two places.",
    );
  }
}

function leaving(database: DatabaseSync, { address, nowMs }: LeavingOptions, disown: () => void): Leaving {
  const prepare = preparing(database);
  const [ledgerId, epoch, lastNumber, copiedAtMs] = prepare(
    "select ledger_id, epoch, last_number, copied_at from ledger",
  ).get() as [string, number, number, number | null];
  const moved = readingMoved(prepare)();
  if (moved?.atMs !== undefined) refuseMoved(address, moved);
  if (copiedAtMs !== null) {
    throw new WaybillError(
      "bad-configuration",
      `${address} is a backup, made ${new Date(copiedAtMs).toISOString()}: what its ledger has sent since, it does not know.`,
      "Put it in place with `waybill restore FILE` first, which takes that into account, and move it then.",
    );
  }
  const aheadOfClock = numberedAtMs(lastNumber) - nowMs;
  if (aheadOfClock > aheadMs) {
    throw new WaybillError(
      "bad-configuration",
      `The newest record of ${address} came ${Math.ceil(aheadOfClock / 1_000)} s from now by this machine's clock: what comes next would be taken for older.`,
      "Set this machine's clock, and that of the database's server, first.",
    );
  }
  // The other store finds the alert that is open by the hash of what it is about.
  database.function("incident_hash", { deterministic: true }, (rule, integration, system, tenant, about) =>
    incidentHash(String(rule), String(integration), String(system), String(tenant), String(about)),
  );
  database.exec("begin immediate");
  putBack(database, nowMs);
  database.exec(arranging);
  const setMark = prepare("update ledger set moved_to = ?, copied_at = ?");
  const set = (to: string | null, atMs: number | null): void => {
    try {
      setMark.run(to, atMs);
      if (database.isTransaction) database.exec("commit");
    } catch (fault) {
      throw ledgerFault(fault, address);
    }
  };
  return {
    ledgerId,
    epoch,
    brokenOff: moved?.to,
    *rows(select) {
      try {
        const statement = database.prepare(select);
        statement.setReturnArrays(true);
        yield* statement.iterate() as unknown as Iterable<readonly Cell[]>;
      } catch (fault) {
        throw ledgerFault(fault, address);
      }
    },
    balance: balancing(prepare),
    mark: (to) => set(to, null),
    unmark: () => set(null, null),
    confirm: set,
    close() {
      database.close();
      disown();
    },
  };
}

/** What a process that is lost had in its hands. */
function putBack(database: DatabaseSync, nowMs: number): void {
  const desk = openDesk(preparing(database));
  desk.begin({ othersWrote: true });
  recovering(desk, keepBudgets(desk.prepare))(nowMs);
  desk.flush({ owner: true });
}

// What stands ahead, in the backlog of a book, is in no queue yet (backlog.ts). Another store has no backlog: there, everything that waits is in the queue
// of its key. `arranged` is the due table as it is when all of it has joined. `young` are the marks that are not sorted in among the others yet: of those
// that are, what is left in `young_marks` is out of date.
const arranging = `
  create temp table joining as
    select r.key_hash as key_hash, min(r.record) as first, max(r.record) as last, count(*) as n
    from records r join books b using (book) where r.ahead = 1 and r.record > b.line group by r.key_hash;
  create unique index temp.joining_key on joining (key_hash);

  create temp table arranged as
    select d.key_hash as key_hash, d.book as book, d.head as head, d.at as at, d.unsettled + coalesce(j.n, 0) as unsettled, d.blocked as blocked,
      max(d.head, coalesce(j.last, 0), coalesce((select max(q.record) from records q where q.key_hash = d.key_hash and q.queued = 1), 0)) as newest
    from due d left join joining j using (key_hash) where j.first is null or j.first > d.head
    union all
    select j.key_hash, r.book, r.record, r.received_at, coalesce(d.unsettled, 0) + j.n,
      r.strict = 1 and exists (
        select 1 from records s where s.key_hash = j.key_hash and s.record < r.record and s.strict = 1
          and (s.state = 'quarantined' or s.state = 'dead' or s.state = 'held')),
      max(j.last, coalesce(d.head, 0), coalesce((select max(q.record) from records q where q.key_hash = j.key_hash and q.queued = 1), 0))
    from joining j join records r on r.record = j.first left join due d on d.key_hash = j.key_hash
    where d.head is null or j.first < d.head;
  create unique index temp.arranged_key on arranged (key_hash);

  create temp table young as
    select y.* from young_marks y join ledger l where y.n > l.sorting_to or y.mark > l.sorted_to;
  create unique index temp.young_mark on young (mark);`;
