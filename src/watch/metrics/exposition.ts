import type { Family } from "./family.ts";
import type { Labels } from "./labels.ts";

// A scrape in the two forms that collectors ask for. They differ in little, and in exactly that a collector refuses the whole scrape: OpenMetrics takes
// `_total` from a counter's name and gives it to its samples, names units, says when a series began, writes bounds as floats, and ends with a mark, so that
// half an answer is not taken for a whole one.

export type Format = "text" | "openmetrics";

/** What a scrape is answered as. */
export const contentTypes: Readonly<Record<Format, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/**
 * Families as Prometheus's text (https://prometheus.io/docs/instrumenting/exposition_formats/) or as OpenMetrics 1.0
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/). One
 * without a series is named too: whoever looks for it learns that it exists.
 *
 * @example exposition([{ name: "waybill_owner", type: "gauge", help: "1 when …", samples: [["", {}, 1]] }], "text");
 */
export function exposition(families: Iterable<Family>, format: Format): string {
  let text = "";
  for (const family of families) text += format === "text" ? plain(family) : open(family);
  return format === "text" ? text : `${text}# EOF\n`;
}

function plain({ name, type, help, samples }: Family): string {
  let lines = "";
  for (const [suffix, labels, value] of samples)
    if (suffix !== "_created") lines += `${name}${suffix}${labelText(labels, String)} ${valueText(value)}\n`;
  return `# HELP ${name} ${escaped(help, false)}\n# TYPE ${name} ${type === "info" ? "gauge" : type}\n${lines}`;
}

function open({ name, type, help, samples }: Family): string {
  const base = name.replace(ownSuffix[type], "");
  let lines = "";
  for (const [suffix, labels, value] of samples) {
    const sampleName = suffix === "_created" ? `${base}_created` : `${name}${suffix}`;
    lines += `${sampleName}${labelText(labels, floatText)} ${valueText(value)}\n`;
  }
  const unit = /_(seconds|bytes)$/.exec(base)?.[1];
  const unitLine = unit === undefined ? "" : `# UNIT ${base} ${unit}\n`;
  return `# TYPE ${base} ${type}\n${unitLine}# HELP ${base} ${escaped(help, true)}\n${lines}`;
}

/** What belongs to a type's samples and not to the name of the family. */
const ownSuffix = { counter: /_total$/, info: /_info$/, gauge: /^$/, histogram: /^$/, summary: /^$/ } as const;

/** The bound of a bucket is a number that is written as text; all other labels stay as they are. */
function labelText(labels: Labels, bound: (text: string) => string): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(name === "le" ? bound(value) : value, true)}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function floatText(text: string): string {
  return /^\d+$/.test(text) ? `${text}.0` : text;
}

/** A lone surrogate is no UTF-8, and one bad label would cost the whole scrape. */
function escaped(text: string, quotes: boolean): string {
  const lines = text.toWellFormed().replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return quotes ? lines.replaceAll('"', '\\"') : lines;
}

function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
