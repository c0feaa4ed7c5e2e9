import { promiseNames } from "./night/promises.ts";
import type { Nights } from "./nights.ts";

/** One promise, and whether it was kept in every night. */
export interface RehearsedPromise {
  readonly name: string;
  readonly held: boolean;
  /** How many records it was looked at for. */
  readonly checked: number;
}

/** How a promise was broken. */
export interface RehearsalFailure {
  readonly promise: string;
  readonly night: number;
  /** Rehearses this night alone. */
  readonly seed: number;
  /** What happened, line by line: the shortest night that was found in which it still does. */
  readonly story: readonly string[];
}

/** The report card of a rehearsal. */
export interface RehearsalReport {
  /** Every promise was kept, and the run means something. */
  readonly ok: boolean;
  /** The run means nothing: nearly all calls failed, or something ruled it that no rehearsal rules. */
  readonly void: boolean;
  readonly nights: number;
  readonly seed: number;
  readonly records: number;
  /** The hash of the whole history: equal for equal seeds. */
  readonly history: string;
  readonly promises: readonly RehearsedPromise[];
  readonly failures: readonly RehearsalFailure[];
  /** What the definitions declare and no night came to, or no simulation can judge. */
  readonly notExercised: readonly string[];
  /** What happened how often: `fault reset-after`, `outcome in-doubt`, `state delivered`, `exchange 429`, `refused unreadable` and the others. */
  readonly seen: Readonly<Record<string, number>>;
  /** All of this in a few lines for people. */
  readonly summary: string;
}

export interface Rehearsed {
  readonly integration: string;
  readonly nights: Nights;
  readonly notExercised: readonly string[];
}

/** Where fewer of all calls were answered well, whatever was kept was kept by doing nothing. */
const answeredMin = 0.1;

/** Why the nights of an integration mean nothing. */
function voidBecause({ nights }: Rehearsed): string[] {
  const { exchanges, answered, delivered, records, seen, voidBecause: found } = nights;
  const reasons = [...found];
  if (exchanges > 0 && answered < exchanges * answeredMin)
    reasons.push(`only ${answered} of ${exchanges} calls were answered well`);
  if (records > 0 && delivered === 0) {
    const filtered = seen.get("state filtered") ?? 0;
    reasons.push(
      `no record was delivered${filtered > records / 2 ? `: ${filtered} of ${records} were refused by accept. Give samples that it takes: from, --from FILE` : ""}`,
    );
  }
  return reasons;
}

export function reportOf(
  all: readonly Rehearsed[],
  asked: { readonly nights: number; readonly seed: number; readonly checked: boolean },
): RehearsalReport {
  const records = all.reduce((sum, { nights }) => sum + nights.records, 0);
  const failures = all.flatMap(({ nights }) => nights.failures);
  const reasons = all.flatMap((one) => voidBecause(one).map((why) => `${one.integration}: ${why}`));
  const broken = new Set<string>(failures.map(({ promise }) => promise));
  const ok = failures.length === 0 && reasons.length === 0;
  return {
    ok,
    void: reasons.length > 0,
    nights: asked.nights,
    seed: asked.seed,
    records,
    history: all.map(({ nights }) => nights.history).join("-"),
    promises: promiseNames
      .filter((name) => asked.checked || name !== "your own check holds")
      .filter((name) => name !== "what the source showed is not lost" || all.some(({ nights }) => nights.read))
      .map((name) => ({ name, held: !broken.has(name), checked: records })),
    failures,
    notExercised: all.flatMap(({ notExercised }) => notExercised),
    seen: seenIn(all),
    summary: [
      ...all.map((one) => summaryOf(one, asked)),
      ...reasons.map((why) => `The rehearsal is void: ${why}`),
      ...all.flatMap(({ notExercised }) => notExercised.map((what) => `Not exercised: ${what}`)),
    ].join("\n"),
  };
}

function seenIn(all: readonly Rehearsed[]): Readonly<Record<string, number>> {
  const sum = new Map<string, number>();
  for (const { nights } of all) for (const [what, times] of nights.seen) sum.set(what, (sum.get(what) ?? 0) + times);
  return Object.fromEntries([...sum].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function summaryOf(
  { integration, nights }: Rehearsed,
  { nights: count, seed }: { readonly nights: number; readonly seed: number },
): string {
  const { records, delivered, failures } = nights;
  const held = `${integration}: ${count.toLocaleString("en")} nights (seed ${seed}), ${records.toLocaleString("en")} records, ${delivered.toLocaleString("en")} delivered`;
  if (failures.length === 0) return `${held}. Every promise was kept.`;
  const stories = failures.flatMap(({ promise, night, seed: own, story }) => [
    "",
    `Broken in night ${night}: ${promise}.`,
    ...story.map((line) => `  ${line}`),
    `  See it again: npx waybill rehearse ${integration} --nights 1 --seed ${own}`,
  ]);
  return [
    `${held}. ${failures.length === 1 ? "A promise was" : `${failures.length} promises were`} broken.`,
    ...stories,
  ].join("\n");
}
