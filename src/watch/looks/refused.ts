import type { RefusalRow } from "../../ledger/ledger.ts";
import type { RefusalSeen } from "../rules/observation.ts";
import { Counts } from "./counts.ts";

/** Refusals are counted for ever: what is new of them is what came since it was looked at. */
export function watchRefusals(
  integrationsOf: (source: string) => readonly string[],
): (rows: readonly RefusalRow[], nowMs: number) => readonly RefusalSeen[] {
  const counts = new Counts();
  let isFirst = true;
  return (rows, nowMs) => {
    const seen = rows.map((row): RefusalSeen => {
      const name = `${row.source}\n${row.tenant}\n${row.reason}`;
      // What appears while this process looks is new whole; what was there before it looked is not.
      if (counts.at(name, nowMs) === undefined) counts.note(name, nowMs, [isFirst ? row.count : 0]);
      const countSince = (ms: number): number => Math.max(0, row.count - (counts.at(name, ms)?.[0] ?? 0));
      counts.note(name, nowMs, [row.count]);
      return { ...row, countSince, integrations: integrationsOf(row.source) };
    });
    isFirst = false;
    return seen;
  };
}
