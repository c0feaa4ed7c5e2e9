import { stopOf } from "../desk/posted.ts";
import type { Notice, Stop } from "../ledger.ts";
import type { Sql } from "./line.ts";

// Stops and open breakers hold for all workers, whose clocks may differ: a worker says and hears for how long, and what stands here are times of this
// server. Whoever reads them gets them by its own clock.

const serverMs = "floor(extract(epoch from clock_timestamp()) * 1000)::bigint";

/** Of what answers told, the longest holds; of a breaker, what was said last. */
export async function stop(
  sql: Sql,
  { system, tenant, kind, atMs, untilMs, openMs, why }: Omit<Extract<Notice, { post: "stop" }>, "post">,
): Promise<boolean> {
  sql.send(`delete from waybill.stops where kind = 'told' and until <= ${serverMs}`);
  const set = await sql.run(
    `insert into waybill.stops as s (system, tenant, kind, at, until, open, why)
     select $1::text, $2::text, $3::text, now, now + $4::bigint, $5::bigint, $6::text from (select ${serverMs} as now) as clock
     on conflict (system, tenant, kind) do update set at = excluded.at, open = excluded.open,
       until = case when excluded.kind = 'told' then greatest(s.until, excluded.until) else excluded.until end,
       why = case when excluded.kind = 'told' and s.until > excluded.until then s.why else excluded.why end`,
    system,
    tenant,
    kind,
    Math.max(0, Math.ceil(untilMs - atMs)),
    openMs,
    why,
  );
  return set === 1;
}

export async function lift(
  sql: Sql,
  { system, tenant, kind }: Pick<Stop, "system" | "tenant" | "kind">,
): Promise<boolean> {
  return (
    (await sql.run("delete from waybill.stops where system = $1 and tenant = $2 and kind = $3", system, tenant, kind)) >
    0
  );
}

/** One worker may find out whether a system is back, once its breaker has been open for long enough; it stays open to all others meanwhile. */
export async function probe(
  sql: Sql,
  { system, tenant, forMs, openMs, why, anyway }: Omit<Extract<Notice, { post: "probe" }>, "post">,
): Promise<boolean> {
  const claimed = await sql.run(
    `insert into waybill.stops as s (system, tenant, kind, at, until, open, why)
     select $1::text, $2::text, 'breaker', now, now + $3::bigint, $4::bigint, $5::text from (select ${serverMs} as now) as clock
     on conflict (system, tenant, kind) do update set at = excluded.at, until = excluded.until where $6::boolean or s.until <= excluded.at`,
    system,
    tenant,
    forMs,
    openMs,
    why,
    anyway,
  );
  return claimed === 1;
}

/** @param nowMs by the clock of whoever asks. */
export async function stopsNow(sql: Sql, nowMs: number): Promise<readonly Stop[]> {
  const rows = await sql.rows(
    `select system, tenant, kind, at - now + $1::bigint, until - now + $1::bigint, open, why
     from waybill.stops, (select ${serverMs} as now) as clock order by system, tenant, kind`,
    Math.floor(nowMs),
  );
  return rows.map(stopOf);
}
