import { type FaultName, faultNames, faults } from "./faults.ts";
import { counts, type Trial } from "./trial.ts";

type Row = Omit<Trial, "story">;

/** What came of the trials, a line for each fault. */
export function tableOf(trials: readonly Row[]): string {
  const rows = faultNames.flatMap((name) => {
    const all = trials.filter(({ fault }) => fault === name);
    return all.length === 0 ? [] : [rowOf(name, all)];
  });
  const head = [
    "fault",
    "trials",
    "count",
    "effects unanswered",
    "lost",
    "doubled",
    "held",
    "refused late",
    "longest recovery",
    "broken",
  ];
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function rowOf(name: FaultName, all: readonly Row[]): string[] {
  const counted = all.filter(counts);
  const sum = (of: (one: Row) => number): string => String(all.reduce((sum, one) => sum + of(one), 0));
  const longest = Math.max(0, ...counted.map(({ recoveryMs }) => recoveryMs));
  return [
    faults[name].what,
    String(all.length),
    String(counted.length),
    sum(({ unanswered }) => unanswered),
    sum(({ lost }) => lost),
    sum(({ doubled }) => doubled),
    sum(({ held }) => held),
    sum(({ refused }) => refused),
    `${(longest / 1_000).toFixed(1)} s`,
    sum(({ broken }) => (broken.length > 0 ? 1 : 0)),
  ];
}
