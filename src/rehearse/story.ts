import type { Plan } from "./night/plan.ts";
import type { Broken } from "./night/promises.ts";
import { timeText } from "./night/time-text.ts";

// What happened, in order and in plain words: all that is about the record of which a promise was broken, and all that is about everybody.

export interface Told {
  readonly atMs: number;
  readonly what: string;
  readonly record: string | undefined;
}

/** Where the code asked for an effect. */
export interface Place {
  readonly record: string;
  readonly effect: string;
  /** `integrations/orders.ts:26` */
  readonly line: string;
}

const linesMax = 60;

export function storyOf(
  plan: Plan,
  broken: Broken,
  { told, places }: { readonly told: readonly Told[]; readonly places: readonly Place[] },
): readonly string[] {
  const about = together(
    told.filter(
      ({ record }) => broken.record === undefined || [undefined, broken.record, broken.besides].includes(record),
    ),
  );
  const shown = about.length <= linesMax ? about : [...about.slice(0, linesMax / 2), ...about.slice(-linesMax / 2)];
  const left = about.length - shown.length;
  const lines = shown.map(
    ({ atMs, what, times }) => `${timeText(atMs)}  ${what}${times > 1 ? ` (${times} times)` : ""}`,
  );
  if (left > 0) lines.splice(linesMax / 2, 0, `… ${left} more`);
  const faults = [...plan.mix.keys()].join(", ");
  return [
    `A night with ${faults === "" ? "no fault at all" : faults}:`,
    ...lines,
    `So: ${broken.what.replace(/\.$/, "")}.`,
    ...whereOf(broken, places),
  ].map((line) => line.replace(/\s*\n\s*/g, " "));
}

/** The line of the definition that asked for what it is about; of a record that it is about, the last that asked for anything. */
function whereOf({ record, effect }: Broken, places: readonly Place[]): readonly string[] {
  const last = places.findLast((one) => one.record === record && (effect === undefined || one.effect === effect));
  return last === undefined
    ? []
    : [`The code ${effect === undefined ? "last asked" : "asks"} for "${last.effect}" in ${last.line}.`];
}

/** What happened again and again, with nothing between, is told once. */
function together(told: readonly Told[]): readonly (Told & { readonly times: number })[] {
  const lines: (Told & { times: number })[] = [];
  for (const one of told) {
    const last = lines.at(-1);
    if (last?.what === one.what) last.times += 1;
    else lines.push({ ...one, times: 1 });
  }
  return lines;
}
