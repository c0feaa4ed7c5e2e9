import { type BalanceResult, type BookResult, bookCounts } from "../flow/books.ts";
import type { RefusalRow } from "../ledger/ledger.ts";
import type { SystemState } from "../systems/port.ts";

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

type Labels = Readonly<Record<string, string>>;

export interface Measured {
  readonly balance: BalanceResult;
  readonly refused: readonly RefusalRow[];
  readonly systems: readonly SystemState[];
  readonly owner: boolean;
}

/** The books, the refusals and the systems in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export function metricsText({ balance, refused, systems, owner }: Measured): string {
  const books = bounded(balance.integrations);
  const text = [
    family("waybill_owner", "gauge", "1 when this process reads the sources and delivers.", [[{}, owner ? 1 : 0]]),
    family(
      "waybill_records",
      "gauge",
      "Records by the state they are in.",
      books.flatMap((book) => states.map((state) => [{ ...labels(book), state }, book[state]] as const)),
    ),
    family(
      "waybill_balanced",
      "gauge",
      "1 when every received record is accounted for.",
      books.map((book) => [labels(book), book.balanced ? 1 : 0]),
    ),
    family(
      "waybill_refusals_total",
      "counter",
      "Deliveries that never became a record, by source and reason.",
      refusedBySource(refused),
    ),
    family(
      "waybill_system_in_flight",
      "gauge",
      "Requests to a system that are under way.",
      bySystem(systems).map(({ name, inFlight }) => [{ system: name }, inFlight]),
    ),
    family(
      "waybill_system_open",
      "gauge",
      "1 while the breaker keeps calls away from a system; where each tenant has an account there, of how many.",
      bySystem(systems).map(({ name, open }) => [{ system: name }, open]),
    ),
    family(
      "waybill_system_stopped",
      "gauge",
      "1 while a system has asked to be left alone.",
      systems.map(({ name, stoppedUntil }) => [{ system: name }, stoppedUntil === null ? 0 : 1]),
    ),
    family(
      "waybill_system_latency_ms",
      "gauge",
      "How long the last answers of a system took, in milliseconds.",
      systems.flatMap(({ name, latency }) =>
        latency === null
          ? []
          : ([
              [{ system: name, quantile: "0.5" }, latency.medianMs],
              [{ system: name, quantile: "0.95" }, latency.p95Ms],
            ] as const),
      ),
    ),
  ];
  for (const [name, help] of Object.entries(counters)) {
    const values = books.map((book) => [labels(book), book[name as keyof typeof counters]] as const);
    text.push(family(`waybill_${name}_total`, "counter", help, values));
  }
  return text.join("");
}

function family(
  name: string,
  type: "gauge" | "counter",
  help: string,
  values: readonly (readonly [Labels, number])[],
): string {
  const lines = values.map(([given, value]) => `${name}${labelText(given)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

/** So many tenants of an integration have a line of their own; the rest share one, so that a scrape stays bearable whoever comes. */
const tenantsMax = 50;
const others = "(others)";

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

function refusedBySource(refused: readonly RefusalRow[]): (readonly [Labels, number])[] {
  const groups = Map.groupBy(refused, ({ source, reason }) => JSON.stringify([source, reason]));
  return [...groups.values()].map((rows) => {
    const { source = "", reason = "" } = rows[0] ?? {};
    return [{ source, reason }, rows.reduce((sum, { count }) => sum + count, 0)];
  });
}

/** All accounts of one system together. */
function bySystem(systems: readonly SystemState[]) {
  return [...Map.groupBy(systems, ({ name }) => name)].map(([name, accounts]) => ({
    name,
    inFlight: accounts.reduce((sum, { inFlight }) => sum + inFlight, 0),
    open: accounts.filter(({ breaker }) => breaker !== "closed").length,
  }));
}

function labels({ name, tenant }: BookResult): Labels {
  return { integration: name, tenant: tenant ?? "" };
}

function labelText(given: Labels): string {
  const pairs = Object.entries(given).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
