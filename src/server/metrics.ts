import { type BookResult, bookCounts } from "../flow/books.ts";
import type { Measures, RefusalRow } from "../ledger/ledger.ts";
import type { SystemState } from "../systems/port.ts";
import type { Family } from "../watch/metrics/family.ts";
import { type Labels, others } from "../watch/metrics/labels.ts";
import type { ProcessFacts } from "../world/process-facts.ts";
import type { LedgerFacts } from "./ledger-facts.ts";

// What is so now: the books, the refusals, the systems, the ledger and the process, read at the scrape. What happened since the process began is counted
// from the events (watch/metrics/meter.ts).

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
] as const satisfies readonly (keyof BookResult)[];

const counters = {
  received: "Records that came, duplicates included.",
  duplicate: "Records that had come before.",
  pruned: "Records that retention let go of.",
  refused: "Deliveries that never became a record.",
} as const satisfies Partial<Record<keyof BookResult, string>>;

type Sample = Family["samples"] extends Iterable<infer One> ? One : never;

export interface Measured {
  /** Whether it can be written. */
  readonly ledgerUp: boolean;
  /** Undefined where it could not be read. */
  readonly inLedger: LedgerFacts | undefined;
  readonly systems: readonly SystemState[];
  readonly process: ProcessFacts;
  readonly owner: boolean;
  readonly release: string;
  readonly nowMs: number;
}

/** Everything that is read at a scrape. */
export function* measuredFamilies(measured: Measured): Iterable<Family> {
  const { owner, release, inLedger, ledgerUp, systems, nowMs, process } = measured;
  yield {
    name: "waybill_info",
    type: "info",
    help: "Always 1; the release is the one that the configuration names, or empty.",
    samples: [["", { release: release.slice(0, 100) }, 1]],
  };
  yield gauge("waybill_owner", "1 when this process reads the sources and delivers.", [["", {}, owner ? 1 : 0]]);
  yield gauge("waybill_ledger_up", "1 when the ledger could be written a few seconds ago, soon enough.", [
    ["", {}, ledgerUp ? 1 : 0],
  ]);
  if (inLedger !== undefined) yield* ledgerFamilies(inLedger, nowMs);
  yield* systemFamilies(bySystem(systems));
  yield* processFamilies(process);
}

function* ledgerFamilies({ books, refused, measures, alerts, atMs }: LedgerFacts, nowMs: number): Iterable<Family> {
  yield gauge(
    "waybill_ledger_read_timestamp_seconds",
    "When the books, refusals and alerts were read that are told here.",
    [["", {}, atMs / 1_000]],
  );
  yield* bookFamilies(bounded(books), measures, nowMs);
  yield counter(
    "waybill_refusals_total",
    "Deliveries that never became a record, by source and reason.",
    refusedBySource(refused),
  );
  yield gauge(
    "waybill_alerts",
    "Alerts that are not resolved, by their rule, severity and state.",
    alertSamples(alerts),
  );
  yield gauge("waybill_ledger_size_bytes", "How large the ledger's file is.", [["", {}, measures.bytes]]);
  yield counter("waybill_ledger_commits_total", "Commits of this process.", [["", {}, measures.commits]]);
}

function* bookFamilies(
  books: readonly BookResult[],
  { oldestWaiting, outbox }: Measures,
  nowMs: number,
): Iterable<Family> {
  yield gauge(
    "waybill_records",
    "Records by the state they are in.",
    books.flatMap((book) => states.map((state) => ["", { ...labels(book), state }, book[state]] as const)),
  );
  yield gauge(
    "waybill_balanced",
    "1 when every received record is accounted for.",
    books.map((book) => ["", labels(book), book.balanced ? 1 : 0] as const),
  );
  const names = [...new Set(books.map(({ name }) => name))];
  yield gauge(
    "waybill_outbox_records",
    "What was sent within transactions and is still to be taken in: it is in no book yet.",
    names.map((name) => {
      const waits = outbox.filter(({ integration }) => integration === name);
      return ["", { integration: name }, waits.reduce((sum, { count }) => sum + count, 0)];
    }),
  );
  const unread = outbox.map(({ integration, tenant, sinceMs }) => ({ integration, tenant, receivedAtMs: sinceMs }));
  const oldest = oldestByName([...oldestWaiting, ...unread]);
  yield gauge(
    "waybill_oldest_waiting_age_seconds",
    "How long the oldest record that is not settled has waited, whatever it waits for; 0 when none does.",
    // On a clock that was set back, nothing is younger than new.
    names.map((name) => {
      const receivedAtMs = oldest.get(name);
      return ["", { integration: name }, receivedAtMs === undefined ? 0 : Math.max(0, nowMs - receivedAtMs) / 1_000];
    }),
  );
  for (const [name, help] of Object.entries(counters)) {
    const samples = books.map((book) => ["", labels(book), book[name as keyof typeof counters]] as const);
    yield counter(`waybill_${name}_total`, help, samples);
  }
}

function oldestByName(oldest: Measures["oldestWaiting"]): ReadonlyMap<string, number> {
  const byName = new Map<string, number>();
  for (const { integration, receivedAtMs } of oldest)
    byName.set(integration, Math.min(receivedAtMs, byName.get(integration) ?? receivedAtMs));
  return byName;
}

function* systemFamilies(systems: readonly Accounts[]): Iterable<Family> {
  const counted = (name: string, help: string, count: (state: SystemState) => number): Family =>
    gauge(
      name,
      `${help}; where each tenant has an account there, of how many.`,
      systems.map(({ system, accounts }) => ["", { system }, sum(accounts.map(count))] as const),
    );
  yield gauge(
    "waybill_system_in_flight",
    "Requests to a system that are under way.",
    systems.map(({ system, accounts }) => ["", { system }, sum(accounts.map(({ inFlight }) => inFlight))] as const),
  );
  yield counted("waybill_system_open", "1 while the breaker keeps calls away from a system", ({ breaker }) =>
    breaker === "closed" ? 0 : 1,
  );
  yield counted("waybill_system_stopped", "1 while a system has asked to be left alone", ({ stoppedUntil }) =>
    stoppedUntil === null ? 0 : 1,
  );
  yield counted("waybill_system_unauthorized", "1 while a system does not let us in", ({ auth }) =>
    auth === "unauthorized" ? 1 : 0,
  );
  yield counted("waybill_system_paused", "1 while a person has paused a system", ({ paused }) => (paused ? 1 : 0));
  yield gauge(
    "waybill_system_limit_remaining",
    "What is left of a system's declared limits; where each tenant has an account there, of the one with the least left.",
    systems.flatMap(({ system, accounts }) =>
      [...Map.groupBy(accounts.flatMap(({ limits }) => limits).slice(0, limitsMax), ({ limit }) => limit)].map(
        ([limit, views]) => ["", { system, limit }, Math.min(...views.map(({ left }) => left))] as const,
      ),
    ),
  );
  yield {
    name: "waybill_system_latency_seconds",
    type: "summary",
    help: "How long the last answers of a system took; where each tenant has an account there, of the slowest.",
    samples: systems.flatMap(({ system, accounts }) => latencySamples(system, accounts)),
  };
}

/** Limits by key and by tenant are looked at so far. */
const limitsMax = 1_000;

function latencySamples(system: string, accounts: readonly SystemState[]): readonly Sample[] {
  const known = accounts.flatMap(({ latency }) => latency ?? []);
  if (known.length === 0) return [];
  const most = (values: readonly number[]): number => Math.max(...values) / 1_000;
  return [
    ["", { system, quantile: "0.5" }, most(known.map(({ medianMs }) => medianMs))],
    ["", { system, quantile: "0.95" }, most(known.map(({ p95Ms }) => p95Ms))],
  ];
}

/** The names that dashboards for Node know already, where there is one. */
function* processFamilies(facts: ProcessFacts): Iterable<Family> {
  const { loopDelaySeconds } = facts;
  yield counter("process_cpu_seconds_total", "Time that the process's threads were at work.", [
    ["", {}, facts.cpuSeconds],
  ]);
  yield gauge("process_start_time_seconds", "When the process began, in seconds since 1970.", [
    ["", {}, facts.startedAtSeconds],
  ]);
  yield gauge("process_resident_memory_bytes", "Memory that the process has.", [["", {}, facts.residentBytes]]);
  yield gauge("nodejs_heap_size_used_bytes", "What is in use of the main thread's heap.", [
    ["", {}, facts.heapUsedBytes],
  ]);
  yield gauge("nodejs_heap_size_total_bytes", "How large the main thread's heap is.", [["", {}, facts.heapTotalBytes]]);
  yield gauge("nodejs_eventloop_lag_p50_seconds", "How late the event loop usually is.", [
    ["", {}, loopDelaySeconds.median],
  ]);
  yield gauge("nodejs_eventloop_lag_p99_seconds", "How late the event loop is one time in a hundred.", [
    ["", {}, loopDelaySeconds.p99],
  ]);
  yield gauge("nodejs_eventloop_lag_max_seconds", "How late the event loop was at most since the last scrape.", [
    ["", {}, loopDelaySeconds.most],
  ]);
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "gauge", help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "counter", help, samples };
}

/** So many tenants of an integration have a line of their own; the rest share one, so that a scrape stays bearable whoever comes. */
const tenantsMax = 50;

/** The tenants with the most records that need somebody first: those are looked for. */
function bounded(books: readonly BookResult[]): readonly BookResult[] {
  const byName = Map.groupBy(books, ({ name }) => name);
  return [...byName.values()].flatMap((ofOne) => {
    if (ofOne.length <= tenantsMax) return ofOne;
    const weight = (book: BookResult): number => book.dead + book.held + book.quarantined;
    const sorted = ofOne.toSorted((a, b) => weight(b) - weight(a) || b.waiting - a.waiting || b.received - a.received);
    return [...sorted.slice(0, tenantsMax - 1), sorted.slice(tenantsMax - 1).reduce(together)];
  });
}

function together(one: BookResult, other: BookResult): BookResult {
  const counts = Object.fromEntries(bookCounts.map((count) => [count, one[count] + other[count]] as const));
  return { ...one, ...counts, tenant: others, balanced: one.balanced && other.balanced };
}

/** So many kinds of refusals have a line of their own: those that came first, so that no line ever goes down. */
const refusalsMax = 200;

function refusedBySource(refused: readonly RefusalRow[]): readonly Sample[] {
  const groups = Map.groupBy(refused, ({ source, reason }) => JSON.stringify([source, reason]));
  const kinds = [...groups.values()].map((rows) => {
    const { source = "", reason = "" } = rows[0] ?? {};
    const firstAtMs = Math.min(...rows.map((row) => row.firstAtMs));
    return { source, reason: reason.slice(0, 200), firstAtMs, count: sum(rows.map(({ count }) => count)) };
  });
  kinds.sort(
    (a, b) => a.firstAtMs - b.firstAtMs || a.source.localeCompare(b.source) || a.reason.localeCompare(b.reason),
  );
  const own = kinds.slice(0, refusalsMax);
  const rest = kinds.slice(refusalsMax);
  if (rest.length > 0)
    own.push({ source: others, reason: others, firstAtMs: 0, count: sum(rest.map(({ count }) => count)) });
  return own.map(({ source, reason, count }) => ["", { source, reason }, count]);
}

/** Rules, severities and states are closed sets. */
function alertSamples(alerts: LedgerFacts["alerts"]): readonly Sample[] {
  const groups = Map.groupBy(alerts, ({ rule, severity, state }) => JSON.stringify([rule, severity, state]));
  return [...groups].map(([key, { length }]) => {
    const [rule = "", severity = "", state = ""] = JSON.parse(key) as string[];
    return ["", { rule, severity, state }, length];
  });
}

interface Accounts {
  readonly system: string;
  readonly accounts: readonly SystemState[];
}

/** All accounts of one system together. */
function bySystem(systems: readonly SystemState[]): readonly Accounts[] {
  return [...Map.groupBy(systems, ({ name }) => name)].map(([system, accounts]) => ({ system, accounts }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function labels({ name, tenant }: BookResult): Labels {
  return { integration: name, tenant: tenant ?? "" };
}
