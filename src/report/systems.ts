import type { HistoryRow } from "../ledger/ledger.ts";
import { durationText } from "../model/duration.ts";
import { outcomeNames } from "../model/outcome.ts";
import { addAll, type Tally, tallyOf } from "../watch/history/tally.ts";
import { quantile } from "./flow.ts";
import { isBefore, isWithin, type Period } from "./period.ts";
import type { SystemFlow, SystemLine } from "./report.ts";

const well: ReadonlySet<string> = new Set(["done", "pending"]);

/** Every system that was called or kept away from, the one that held up the most first. */
export function systemLines(hours: readonly HistoryRow[], period: Period, knowsBefore: boolean): readonly SystemLine[] {
  const now = tallies(hours.filter(isWithin(period)));
  const before = tallies(hours.filter(isBefore(period)));
  return [...now]
    .map(([system, tally]): SystemLine => {
      const flow = flowOf(tally);
      const was = before.get(system);
      return {
        system,
        now: flow,
        before: was === undefined || !knowsBefore ? null : flowOf(was),
        limitedUs: limitedUs(flow),
      };
    })
    .toSorted((one, other) => heldUp(other.now) - heldUp(one.now) || other.now.calls - one.now.calls);
}

function tallies(hours: readonly HistoryRow[]): Map<string, Tally> {
  const found = new Map<string, Tally>();
  for (const { kind, name, state } of hours)
    if (kind === "system") found.set(name, addAll(found.get(name) ?? new Map(), tallyOf(state)));
  return found;
}

/** What the counts of one system come to. */
export function flowOf(tally: Tally): SystemFlow {
  const of = (name: string): number => tally.get(name) ?? 0;
  const times = new Map(
    [...tally].flatMap(([name, count]) => (name.startsWith("took:") ? [[Number(name.slice(5)), count] as const] : [])),
  );
  const calls = outcomeNames.reduce((sum, name) => sum + of(name), 0);
  return {
    calls,
    failed: outcomeNames.filter((name) => !well.has(name)).reduce((sum, name) => sum + of(name), 0),
    limited: of("limited"),
    putOff: of("deferred"),
    stops: of("stops"),
    stoppedMs: of("stoppedMs"),
    openings: of("opened"),
    openMs: of("openMs"),
    unauthorizedMs: of("unauthorizedMs"),
    medianMs: quantile(times, 0.5) ?? null,
    p95Ms: quantile(times, 0.95) ?? null,
  };
}

/** By how long it was kept away from; a call that was put off counts as a second. */
const heldUp = ({ stoppedMs, openMs, unauthorizedMs, putOff, limited }: SystemFlow): number =>
  stoppedMs + openMs + unauthorizedMs + (putOff + limited) * 1_000;

function limitedUs(flow: SystemFlow): string | null {
  const { stops, stoppedMs, openings, openMs, unauthorizedMs, putOff, limited } = flow;
  const times = (count: number): string => (count === 1 ? "once" : count === 2 ? "twice" : `${count} times`);
  const parts = [
    limited === 0 ? undefined : `it said ${times(limited)} that it is asked too much`,
    stops === 0 && stoppedMs === 0
      ? undefined
      : `it asked ${times(stops)} to be left alone, for ${durationText(stoppedMs)} in all`,
    openings === 0 && openMs === 0
      ? undefined
      : `it failed so often that it was left alone ${times(openings)}, for ${durationText(openMs)} in all`,
    unauthorizedMs === 0 ? undefined : `it did not let us in for ${durationText(unauthorizedMs)}`,
    putOff === 0 ? undefined : `${putOff.toLocaleString("en")} ${putOff === 1 ? "call was" : "calls were"} put off`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? null : parts.join("; ");
}
