import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../model/errors.ts";
import type { Call, CallName, Calls, Reply } from "../desk/calls.ts";
import { longReads } from "../desk/channel.ts";
import { faultText } from "../desk/faults.ts";
import { fenced } from "../desk/fence.ts";
import { foreseeing } from "../desk/foresee.ts";
import { intaking } from "../desk/intake.ts";
import { moving } from "../desk/move.ts";
import type { OpenOptions } from "../ledger.ts";
import { sqliteAddress } from "./address.ts";
import { keepAlerts } from "./alerts.ts";
import { balancing, countingUnsettled } from "./balance.ts";
import { keepBudgets } from "./budgets.ts";
import { readingCalls } from "./call-log.ts";
import { type Prepare, preparing, value } from "./cells.ts";
import { claiming } from "./claim.ts";
import { countingCohorts } from "./cohort.ts";
import { connect } from "./connection.ts";
import { ledgerFault } from "./faults.ts";
import { makeFiles } from "./files.ts";
import { counting, finding } from "./find.ts";
import { forgetting } from "./forget.ts";
import { keepHistory, readingDeeds } from "./history.ts";
import { countingInbox } from "./inbox.ts";
import { keepLearnt } from "./learnt.ts";
import { measuring } from "./measures.ts";
import { migrate } from "./migrate.ts";
import { readingMoved, refuseMoved } from "./moved.ts";
import { posting, readingBulletin } from "./notices.ts";
import { overviewing } from "./overview.ts";
import { isOwned, own } from "./owner.ts";
import { probing } from "./probe.ts";
import { countingPrunable, pruning } from "./prune.ts";
import { recovering } from "./recover.ts";
import { readingRefusals, refusing } from "./refusals.ts";
import { groupingByRule } from "./rules.ts";
import { scrub } from "./scrub.ts";
import { readingSharedCalls } from "./shared-calls.ts";
import { openDesk } from "./sqlite-desk.ts";
import { readingRecords } from "./whole.ts";
import type { YoungMarksOptions } from "./young-marks.ts";

export interface StoreOptions extends OpenOptions {
  /** Names the ledger if it is made now. */
  readonly ledgerId: string;
  readonly nowMs: number;
  readonly pageSize?: number;
  /** Reads beside another store of this process that writes. */
  readonly readOnly?: boolean;
  readonly youngMarks?: YoungMarksOptions;
}

/** The ledger itself: synchronous, over one connection, in a thread of its own or in a rehearsal's. */
export interface Store {
  readonly ledgerId: string;
  readonly epoch: number;
  /**
   * One transaction for all that writes, one commit, then what reads. If one of them fails, each runs again in a transaction of its own, so that the
   * bad one stands alone.
   */
  apply(calls: readonly Call[]): Reply[];
  /** Whether another process has written since this was last asked. */
  changedByOthers(): boolean;
  close(): void;
}

type Operations = { readonly [Name in CallName]: (input: Calls[Name][0]) => Calls[Name][1] };

/** What takes no part in the joint transaction: becoming the owner, and reads. */
const apart: ReadonlySet<CallName> = new Set<CallName>([
  ...longReads,
  "own",
  "entityEffects",
  "sharedCall",
  "record",
  "cursor",
  "bulletin",
  "journal",
  "budgets",
  "tokens",
  "learnt",
  "tallies",
  "isOwned",
]);
const ownersOnly: ReadonlySet<CallName> = new Set(["claim", "write", "writeShared", "unclaim", "prune"] as const);

/** The page that a ledger is made with. Of 4, 8 and 16 KB, 8 KB cost the least per record, measured with bench/ledger.ts. */
const pageSizeBytes = 8_192;

export function openStore(options: StoreOptions): Store {
  const { path, memory } = sqliteAddress(options.address);
  let ownership: Ownership | undefined;
  let database: DatabaseSync | undefined;
  try {
    const truePath = memory ? path : makeFiles(path, options.address, options.mustExist);
    ownership = {
      held: undefined,
      take: () => (memory ? () => {} : own(truePath, options.address)),
      byOthers: () => !memory && isOwned(truePath),
    };
    if (options.role === "owner") ownership.held = ownership.take();
    const readOnly = options.readOnly ?? false;
    database = connect(truePath, { readOnly, pageSize: options.pageSize ?? pageSizeBytes });
    if (!readOnly) migrate(database, options.address, options);
    return storeOver(database, options, ownership);
  } catch (fault) {
    database?.close();
    ownership?.held?.();
    throw ledgerFault(fault, options.address);
  }
}

export interface Ownership {
  /** Lets go of it; undefined for a guest. */
  held: (() => void) | undefined;
  readonly take: () => () => void;
  /** Whether another process owns it now. */
  readonly byOthers: () => boolean;
  /** Where one may still be at work when another has taken it over: see desk/fence.ts. */
  readonly holder?: () => number | undefined;
  /** Whether somebody else has written through the same connection. */
  readonly othersWrote?: () => boolean;
}

/** The store over a connection that is open and migrated. */
export function storeOver(
  database: DatabaseSync,
  options: StoreOptions,
  ownership: Ownership,
  prepare: Prepare = preparing(database),
): Store {
  const begin = prepare("begin immediate");
  const commit = prepare("commit");
  const dataVersion = prepare("pragma data_version");
  const desk = openDesk(prepare, options);
  const alerts = keepAlerts(prepare, desk.journal);
  const learnt = keepLearnt(prepare);
  const history = keepHistory(prepare);
  const budgets = keepBudgets(prepare);
  const recover = recovering(desk, budgets);
  const [ledgerId, epoch] = prepare("select ledger_id, epoch from ledger").get() as [string, number];

  const operations: Operations = {
    own: becomeOwner,
    intake: intaking(desk),
    claim: claiming(desk),
    ...fenced(desk, ownership.holder),
    sharedCall: readingSharedCalls(prepare),
    move: moving(desk),
    foresee: foreseeing(desk),
    setCursor: desk.cursors.move,
    post: posting(desk),
    reserve: budgets.reserve,
    budgets: budgets.all,
    refuse: asNothing(refusing(desk)),
    logCalls: desk.callLog.write,
    calls: readingCalls(prepare),
    forget: forgetting(desk),
    prune: pruning(desk),
    probe: asNothing(probing(prepare)),
    entityEffects: (entityHash) => {
      const entity = desk.entities.of(entityHash);
      return entity === undefined ? [] : desk.effects.of(entity);
    },
    record: readingRecords(desk),
    cursor: desk.cursors.now,
    outbox: () => [],
    sight: () => undefined,
    sightings: () => [],
    risks: () => [],
    find: finding(desk),
    count: counting(desk),
    inbox: countingInbox(prepare),
    rules: groupingByRule(prepare),
    balance: balancing(prepare),
    unsettled: countingUnsettled(prepare),
    measures: measuring(prepare),
    refusals: readingRefusals(prepare),
    prunable: countingPrunable(prepare),
    bulletin: readingBulletin(desk),
    tokens: desk.tokens.of,
    stepToken: desk.tokens.step,
    journal: desk.journal.of,
    alerts: alerts.find,
    putAlerts: alerts.put,
    forgetAlerts: alerts.forget,
    overview: overviewing(prepare),
    learnt: learnt.all,
    keepLearnt: asNothing(learnt.keep),
    tallies: learnt.tallies,
    cohort: countingCohorts(prepare),
    deeds: readingDeeds(prepare),
    history: history.between,
    keepHistory: history.keep,
    isOwned: () => ownership.held !== undefined || ownership.byOthers(),
  };

  function becomeOwner(nowMs: number): undefined {
    if (ownership.held !== undefined) return undefined;
    const disown = ownership.take();
    try {
      refuseCopy(prepare, options.address);
    } catch (fault) {
      disown();
      throw fault;
    }
    desk.forget();
    try {
      inTransaction(() => recover(nowMs));
    } catch (fault) {
      disown();
      throw fault;
    }
    ownership.held = disown;
    return undefined;
  }

  function perform(call: Call): Reply {
    if (
      ownership.held === undefined &&
      (ownersOnly.has(call.name) || (call.name === "intake" && call.input.claimUpTo > 0))
    ) {
      throw new Error(`a guest may not ${call.name}`);
    }
    return { answer: (operations[call.name] as (input: unknown) => unknown)(call.input) };
  }

  const readMoved = readingMoved(prepare);
  let moved = readMoved();

  let version = dataVersion.get()?.[0];
  /** Another process has written since the caller was told, and since the last transaction here. */
  let untold = false;
  let unseen = false;
  function lookForOthers(): void {
    const now = dataVersion.get()?.[0];
    if (now === version && ownership.othersWrote?.() !== true) return;
    version = now;
    untold = true;
    unseen = true;
  }

  /** Whether the last transaction got as far as its work: not, where another process kept the lock. */
  let begun = false;
  function inTransaction<T>(work: () => T): T {
    begun = false;
    begin.run();
    begun = true;
    try {
      lookForOthers();
      desk.begin({ othersWrote: unseen });
      if (unseen) moved = readMoved();
      unseen = false;
      if (moved !== undefined) refuseMoved(options.address, moved);
      const done = work();
      desk.flush({ owner: ownership.held !== undefined });
      commit.run();
      return done;
    } catch (fault) {
      // A full disk has rolled back already.
      if (database.isTransaction) database.exec("rollback");
      desk.forget();
      throw fault;
    }
  }

  function alone(call: Call): Reply {
    try {
      return apart.has(call.name) ? perform(call) : inTransaction(() => perform(call));
    } catch (fault) {
      return { fault: faultText(ledgerFault(fault, options.address)) };
    }
  }

  function apply(calls: readonly Call[]): Reply[] {
    const writes = calls.filter(({ name }) => !apart.has(name));
    if (writes.length === 0) return calls.map(alone);
    let written: Reply[];
    try {
      written = inTransaction(() => writes.map(perform));
    } catch (fault) {
      const told = { fault: faultText(ledgerFault(fault, options.address)) };
      // One call may be bad, and is found by asking each by itself. A lock that somebody keeps is in nobody's call: each would wait for it anew.
      written = !begun || writes.length === 1 ? writes.map(() => told) : writes.map(alone);
    }
    if (writes.some(erases)) written = afterScrub(writes, written);
    if (writes.length === calls.length) return written;
    let next = 0;
    return calls.map((call) => (apart.has(call.name) ? alone(call) : (written[next++] as Reply)));
  }

  /** What was erased leaves no copy behind; if that cannot be, whoever asked for it is told. */
  function afterScrub(writes: readonly Call[], written: Reply[]): Reply[] {
    try {
      scrub(database);
      return written;
    } catch (fault) {
      const told = { fault: faultText(ledgerFault(fault, options.address)) };
      return written.map((reply, at) => (erases(writes[at] as Call) ? told : reply));
    }
  }

  if (ownership.held !== undefined) refuseCopy(prepare, options.address);
  if (ownership.held !== undefined) inTransaction(() => recover(options.nowMs));
  return {
    ledgerId,
    epoch,
    apply,
    changedByOthers() {
      lookForOthers();
      const told = untold;
      untold = false;
      return told;
    },
    close() {
      database.close();
      ownership.held?.();
    },
  };
}

const erases = (call: Call): boolean => call.name === "forget" && !call.input.dryRun;

/** A copy that was put in place by hand would send again, as if for the first time, what its ledger has sent since. */
function refuseCopy(prepare: Prepare, address: string): void {
  const moved = readingMoved(prepare)();
  if (moved !== undefined) refuseMoved(address, moved);
  const copiedAtMs = value<number>(prepare("select copied_at from ledger").get()?.[0]);
  if (copiedAtMs === undefined) return;
  throw new WaybillError(
    "bad-configuration",
    `${address} is a backup, made ${new Date(copiedAtMs).toISOString()}: what its ledger has sent since, it does not know.`,
    "Move it elsewhere, and put it in place with `waybill restore FILE`, which takes that into account. Reading it is fine.",
  );
}

function asNothing<T>(work: (input: T) => void): (input: T) => undefined {
  return (input) => {
    work(input);
    return undefined;
  };
}
