import { Cohorts } from "../desk/cohorts.ts";
import { numberAt, recordNumber } from "../desk/numbers.ts";
import type { CohortPage, CohortStep } from "../ledger.ts";
import { ofUsers } from "./books.ts";
import { cell, type Prepare } from "./cells.ts";

/**
 * Counts what came in a stretch of time by what it is now. Records are numbered as they come, so the stretch is a range of the table's own key; one step
 * looks at so many of them and no more, so that nothing stands open for long.
 */
export function countingCohorts(prepare: Prepare): (step: CohortStep) => CohortPage {
  const select = prepare(`
    select r.record, r.book, b.integration, b.tenant, r.state, r.cause, r.received_at, r.settled_at
    from records r join books b on b.book = r.book
    where r.record > ?1 and r.record < ?2 and r.received_at >= ?3 and ${ofUsers}
      and (?4 is null or b.integration = ?4) and (?5 is null or b.tenant = ?5)
    order by r.record limit ?6 + 0`);
  const delivering = prepare("select 1 from due where delivering = 1 and head = ?");
  const reason = prepare("select reason from records where record = ?");

  return (step) => {
    const { fromMs, untilMs, integration, tenant, after, limit } = step;
    const first = Math.max(numberAt(fromMs) - 1, after === undefined ? 0 : recordNumber(after));
    const cohorts = new Cohorts(step);
    for (const row of select.all(first, numberAt(untilMs), fromMs, cell(integration), cell(tenant), limit))
      cohorts.add(row, row[4] === "waiting" && delivering.get(row[0] as number) !== undefined);
    return cohorts.page((record) => reason.get(record)?.[0]);
  };
}
