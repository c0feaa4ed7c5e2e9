import type { WorkerRow } from "../workers.ts";
import { value } from "./cells.ts";
import type { Sql } from "./line.ts";

const workersMax = 1_000;

const seen = `
  with hands as (
    select l.worker, count(*) as lanes, coalesce(sum(d.count), 0)::bigint as in_hand
    from waybill.lanes l left join (select lane, count(*) as count from waybill.due where delivering group by lane) d using (lane)
    where l.worker is not null group by l.worker
  )
  select w.name, w.pid, w.release, case when w.declared then 'lost' when w.ended_at is not null then 'left' else w.state end, w.joined_at, coalesce(h.lanes, 0),
    case when w.declared then w.in_hand else coalesce(h.in_hand, 0) end, w.moved_at, w.ended_at
  from waybill.workers w left join hands h using (worker)
  order by w.ended_at desc nulls first, w.joined_at, w.worker limit ${workersMax}`;

/** Those who live, then those who ended, the latest first, as long as their rows are kept. */
export async function workersSeen(sql: Sql): Promise<readonly WorkerRow[]> {
  const rows = await sql.rows(seen);
  return rows.map(([name, pid, release, state, joinedAt, lanes, inHand, movedAt, endedAt]) => ({
    name: name as string,
    pid: pid as number,
    release: release as string,
    state: state as WorkerRow["state"],
    joinedAtMs: joinedAt as number,
    lanes: lanes as number,
    inHand: inHand as number,
    movedAtMs: value<number>(movedAt),
    endedAtMs: value<number>(endedAt),
  }));
}
