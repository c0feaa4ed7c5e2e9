import type { Cause, State } from "../../model/record.ts";
import { numberAt, recordId, recordNumber } from "../desk/numbers.ts";
import { type CohortGroup, type CohortPage, type CohortStep, twoDigits } from "../ledger.ts";
import { ofUsers } from "./books.ts";
import { cell, type Prepare, value } from "./cells.ts";

interface Counted extends Omit<CohortGroup, "took" | "count" | "newest" | "reason"> {
  count: number;
  newest: number;
  readonly took: Map<number, number>;
}

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
    order by r.record limit ?6`);
  const delivering = prepare("select 1 from due where delivering = 1 and head = ?");
  const reason = prepare("select reason from records where record = ?");

  return ({ fromMs, untilMs, slotMs, integration, tenant, after, limit }) => {
    const first = Math.max(numberAt(fromMs) - 1, after === undefined ? 0 : recordNumber(after));
    const rows = select.all(first, numberAt(untilMs), fromMs, cell(integration), cell(tenant), limit);
    const groups = new Map<string, Counted>();
    for (const [record, book, name, whose, rowState, cause, receivedAtMs, settledAtMs] of rows as [
      number,
      number,
      string,
      string,
      State,
      Cause | null,
      number,
      number | null,
    ][]) {
      const state = rowState === "waiting" && delivering.get(record) !== undefined ? "delivering" : rowState;
      const slot = Math.floor((Math.min(receivedAtMs, untilMs - 1) - fromMs) / slotMs);
      const key = `${book} ${slot} ${state} ${cause}`;
      let group = groups.get(key);
      if (group === undefined) {
        const of = { integration: name, tenant: whose, slot, state, cause: value<Cause>(cause) };
        group = { ...of, count: 0, newest: record, took: new Map() };
        groups.set(key, group);
      }
      group.count++;
      group.newest = record;
      if (state === "delivered") {
        const ms = twoDigits((settledAtMs ?? receivedAtMs) - receivedAtMs);
        group.took.set(ms, (group.took.get(ms) ?? 0) + 1);
      }
    }
    return {
      groups: [...groups.values()].map(({ took, newest, ...group }) => ({
        ...group,
        took: [...took],
        newest: recordId(newest),
        reason: group.state === "delivered" ? undefined : value<string>(reason.get(newest)?.[0]),
      })),
      next: rows.length === limit ? recordId(rows.at(-1)?.[0] as number) : undefined,
    };
  };
}
