import type { Clock } from "../../world/clock.ts";
import type { AskWithin, ForeignWrite, Ledger, LedgerFacts, LendAnswer, LendAsk, Outgoing } from "../ledger.ts";
import type { Call, CallName, Calls, Reply } from "./calls.ts";
import { faultOf, ledgerClosed, ledgerFailed, noFleet, noTransactions } from "./faults.ts";

// Group commit. Calls queue here while the store is busy with a batch; when it answers, all that has queued goes as the next one. So a lone call leaves
// at the end of the loop's turn, and under load each commit carries as many rows as came while the last one ran. There is no timer that waits for more.

/** Carries one batch at a time to the store, wherever that runs. */
export interface Carrier {
  readonly facts: LedgerFacts;
  /** One commit. Rejects when the store is gone. */
  carry(calls: readonly Call[]): Promise<Carried>;
  end(): Promise<void>;
  /** Where several own the ledger; otherwise the owner is the only one. */
  readonly crew?: Crew | undefined;
  /** Where several own the ledger: what they share of a limit. */
  lend?(ask: LendAsk): Promise<LendAnswer>;
  /** Where the ledger is in a database in which users have transactions of their own. */
  sendWithin?(ask: AskWithin, outgoing: Outgoing): Promise<void>;
}

/** One of several owners. */
export interface Crew extends Pick<Ledger, "isSteward" | "leaseLeftMs" | "clockAheadMs" | "onLost" | "leave"> {
  /** Hears by itself what others wrote: nobody has to ask. */
  onForeignWrite(listener: (what: ForeignWrite) => void): void;
}

export interface Carried {
  readonly replies: readonly Reply[];
  /** Another process wrote to the ledger since the last batch. */
  readonly foreign: boolean;
}

/** Rows that one commit may carry: a batch that fails is split, and a lone caller waits for the whole of it. */
const rowsMax = 256;
const batchesMax = 1;
const foreignPollMs = 100;

interface Waiting {
  readonly call: Call;
  readonly resolve: (answer: never) => void;
  readonly reject: (fault: Error) => void;
}

/** What the work is made of: a batch that holds one of these is counted as a commit. */
const committing: ReadonlySet<CallName> = new Set([
  "intake",
  "claim",
  "write",
  "writeShared",
  "move",
  "prune",
] as const);

/** What may read for long, and so should not stand in the way of what writes. */
export const longReads: ReadonlySet<CallName> = new Set([
  "find",
  "count",
  "inbox",
  "rules",
  "balance",
  "unsettled",
  "measures",
  "refusals",
  "calls",
  "prunable",
  "overview",
  "alerts",
  "cohort",
  "deeds",
  "history",
] as const);

/** A second way to the same ledger, for what should not stand in the way of the batches. */
export interface Beside {
  /** Asked for when the first call goes that way. */
  readonly open: () => Promise<Carrier>;
  /** What goes that way; by default reads that may take long. */
  readonly names?: ReadonlySet<CallName>;
}

/** The port over a carrier. */
export function channel(carrier: Carrier, clock: Clock, beside?: Beside): Ledger {
  const besides = beside?.names ?? longReads;
  let { facts } = carrier;
  let queue: Waiting[] = [];
  let flying = 0;
  let commits = 0;
  let scheduled = false;
  let closing: Promise<void> | undefined;
  let idle = (): void => {};
  let cancelPoll = (): void => {};
  const listeners = new Set<(what: ForeignWrite) => void>();
  const { crew } = carrier;

  let reader: Promise<Carrier> | undefined;
  const reading = new Set<Promise<unknown>>();

  /** A long read goes beside the queue: it sees what has been committed when it begins. */
  function read<Name extends CallName>(name: Name, input: Calls[Name][0]): Promise<Calls[Name][1]> {
    const answer = (async (): Promise<Calls[Name][1]> => {
      reader ??= beside?.open();
      const carried = await reader
        ?.then((way) => way.carry([{ name, input } as Call]))
        .catch((fault) => {
          reader = undefined;
          throw ledgerFailed(fault, facts.address);
        });
      const reply = carried?.replies[0] as Reply;
      if ("fault" in reply) throw faultOf(reply.fault);
      return reply.answer as Calls[Name][1];
    })();
    const done: Promise<unknown> = answer.then(
      () => reading.delete(done),
      () => reading.delete(done),
    );
    reading.add(done);
    return answer;
  }

  function ask<Name extends CallName>(name: Name, input: Calls[Name][0]): Promise<Calls[Name][1]> {
    if (closing !== undefined) return Promise.reject(ledgerClosed(facts.address));
    if (beside !== undefined && besides.has(name)) return read(name, input);
    return new Promise((resolve, reject) => {
      queue.push({ call: { name, input } as Call, resolve, reject });
      schedule();
    });
  }

  function schedule(): void {
    if (scheduled || flying >= batchesMax || queue.length === 0) return;
    scheduled = true;
    clock.soon(() => {
      scheduled = false;
      while (flying < batchesMax && queue.length > 0) send(nextBatch());
    });
  }

  function nextBatch(): Waiting[] {
    let rows = 0;
    let count = 0;
    while (count < queue.length && (count === 0 || rows < rowsMax)) rows += rowsOf((queue[count++] as Waiting).call);
    const batch = queue.slice(0, count);
    queue = count === queue.length ? [] : queue.slice(count);
    return batch;
  }

  function send(batch: readonly Waiting[]): void {
    flying++;
    carrier.carry(batch.map(({ call }) => call)).then(
      ({ replies, foreign }) => {
        flying--;
        if (batch.some(({ call }) => committing.has(call.name))) commits++;
        batch.forEach(({ resolve, reject }, index) => {
          const reply = replies[index] as Reply;
          if ("fault" in reply) reject(faultOf(reply.fault));
          else resolve(reply.answer as never);
        });
        if (foreign) tell();
        next();
      },
      (fault) => {
        flying--;
        for (const { reject } of batch) reject(ledgerFailed(fault, facts.address));
        next();
      },
    );
  }

  function next(): void {
    schedule();
    if (flying === 0 && queue.length === 0) idle();
  }

  function tell(): void {
    for (const listener of listeners) listener("anything");
  }

  /** Between batches, somebody has to look: an empty batch asks nothing and commits nothing. */
  function poll(): void {
    cancelPoll = clock.after(
      foreignPollMs,
      () => {
        if (closing !== undefined) return;
        if (flying === 0 && queue.length === 0) send([]);
        poll();
      },
      { idle: true },
    );
  }

  async function close(): Promise<void> {
    cancelPoll();
    if (flying > 0 || queue.length > 0) {
      await new Promise<void>((resolve) => {
        idle = resolve;
      });
    }
    await Promise.all(reading);
    await (await reader?.catch(() => undefined))?.end();
    await carrier.end();
  }

  return {
    get facts() {
      return facts;
    },
    async own(nowMs) {
      await ask("own", nowMs);
      facts = { ...facts, owner: true };
    },
    intake: (batch) => ask("intake", batch),
    sendWithin(asking, outgoing) {
      if (closing !== undefined) return Promise.reject(ledgerClosed(facts.address));
      return carrier.sendWithin?.(asking, outgoing) ?? Promise.reject(noTransactions(facts.address));
    },
    outbox: (integrations) => (carrier.sendWithin === undefined ? Promise.resolve([]) : ask("outbox", integrations)),
    claim: (options) => ask("claim", options),
    write: (run) => ask("write", run),
    writeShared: (shared) => ask("writeShared", shared),
    sharedCall: (key) => ask("sharedCall", key),
    unclaim: (records) => ask("unclaim", records),
    entityEffects: (_integration, _tenant, entityHash) => ask("entityEffects", entityHash),
    move: (move) => ask("move", move),
    foresee: (move) => ask("foresee", move),
    find: (filter) => ask("find", filter),
    record: (record) => ask("record", record),
    count: (filter) => ask("count", filter),
    inbox: (states, integration) => ask("inbox", { states, integration }),
    rules: (states, integration) => ask("rules", { states, integration }),
    balance: (integration) => ask("balance", integration),
    unsettled: (integration) => ask("unsettled", integration),
    measures: async () => ({ ...(await ask("measures", undefined)), commits }),
    cursor: (source) => ask("cursor", source),
    setCursor: (move) => ask("setCursor", move),
    refuse: (refusals) => ask("refuse", refusals),
    refusals: (source) => ask("refusals", source),
    logCalls: (write) => ask("logCalls", write),
    calls: (filter) => ask("calls", filter),
    forget: (step) => ask("forget", step),
    prune: (step) => ask("prune", step),
    prunable: (step) => ask("prunable", step),
    bulletin: () => ask("bulletin", undefined),
    post: (notice) => ask("post", notice),
    reserve: (asked) => ask("reserve", asked),
    budgets: () => ask("budgets", undefined),
    lend(asking) {
      if (closing !== undefined) return Promise.reject(ledgerClosed(facts.address));
      return carrier.lend?.(asking) ?? Promise.reject(noFleet(facts.address));
    },
    tokens: (account) => ask("tokens", account),
    stepToken: (step) => ask("stepToken", step),
    journal: (about) => ask("journal", about),
    alerts: (filter) => ask("alerts", filter),
    putAlerts: (puts) => ask("putAlerts", puts),
    forgetAlerts: (resolvedBeforeMs) => ask("forgetAlerts", resolvedBeforeMs),
    overview: () => ask("overview", undefined),
    learnt: (integration) => ask("learnt", integration),
    keepLearnt: (rows) => ask("keepLearnt", rows),
    sight: async (state) => (crew === undefined ? undefined : ask("sight", state)),
    sightings: async () => (crew === undefined ? [] : ask("sightings", undefined)),
    cohort: (step) => ask("cohort", step),
    deeds: (range) => ask("deeds", range),
    history: (range) => ask("history", range),
    keepHistory: (write) => ask("keepHistory", write),
    tallies: () => ask("tallies", undefined),
    risks: () => ask("risks", undefined),
    isOwned: () => ask("isOwned", undefined),
    probe: () => ask("probe", undefined),
    isSteward: () => crew?.isSteward() ?? facts.owner,
    leaseLeftMs: () => crew?.leaseLeftMs() ?? Number.POSITIVE_INFINITY,
    clockAheadMs: () => crew?.clockAheadMs(),
    onLost: (listener) => crew?.onLost(listener),
    leave: async () => crew?.leave(),
    onForeignWrite(listener) {
      if (crew !== undefined) return crew.onForeignWrite(listener);
      if (listeners.size === 0) poll();
      listeners.add(listener);
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function rowsOf(call: Call): number {
  if (call.name === "writeShared") return call.input.runs.length + 1;
  if (call.name !== "intake") return 1;
  let rows = 0;
  for (const arrival of call.input.arrivals) rows += arrival.rows.length;
  return rows;
}
