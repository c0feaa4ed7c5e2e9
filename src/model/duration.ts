import { WaybillError } from "./errors.ts";

export type DurationUnit = "ms" | "s" | "m" | "h" | "d";

/** A length of time as text: a number and a unit, such as `"250ms"`, `"10s"`, `"5m"`, `"24h"` or `"30d"`. */
export type Duration = `${number}${DurationUnit}`;

const msPerUnit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const satisfies Record<
  DurationUnit,
  number
>;
const form = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/**
 * A duration in milliseconds.
 *
 * @throws {WaybillError} `bad-definition` when the text is not a duration.
 * @example durationMs("1.5s") // 1500
 */
export function durationMs(duration: Duration, what = "a duration"): number {
  const match = form.exec(String(duration));
  if (match === null) {
    throw new WaybillError(
      "bad-definition",
      `${what} is ${JSON.stringify(duration)}, which is not a duration.`,
      'Write a number and a unit: "250ms", "10s", "5m", "24h" or "30d".',
    );
  }
  return Math.round(Number(match[1]) * msPerUnit[match[2] as DurationUnit]);
}

/** Milliseconds as a person would say them: `90_000` is `"1m 30s"`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .slice(0, 2)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}
