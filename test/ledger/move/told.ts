// What a ledger answers to everybody who may ask: two ledgers of which this is the same are one and the same for a user.
import type { Bulletin, Ledger, RecordWhole } from "../../../src/ledger/ledger.ts";
import { internalPrefix } from "../../../src/model/internal.ts";

const states = [
  "waiting",
  "delivering",
  "delivered",
  "quarantined",
  "dead",
  "held",
  "superseded",
  "filtered",
  "discarded",
] as const;
const later = 4_000_000_000_000;
const person = ["quarantined", "dead", "held"] as const;

export async function told(ledger: Ledger): Promise<Record<string, unknown>> {
  const tallies = await ledger.tallies();
  const internal = [...new Set(tallies.map(({ integration }) => integration))].filter((name) =>
    name.startsWith(internalPrefix),
  );
  const records: RecordWhole[] = [];
  for (const integration of [undefined, ...internal]) records.push(...(await recordsOf(ledger, integration)));
  const steps = { payloadsBeforeMs: later, historyBeforeMs: later, marksBeforeMs: later, callsBeforeMs: later };
  const all = { fromMs: 0, untilMs: later };
  const { oldestWaiting } = await ledger.measures();
  return {
    records,
    tallies,
    balance: await ledger.balance(undefined),
    internal: await Promise.all(internal.map((name) => ledger.balance(name))),
    unsettled: await ledger.unsettled(undefined),
    counts: await Promise.all(states.map((state) => ledger.count({ states: [state] }))),
    inbox: await ledger.inbox(person, undefined),
    rules: await ledger.rules(person, undefined),
    oldestWaiting,
    overview: await overviewOf(ledger),
    refusals: await ledger.refusals(undefined),
    calls: await ledger.calls({ all: true, limit: 1_000 }),
    // A young mark that is being sorted in stands in two tables of the file, and is counted twice there.
    prunable: { ...(await ledger.prunable({ ...steps, limit: 1 })), marks: undefined },
    budgets: await ledger.budgets(),
    tokens: await ledger.tokens(undefined),
    alerts: (await ledger.alerts({})).toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    learnt: await ledger.learnt(undefined),
    cohort: await ledger.cohort({ ...all, ...wholeCohort }),
    deeds: withoutMove(await ledger.deeds(all)),
    history: await ledger.history(all),
    bulletin: bulletinOf(await ledger.bulletin()),
    journal: withoutMove({ journal: await ledger.journal("") }),
    shared: await Promise.all(sharedKeys.map((key) => ledger.sharedCall(key))),
  };
}

/** Workers that share a ledger have stops by a clock of their own: what holds for all is how long they last. */
function bulletinOf({ stops, ...rest }: Bulletin): unknown {
  return { ...rest, stops: stops.map(({ atMs, untilMs, ...stop }) => ({ ...stop, forMs: untilMs - atMs })) };
}

/** What is parked is found again by the next claim; and of thousands of keys, a store need not look at all for the oldest. */
async function overviewOf(ledger: Ledger): Promise<unknown> {
  const { oldest, parked: _, workers: __, ...rest } = await ledger.overview();
  return { ...rest, oldest: (await ledger.unsettled(undefined)) > 1_000 ? undefined : oldest };
}

const wholeCohort = { slotMs: 86_400_000, integration: undefined, tenant: undefined, after: undefined, limit: 100_000 };

async function recordsOf(ledger: Ledger, integration: string | undefined): Promise<RecordWhole[]> {
  const found: RecordWhole[] = [];
  for (let before: string | undefined; ; ) {
    const { rows, next } = await ledger.find({ integration, limit: 500, before, order: "oldest" });
    const whole = await Promise.all(rows.map(({ record }) => ledger.record(record) as Promise<RecordWhole>));
    found.push(...whole.map(dueWhenItCame));
    if (next === undefined) return found;
    before = next;
  }
}

/** What stands in a backlog is in no queue, and is due since it came; a store without one says so. */
function dueWhenItCame(record: RecordWhole): RecordWhole {
  return record.nextAtMs === record.receivedAtMs ? { ...record, nextAtMs: undefined } : record;
}

/** That it was moved stands in one of the two only. */
function withoutMove<Told extends { readonly journal: readonly { readonly what: string }[] }>(from: Told): Told {
  return { ...from, journal: from.journal.filter(({ what }) => what !== "moved") };
}

/** A call that carries effects of several records stands behind none of them: tests name theirs. */
const sharedKeys = ["call-1", "call-2"];
