import type { Format } from "./exposition.ts";

/**
 * Which form a collector asks for: the one that its `Accept` weighs most (RFC 9110, 12.5.1), and text where it does not care.
 *
 * @example negotiated("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"); // "openmetrics"
 */
export function negotiated(accept: string | null | undefined): Format {
  const ranges = (accept ?? "").toLowerCase().split(",", rangesMax).map(rangeOf);
  const weight = (fits: (range: Range) => boolean): number =>
    Math.max(0, ...ranges.filter(fits).map(({ quality }) => quality));
  const openmetrics = weight(({ type, version }) => type === "application/openmetrics-text" && version !== "0.0.1");
  const text = weight(({ type }) => type === "text/plain");
  return openmetrics > 0 && openmetrics >= text ? "openmetrics" : "text";
}

/** Nobody has more to say than this. */
const rangesMax = 20;

interface Range {
  readonly type: string;
  readonly version: string | undefined;
  readonly quality: number;
}

function rangeOf(text: string): Range {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim());
  const named = new Map(parameters.map((one) => [one.split("=", 1)[0] ?? "", one.slice(one.indexOf("=") + 1)]));
  const quality = Number(named.get("q") ?? 1);
  const within = quality >= 0 && quality <= 1;
  return { type, version: named.get("version"), quality: within ? quality : 0 };
}
