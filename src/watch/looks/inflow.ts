import type { Overview } from "../../ledger/ledger.ts";
import type { Inflow } from "../rules/observation.ts";
import { Counts } from "./counts.ts";

/** How much came in lately, and how much of it broke its contract, by what the counters were before. */
export function watchInflow(): (seen: Overview, nowMs: number) => readonly Inflow[] {
  const counts = new Counts();
  let isFirst = true;
  return ({ books, inbox }, nowMs) => {
    const seen = books.map(({ integration, tenant, received, duplicate }) => {
      const name = `${integration}\n${tenant}`;
      const broken = inbox
        .filter((one) => one.state === "quarantined" && one.integration === integration && one.tenant === tenant)
        .reduce((sum, { count }) => sum + count, 0);
      const now = [received - duplicate, broken] as const;
      // A book that is opened while this process looks is new whole.
      if (counts.at(name, nowMs) === undefined) counts.note(name, nowMs, isFirst ? now : [0, 0]);
      const before = (ms: number): readonly number[] => counts.at(name, ms) ?? now;
      const since: Inflow["since"] = (ms) => {
        const [came = 0, wasBroken = 0] = before(ms);
        return { received: now[0] - came, quarantined: Math.max(0, broken - wasBroken) };
      };
      counts.note(name, nowMs, now);
      return { integration, tenant, since };
    });
    isFirst = false;
    return seen;
  };
}
