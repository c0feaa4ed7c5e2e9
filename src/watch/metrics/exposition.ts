import type { Family } from "./family.ts";
import type { Labels } from "./labels.ts";

/** What a scrape is answered as. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Families in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/). One without a series is left out.
 *
 * @example exposition([{ name: "waybill_owner", type: "gauge", help: "1 when …", samples: [["", {}, 1]] }]);
 */
export function exposition(families: Iterable<Family>): string {
  let text = "";
  for (const { name, type, help, samples } of families) {
    let lines = "";
    for (const [suffix, labels, value] of samples)
      lines += `${name}${suffix}${labelText(labels)} ${valueText(value)}\n`;
    if (lines !== "") text += `# HELP ${name} ${helpText(help)}\n# TYPE ${name} ${type}\n${lines}`;
  }
  return text;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(text: string): string {
  // A lone surrogate is no UTF-8, and one bad label would cost the whole scrape.
  return text.toWellFormed().replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function helpText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
