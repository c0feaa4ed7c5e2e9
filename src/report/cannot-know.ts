import { durationText } from "../model/duration.ts";
import { tallyOf } from "../watch/history/tally.ts";
import type { Figures } from "./figures.ts";
import { isBefore, isWithin } from "./period.ts";
import { counted, many, minuteOf } from "./words.ts";

// What a page about the past cannot know, because nobody watched, or it is not kept, or it is younger than the question. Each is said in a sentence of
// its own, and never filled in.

const hour = 3_600_000;
const keptHistoryMs = 35 * 24 * hour;
const keptAlertsMs = 90 * 24 * hour;

/** How much of a time was watched, and what else the watch says of itself. */
export interface Watched {
  readonly share: number;
  readonly ms: number;
  readonly starts: number;
  readonly ends: number;
}

/** How much of the period, or of the time before it, was watched. */
export function watched({ hours, period }: Pick<Figures, "hours" | "period">, which: "now" | "before"): Watched {
  const { beforeMs, fromMs, untilMs } = period;
  const lengthMs = which === "now" ? untilMs - fromMs : fromMs - beforeMs;
  const rows = hours
    .filter(({ kind }) => kind === "watch")
    .filter(which === "now" ? isWithin(period) : isBefore(period));
  const sum = (name: string): number => rows.reduce((total, { state }) => total + (tallyOf(state).get(name) ?? 0), 0);
  const ms = Math.min(lengthMs, sum("ms"));
  return { share: ms / lengthMs, ms, starts: sum("starts"), ends: sum("ends") };
}

/** Whether anybody watched at all: without that, what only watching knows is not nothing, but not known. */
export function wasWatched(figures: Pick<Figures, "hours" | "period">): boolean {
  const { ms, starts } = watched(figures, "now");
  return ms > 0 || starts > 0;
}

/** When this ledger begins, as far as anything in it tells; undefined for an empty one. */
export function beginsAtMs({
  hours,
  oldestRecordMs,
  books,
  nowMs,
}: Pick<Figures, "hours" | "oldestRecordMs" | "books" | "nowMs">): number | undefined {
  // What was pruned was there before.
  if (books.some(({ pruned }) => pruned > 0)) return Number.NEGATIVE_INFINITY;
  const [first] = hours.filter(({ kind }) => kind === "watch");
  // An hour that was watched in part was watched up to its end, or up to now.
  const watchedMs =
    first === undefined
      ? undefined
      : Math.min(nowMs, first.hourMs + hour) - Math.min(hour, tallyOf(first.state).get("ms") ?? 0);
  const all = [oldestRecordMs, watchedMs].filter((ms) => ms !== undefined);
  return all.length === 0 ? undefined : Math.min(...all);
}

/** Whether the time before the period is known well enough to compare with. */
export function knowsBefore(figures: Figures): boolean {
  const { beforeMs, fromMs } = figures.period;
  const begins = beginsAtMs(figures);
  return begins !== undefined && begins <= beforeMs + (fromMs - beforeMs) / 20;
}

/** One sentence for each thing. */
export function cannotKnow(figures: Figures): readonly string[] {
  return [
    ...young(figures),
    ...unwatched(figures),
    ...pruned(figures),
    ...restored(figures),
    ...cut(figures),
    ...unlearnt(figures),
    ...narrowed(figures),
    "What a source never showed is in no ledger: a skipped page or a webhook that was never sent is not on this page.",
  ];
}

const at = (ms: number): string => `${minuteOf(new Date(ms).toISOString())} UTC`;

function* young(figures: Figures): Iterable<string> {
  const { fromMs, untilMs } = figures.period;
  const begins = beginsAtMs(figures);
  if (begins === undefined)
    return yield "This ledger is empty: nothing is known of this time, nor of the time before it.";
  if (begins > fromMs + hour)
    return yield `This ledger begins at ${at(begins)}: of ${durationText(untilMs - fromMs)} it knows ${durationText(untilMs - begins)}, and nothing of the time before to compare with.`;
  if (!knowsBefore(figures))
    yield `This ledger begins at ${at(begins)}: it does not know all of the time before, so nothing is compared with it.`;
}

function* unwatched(figures: Figures): Iterable<string> {
  const { ms, starts, ends } = watched(figures, "now");
  const { untilMs, beforeMs, fromMs } = figures.period;
  const lengthMs = untilMs - Math.max(fromMs, beginsAtMs(figures) ?? fromMs);
  const missedMs = lengthMs - ms;
  if (!wasWatched(figures))
    return yield "Nobody watched in this time (`waybill start` was not running): calls, stops, duplicates and refusals were not counted, and silence and drift were not noticed.";
  if (missedMs > Math.max(120_000, lengthMs / 500))
    yield `Nobody watched for ${durationText(missedMs)} of it: calls and stops of that time are missing here, and silence and drift were not noticed.`;
  const killed = starts - ends - (figures.running ? 1 : 0);
  if (killed > 0)
    yield `A process ended without a word ${killed === 1 ? "once" : `${killed} times`}: the calls of its last minute are not counted.`;
  if (untilMs - beforeMs > keptHistoryMs)
    yield `Calls and refusals are kept by the hour for ${durationText(keptHistoryMs)}: what is older is missing here.`;
  else if (knowsBefore(figures) && watched(figures, "before").share < comparableShare)
    yield `Only ${Math.round(watched(figures, "before").share * 100)} % of the time before was watched, so systems are not compared with it.`;
  if (untilMs - fromMs > keptAlertsMs) yield `Alerts that are over are kept for ${durationText(keptAlertsMs)}.`;
}

/** So much of the time before has to be watched for its calls to be compared with. */
export const comparableShare = 0.9;

function* pruned({ hours, period, feeds, books, countedUntilMs }: Figures): Iterable<string> {
  if (countedUntilMs !== undefined || !books.some((book) => book.pruned > 0)) return;
  const rows = hours.filter(({ kind }) => kind === "book").filter(isWithin(period));
  const of = (state: string, name: string): number => tallyOf(state).get(name) ?? 0;
  const came = rows.reduce((sum, { state }) => sum + of(state, "received") - of(state, "duplicate"), 0);
  const there = feeds.reduce((sum, { flow }) => sum + flow.came, 0);
  if (came > there)
    yield `${many(came - there, "record")} that came in this time ${came - there === 1 ? "is" : "are"} no longer kept (\`keep.history\`) and missing here.`;
}

function* restored({ restores }: Figures): Iterable<string> {
  for (const { copiedAtMs, atMs } of restores)
    yield `This ledger was restored at ${at(atMs)} from a copy of ${at(copiedAtMs)}: what happened in between it does not know.`;
}

function* cut({ countedUntilMs, deeds }: Figures): Iterable<string> {
  if (countedUntilMs !== undefined)
    yield `More records came than one page counts: those after ${at(countedUntilMs)} are left out. Ask for a shorter time.`;
  if (deeds.more) yield "Persons did more than is listed here: `waybill show RECORD` tells what was done to one.";
}

const namesMax = 5;

function* unlearnt({ learning }: Figures): Iterable<string> {
  const days = new Map<string, number>();
  for (const one of learning) days.set(one.integration, Math.min(days.get(one.integration) ?? one.days, one.days));
  if (days.size === 0) return;
  const names = [...days].slice(0, namesMax).map(([name, count]) => `${name} (${many(count, "day")} so far)`);
  const more = days.size > namesMax ? ` and ${counted(days.size - namesMax)} more` : "";
  yield `What is usual is not learnt yet of ${names.join(", ")}${more}: after two weeks a silence or a flood there is noticed.`;
}

function* narrowed({ only }: Figures): Iterable<string> {
  if (only.integration === undefined && only.tenant === undefined) return;
  yield "Systems are shared: their calls are those of all integrations. Refusals belong to no integration, and are left out.";
}
