import type { Learnt } from "../ledger.ts";
import { type Other, reads, writes } from "./other.ts";

/** What the watch has learnt; of one integration, or of all. */
export const learnt: Other<"learnt"> = reads(async (sql, integration) =>
  (
    await sql.rows(
      `select kind, integration, tenant, source, kept_at, state from waybill.learnt
       where $1::text is null or integration = $1 order by kind, integration, tenant, source`,
      integration,
    )
  ).map((row): Learnt => {
    const [kind, name, tenant, source, keptAtMs, state] = row as [
      Learnt["kind"],
      string,
      string,
      string,
      number,
      string,
    ];
    return { kind, integration: name, tenant, source, keptAtMs, state };
  }),
);

const put = `
  insert into waybill.learnt (kind, integration, tenant, source, kept_at, state)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
  on conflict (kind, integration, tenant, source) do update set kept_at = excluded.kept_at, state = excluded.state`;

/** Keeps what the watch has learnt, in place of what was kept under the same name. */
export const keepLearnt: Other<"keepLearnt"> = writes(async (sql, rows) => {
  const byName = new Map(rows.map((row) => [JSON.stringify([row.kind, row.integration, row.tenant, row.source]), row]));
  const last = [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  if (last.length === 0) return undefined;
  const column = <Name extends keyof Learnt>(name: Name): Learnt[Name][] => last.map((row) => row[name]);
  const names = [column("kind"), column("integration"), column("tenant"), column("source")];
  sql.send(put, ...names, column("keptAtMs"), column("state"));
  return undefined;
});
