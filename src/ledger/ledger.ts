import type { State } from "../model/record.ts";
import type { AlertFilter, AlertPut, AlertRow, Overview } from "./alerts.ts";
import type { Budget, BudgetAnswer, BudgetAsk } from "./budgets.ts";
import type { Bulletin, JournalEntry, Notice } from "./bulletin.ts";
import type { CallFilter, CallPage, CallWrite } from "./call-log.ts";
import type { ForgetStep, Forgotten } from "./forget.ts";
import type { CohortPage, CohortStep, Deeds, HistoryRow, HistoryWrite } from "./history.ts";
import type { Hash, RecordId } from "./identity.ts";
import type { CursorMove, IntakeBatch, IntakeResult } from "./intake.ts";
import type { Learnt, Tally } from "./learnt.ts";
import type { LendAnswer, LendAsk } from "./lending.ts";
import type { AskWithin, OutboxRow, Outgoing } from "./outbox.ts";
import type { Move, MoveResult } from "./persons.ts";
import type {
  Book,
  FindOptions,
  InboxGroup,
  Measures,
  Prunable,
  PruneResult,
  PruneStep,
  RecordFilter,
  RecordRow,
  RecordWhole,
  Refusal,
  RefusalRow,
  Risk,
} from "./reading.ts";
import type { SharedCall, SharedResult, SharedWrite } from "./shared.ts";
import type { Sighted } from "./sightings.ts";
import type { AccountOf, TokenRow, TokenStep, TokenStepped } from "./tokens.ts";
import type { ClaimOptions, ClaimRef, ClaimResult, RunWrite, StoredEffect, WriteResult } from "./work.ts";

export type * from "./alerts.ts";
export type * from "./budgets.ts";
export type * from "./bulletin.ts";
export type * from "./call-log.ts";
export type * from "./forget.ts";
export * from "./history.ts";
export type * from "./identity.ts";
export type * from "./intake.ts";
export type * from "./learnt.ts";
export type * from "./lending.ts";
export type * from "./outbox.ts";
export type * from "./persons.ts";
export type * from "./reading.ts";
export type * from "./shared.ts";
export type * from "./sightings.ts";
export type * from "./tokens.ts";
export type * from "./work.ts";

// The ledger's port: what the flow needs from a durable store, in the words of the domain. Every method is asynchronous and its work is
// batched: whatever is asked while one commit runs joins the next one. Every method is one transaction, written as a closure that may run
// again (a serialization failure, a lost connection), so it never depends on what an earlier try of it did.
//
// One worker owns a key at a time. In SQLite one process owns the whole ledger; a store for a fleet owns by lanes, inside `claim` and `write`:
// the flow sees only that a write of a stale owner is refused (`revoked`).

/** Everything that a store can do that the others may not. Nothing a user can see depends on it. */
export interface LedgerFacts {
  /** For people: `sqlite:.waybill/ledger.db`. */
  readonly address: string;
  /** May dispatch and read sources. A guest may read, and write short compare-and-set transactions. */
  readonly owner: boolean;
  /** Several may own it at once: then what all of them share of a limit is lent. */
  readonly fleet: boolean;
  /** Names this ledger and its lineage: a restored backup opens a new epoch. */
  readonly ledgerId: string;
  readonly epoch: number;
  /** How this process is known to others that own the same ledger; undefined where it is the only one. */
  readonly worker?: string | undefined;
}

/** What somebody else wrote, as far as it is known: something is due, was posted, or was sent within a transaction; or it may be anything. */
export type ForeignWrite = "due" | "posted" | "sent" | "anything";

export interface Ledger {
  readonly facts: LedgerFacts;

  /** Turns a guest into the owner; what another owner had in its hands goes back. Rejects with `ledger-owned` while somebody else is. */
  own(nowMs: number): Promise<void>;

  /** Takes what came: dedupe mark and record in one commit, counters with them. */
  intake(batch: IntakeBatch): Promise<IntakeResult>;
  /**
   * Takes something down within a user's transaction in the same database: it is there when that commits.
   *
   * @throws {WaybillError} `bad-usage`, `bad-configuration`, `too-large`; and what the user's client throws, as it is.
   */
  sendWithin(ask: AskWithin, outgoing: Outgoing): Promise<void>;
  /** The oldest of what was taken down so for these integrations; `intake` takes it out. */
  outbox(integrations: readonly string[]): Promise<readonly OutboxRow[]>;
  /** Puts due records into this worker's hands, one per key, oldest due first. */
  claim(options: ClaimOptions): Promise<ClaimResult>;
  /** Writes what a run has to write; refused when the record is not in this worker's hands. */
  write(run: RunWrite): Promise<WriteResult>;
  /** Writes a call that carries effects of several records, together with what their runs have to write. */
  writeShared(write: SharedWrite): Promise<SharedResult>;
  /** Such a call, until all that it carries is settled. */
  sharedCall(key: string): Promise<SharedCall | undefined>;
  /** Puts claimed records that were never begun back, untouched: for draining. */
  unclaim(records: readonly ClaimRef[]): Promise<void>;

  /** An entity's stored effects, with the first send of each: for `per: "entity"`. */
  entityEffects(integration: string, tenant: string, entityHash: Hash): Promise<readonly StoredEffect[]>;

  move(move: Move): Promise<MoveResult>;
  /** What `move` would answer now; nothing is written. */
  foresee(move: Move): Promise<MoveResult>;

  find(filter: FindOptions): Promise<{ readonly rows: readonly RecordRow[]; readonly next: RecordId | undefined }>;
  record(record: RecordId): Promise<RecordWhole | undefined>;
  /** How many records meet a filter. */
  count(filter: RecordFilter): Promise<number>;
  /** What waits for a person, by cause. */
  inbox(states: readonly State[], integration: string | undefined): Promise<readonly InboxGroup[]>;
  /** The same by the first rule that each breaks, or by the reason where it breaks none: each record stands in one group. */
  rules(states: readonly State[], integration: string | undefined): Promise<readonly InboxGroup[]>;
  /** All books in one snapshot. */
  balance(integration: string | undefined): Promise<readonly Book[]>;
  /** How many records are waiting or delivering. */
  unsettled(integration: string | undefined): Promise<number>;
  /** How large it is, and how long what waits has waited: for whoever watches. */
  measures(): Promise<Measures>;

  cursor(source: string): Promise<string | undefined>;
  /** By compare-and-set, unless forced; with `by`, a person's setting stands in the journal. */
  setCursor(
    move: CursorMove & { readonly force: boolean; readonly by?: Pick<JournalEntry, "actor" | "why"> },
  ): Promise<boolean>;
  refuse(refusals: readonly Refusal[]): Promise<void>;
  refusals(source: string | undefined): Promise<readonly RefusalRow[]>;

  /** Adds to the log of calls, and lets go of its oldest where it is too much. */
  logCalls(write: CallWrite): Promise<void>;
  calls(filter: CallFilter): Promise<CallPage>;

  /** Erases what final records hold, and keeps the books; or says what stands in the way, and writes nothing. */
  forget(step: ForgetStep): Promise<Forgotten>;

  prune(step: PruneStep): Promise<PruneResult>;
  /** What a prune by these times would let go of; its limit does not matter. */
  prunable(step: PruneStep): Promise<Prunable>;

  /** Takes points of a limit ahead, and says what became of those taken before. Where more than one process calls, they take from the same. */
  reserve(ask: BudgetAsk): Promise<BudgetAnswer>;
  budgets(): Promise<readonly Budget[]>;
  /** Lends permits of a limit that the workers of a fleet share. Only where `facts.fleet` says so. */
  lend(ask: LendAsk): Promise<LendAnswer>;
  /** The tokens of one account, or of all: sealed. */
  tokens(account: AccountOf | undefined): Promise<readonly TokenRow[]>;
  /** One step of a refresh, or a person's consent; by compare-and-set on the generation. */
  stepToken(step: TokenStep): Promise<TokenStepped>;

  /** Alerts that are not resolved, newest first, and then those that are. */
  alerts(filter: AlertFilter): Promise<readonly AlertRow[]>;
  /** Writes alerts by compare-and-set, each by itself; answers for each whether it was written. */
  putAlerts(puts: readonly AlertPut[]): Promise<readonly boolean[]>;
  /** Lets go of alerts that were resolved before this and told. Answers how many. */
  forgetAlerts(resolvedBeforeMs: number): Promise<number>;
  /** What a watch has to know, again and again: its cost is bounded, however large the ledger is. */
  overview(): Promise<Overview>;
  /** What the watch has learnt; of one integration, or of all. */
  learnt(integration: string | undefined): Promise<readonly Learnt[]>;
  /** Keeps what the watch has learnt, in place of what was kept under the same name. */
  keepLearnt(rows: readonly Learnt[]): Promise<void>;
  /** Says to the others what this owner sees, in place of what it said before; nothing where it is the only one. */
  sight(state: string): Promise<void>;
  /** What the others see, or saw lately; nobody is where there is only one. */
  sightings(): Promise<readonly Sighted[]>;
  /** How many new records each integration and tenant have had: read from counters, whoever took them. */
  tallies(): Promise<readonly Tally[]>;

  /** What came in a stretch of time, by what it is now: counted from its records, so many at a time, beside what writes. */
  cohort(step: CohortStep): Promise<CohortPage>;
  /** What persons did in a stretch of time. */
  deeds(range: { readonly fromMs: number; readonly untilMs: number }): Promise<Deeds>;
  /** What was kept of the hours of a stretch of time. */
  history(range: { readonly fromMs: number; readonly untilMs: number }): Promise<readonly HistoryRow[]>;
  /** Keeps hours, and lets go of old ones, in one transaction; answers false, and writes nothing, where somebody else wrote one of them meanwhile. */
  keepHistory(write: HistoryWrite): Promise<boolean>;

  /** Everything that is posted for whoever works with this ledger. */
  bulletin(): Promise<Bulletin>;
  /** Posts a notice; answers whether it changed anything. */
  post(notice: Notice): Promise<boolean>;
  /** What persons did to the ledger as a whole, newest first: to an integration, a system or a source; `""` for all. */
  journal(about: string): Promise<readonly JournalEntry[]>;
  /** What the place where this ledger is kept cannot promise. */
  risks(): Promise<readonly Risk[]>;
  /** Whether a process owns this ledger now: this one, or another. */
  isOwned(): Promise<boolean>;

  /** Calls `listener` when somebody else wrote to this ledger. */
  onForeignWrite(listener: (what: ForeignWrite) => void): void;

  /** Whether this owner does what only one of several does: reads sources, asks the rules, tidies up, answers guests. That may change at any time. */
  isSteward(): boolean;
  /** For how many milliseconds this owner may still let something out: it is one of several, and may have been taken for dead. Infinity for the only one. */
  leaseLeftMs(): number;
  /** How far the clock of the ledger's server is ahead of this machine's; undefined where it has none of its own, or that is not known. */
  clockAheadMs(): number | undefined;
  /** Calls `listener` when nothing is in this owner's hands any more, and waits for it before anything is put there again. */
  onLost(listener: () => Promise<void>): void;
  /** Begins nothing any more, and lets others have what falls idle: before a stop. */
  leave(): Promise<void>;
  /** Whether a commit would succeed now; rejects with `ledger-full` or `ledger-failed`. */
  probe(): Promise<void>;
  /** Finishes what was asked and lets go of the file. */
  close(): Promise<void>;
}

/** Everything in a ledger method that may fail for reasons of the machine comes as WaybillError `ledger-full`, `ledger-failed` or `ledger-closed`. */
export interface OpenOptions {
  readonly address: string;
  readonly role: "owner" | "guest";
  /** Refuse to create what is not there. */
  readonly mustExist: boolean;
  /** How this process is known to others that own the same ledger. */
  readonly worker?: WorkerOptions | undefined;
}

export interface WorkerOptions {
  /** For people. */
  readonly name?: string | undefined;
  readonly release?: string | undefined;
  /** The integrations of its code: who shares a ledger has some in common. */
  readonly runs?: readonly string[] | undefined;
  /** The longest that a request of any of its systems may take, in milliseconds. */
  readonly requestMsMax?: (() => number) | undefined;
}
