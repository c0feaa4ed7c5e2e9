import { internalPrefix } from "../../model/internal.ts";
import type { TimelineWhat } from "../../model/timeline.ts";
import { journalEntryOf } from "../desk/posted.ts";
import { type Deeds, deedsMax, type HistoryRow, type HistoryWrite, type MovesByHand } from "../ledger.ts";
import { type Prepare, value } from "./cells.ts";

/** What only whoever watched knows, by the hour. */
export interface HistoryRows {
  between(range: { readonly fromMs: number; readonly untilMs: number }): readonly HistoryRow[];
  keep(write: HistoryWrite): boolean;
}

export function keepHistory(prepare: Prepare): HistoryRows {
  const select = prepare(`
    select hour, kind, name, tenant, about, state from history where hour >= ?1 and hour < ?2
    order by hour, kind, name, tenant, about`);
  const there = prepare(
    "select state from history where hour = ?1 and kind = ?2 and name = ?3 and tenant = ?4 and about = ?5",
  );
  const put = prepare(`
    insert into history (hour, kind, name, tenant, about, state) values (?1, ?2, ?3, ?4, ?5, ?6)
    on conflict do update set state = ?6`);
  const forget = prepare("delete from history where hour > 0 and hour < ?");
  return {
    between: ({ fromMs, untilMs }) =>
      select.all(fromMs, untilMs).map((row): HistoryRow => {
        const [hourMs, kind, name, tenant, about, state] = row as [
          number,
          HistoryRow["kind"],
          string,
          string,
          string,
          string,
        ];
        return { hourMs, kind, name, tenant, about, state };
      }),
    keep({ rows, forgetBeforeMs }) {
      for (const { hourMs, kind, name, tenant, about, before } of rows)
        if (value(there.get(hourMs, kind, name, tenant, about)?.[0]) !== before) return false;
      for (const { hourMs, kind, name, tenant, about, state } of rows)
        put.run(hourMs, kind, name, tenant, about, state);
      forget.run(forgetBeforeMs);
      return true;
    },
  };
}

/** What persons did in a stretch of time: to records, by an index of what has an actor; to the ledger as a whole, from the journal's end. */
export function readingDeeds(
  prepare: Prepare,
): (range: { readonly fromMs: number; readonly untilMs: number }) => Deeds {
  const moves = prepare(`
    select b.integration, b.tenant, t.what, t.actor, count(*), min(t.at), max(t.at), max(t.entry)
    from timeline t join records r on r.record = t.record join books b on b.book = r.book
    where t.actor is not null and t.at >= ?1 and t.at < ?2 and b.integration not glob '${internalPrefix}*'
    group by b.integration, b.tenant, t.what, t.actor order by max(t.at) desc limit ${deedsMax + 1}`);
  const detail = prepare("select detail from timeline where entry = ?");
  const journal = prepare(`
    select at, what, about, actor, why, detail from journal
    where at >= ?1 and at < ?2 order by at desc, entry desc limit ${deedsMax + 1}`);
  return ({ fromMs, untilMs }) => {
    const moved = moves.all(fromMs, untilMs);
    const entries = journal.all(fromMs, untilMs);
    return {
      moves: moved.slice(0, deedsMax).map((row): MovesByHand => {
        const [integration, tenant, what, actor, count, firstAtMs, lastAtMs, entry] = row as [
          string,
          string,
          TimelineWhat,
          string,
          number,
          number,
          number,
          number,
        ];
        const found = value<string>(detail.get(entry)?.[0]);
        return { integration, tenant, what, actor, count, firstAtMs, lastAtMs, detail: found };
      }),
      journal: entries.slice(0, deedsMax).map(journalEntryOf),
      more: moved.length > deedsMax || entries.length > deedsMax,
    };
  };
}
