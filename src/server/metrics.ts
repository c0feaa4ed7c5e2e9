import type { BalanceResult, BookResult } from "../flow/books.ts";
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
const counters = ["received", "duplicate", "pruned", "refused"] as const satisfies readonly (keyof BookResult)[];

/** The books and the systems in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export function metricsText(balance: BalanceResult, systems: readonly SystemState[]): string {
  const lines: string[] = [
    "# HELP waybill_records Records by the state they are in.",
    "# TYPE waybill_records gauge",
    ...balance.integrations.flatMap((book) =>
      states.map((state) => `waybill_records{${labels(book)},state="${state}"} ${book[state]}`),
    ),
  ];
  for (const name of counters) {
    lines.push(`# TYPE waybill_${name}_total counter`);
    for (const book of balance.integrations) lines.push(`waybill_${name}_total{${labels(book)}} ${book[name]}`);
  }
  lines.push("# HELP waybill_balanced 1 when every received record is accounted for.", "# TYPE waybill_balanced gauge");
  for (const book of balance.integrations) lines.push(`waybill_balanced{${labels(book)}} ${book.balanced ? 1 : 0}`);
  lines.push("# TYPE waybill_system_in_flight gauge");
  for (const { name, inFlight } of systems)
    lines.push(`waybill_system_in_flight{system="${escaped(name)}"} ${inFlight}`);
  lines.push("# HELP waybill_system_open 1 while the breaker keeps calls away.", "# TYPE waybill_system_open gauge");
  for (const { name, breaker } of systems)
    lines.push(`waybill_system_open{system="${escaped(name)}"} ${breaker === "closed" ? 0 : 1}`);
  return `${lines.join("\n")}\n`;
}

function labels({ name, tenant }: BookResult): string {
  return `integration="${escaped(name)}"${tenant === undefined ? "" : `,tenant="${escaped(tenant)}"`}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
