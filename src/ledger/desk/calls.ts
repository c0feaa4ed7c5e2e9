import type { State } from "../../model/record.ts";
import type {
  AccountOf,
  AlertFilter,
  AlertPut,
  AlertRow,
  Book,
  Budget,
  BudgetAnswer,
  BudgetAsk,
  Bulletin,
  CallFilter,
  CallPage,
  CallWrite,
  ClaimOptions,
  ClaimRef,
  ClaimResult,
  CohortPage,
  CohortStep,
  Deeds,
  FindOptions,
  ForgetStep,
  Forgotten,
  Hash,
  HistoryRow,
  HistoryWrite,
  InboxGroup,
  IntakeBatch,
  IntakeResult,
  JournalEntry,
  Learnt,
  Ledger,
  Measures,
  Move,
  MoveResult,
  Notice,
  OutboxRow,
  Overview,
  Prunable,
  PruneResult,
  PruneStep,
  RecordFilter,
  RecordId,
  RecordRow,
  RecordWhole,
  Refusal,
  RefusalRow,
  Risk,
  RunWrite,
  SharedCall,
  SharedResult,
  SharedWrite,
  Sighted,
  StoredEffect,
  Tally,
  TokenRow,
  TokenStep,
  TokenStepped,
  WriteResult,
} from "../ledger.ts";
import type { FaultText } from "./faults.ts";

/** Everything that can be asked of the store: what it takes and what it answers. */
export interface Calls {
  /** The time now: for what goes back into the queues. */
  own: [number, undefined];
  intake: [IntakeBatch, IntakeResult];
  claim: [ClaimOptions, ClaimResult];
  write: [RunWrite, WriteResult];
  writeShared: [SharedWrite, SharedResult];
  sharedCall: [string, SharedCall | undefined];
  unclaim: [readonly ClaimRef[], undefined];
  move: [Move, MoveResult];
  foresee: [Move, MoveResult];
  setCursor: [Parameters<Ledger["setCursor"]>[0], boolean];
  post: [Notice, boolean];
  reserve: [BudgetAsk, BudgetAnswer];
  refuse: [readonly Refusal[], undefined];
  logCalls: [CallWrite, undefined];
  calls: [CallFilter, CallPage];
  forget: [ForgetStep, Forgotten];
  prune: [PruneStep, PruneResult];
  probe: [undefined, undefined];
  entityEffects: [Hash, readonly StoredEffect[]];
  record: [RecordId, RecordWhole | undefined];
  cursor: [string, string | undefined];
  find: [FindOptions, { readonly rows: readonly RecordRow[]; readonly next: RecordId | undefined }];
  count: [RecordFilter, number];
  inbox: [{ readonly states: readonly State[]; readonly integration: string | undefined }, readonly InboxGroup[]];
  rules: [{ readonly states: readonly State[]; readonly integration: string | undefined }, readonly InboxGroup[]];
  balance: [string | undefined, readonly Book[]];
  unsettled: [string | undefined, number];
  /** The integrations that run here. */
  outbox: [readonly string[], readonly OutboxRow[]];
  measures: [undefined, Omit<Measures, "commits">];
  refusals: [string | undefined, readonly RefusalRow[]];
  bulletin: [undefined, Bulletin];
  prunable: [PruneStep, Prunable];
  budgets: [undefined, readonly Budget[]];
  tokens: [AccountOf | undefined, readonly TokenRow[]];
  stepToken: [TokenStep, TokenStepped];
  journal: [string, readonly JournalEntry[]];
  alerts: [AlertFilter, readonly AlertRow[]];
  putAlerts: [readonly AlertPut[], readonly boolean[]];
  forgetAlerts: [number, number];
  overview: [undefined, Overview];
  learnt: [string | undefined, readonly Learnt[]];
  keepLearnt: [readonly Learnt[], undefined];
  sight: [string, undefined];
  sightings: [undefined, readonly Sighted[]];
  tallies: [undefined, readonly Tally[]];
  cohort: [CohortStep, CohortPage];
  deeds: [{ readonly fromMs: number; readonly untilMs: number }, Deeds];
  history: [{ readonly fromMs: number; readonly untilMs: number }, readonly HistoryRow[]];
  keepHistory: [HistoryWrite, boolean];
  risks: [undefined, readonly Risk[]];
  isOwned: [undefined, boolean];
}

export type CallName = keyof Calls;

/** One call on its way to the store. */
export type Call = { [Name in CallName]: { readonly name: Name; readonly input: Calls[Name][0] } }[CallName];

/** What became of a call. */
export type Reply = Answer | { readonly fault: FaultText };
export interface Answer {
  readonly answer: unknown;
}
