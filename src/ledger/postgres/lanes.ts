import type { Sql } from "./line.ts";

/** In how many parts the keys are owned. */
export const laneCount = 256;

/** The lane of a key: its hash is spread evenly, so its last bits are. */
export function laneOf(keyHash: number): number {
  return keyHash % laneCount;
}

interface Me {
  readonly worker: number;
  readonly nowMs: number;
}

/** Becomes one of those who work with this ledger. */
export async function join(sql: Sql, { worker, nowMs }: Me): Promise<void> {
  await sql.run(
    `insert into waybill.workers (worker, name, role, state, joined_at, release) values ($1, '', 'worker', 'alive', $2, '')
     on conflict (worker) do nothing`,
    worker,
    nowMs,
  );
}

/** Takes the lanes that nobody alive owns. */
export async function takeLanes(sql: Sql, { worker, nowMs }: Me): Promise<ReadonlySet<number>> {
  await sql.run(
    `update waybill.lanes l set worker = $1, since = $2
     where l.worker is null or not exists (select 1 from waybill.workers w where w.worker = l.worker and w.state = 'alive')`,
    worker,
    nowMs,
  );
  const rows = await sql.rows("select lane from waybill.lanes where worker = $1", worker);
  return new Set(rows.map(([lane]) => lane as number));
}
