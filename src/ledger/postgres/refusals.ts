import { otherReasons, refusalRow, refusalsMax, shortReason, shortSample } from "../desk/refusals.ts";
import type { Refusal } from "../ledger.ts";
import { countBooks, openBooks } from "./books.ts";
import type { Sql } from "./line.ts";
import { type Other, reads, writes } from "./other.ts";

interface Group {
  readonly source: string;
  readonly tenant: string;
  readonly reason: string;
  count: number;
  readonly firstAtMs: number;
  lastAtMs: number;
  sample: string;
}

const keyOf = (...parts: readonly unknown[]): string => JSON.stringify(parts);

const upsert = `
  insert into waybill.refusals as r (source, tenant, reason, count, first_at, last_at, sample)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[])
  on conflict (source, tenant, reason) do update set count = r.count + excluded.count,
    last_at = greatest(r.last_at, excluded.last_at), sample = excluded.sample`;

/** Counts what never became a record, and keeps the newest sample of each reason. */
export const refuse: Other<"refuse"> = writes(async (sql, refusals, here) => {
  const groups = [...(await grouped(sql, refusals)).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one);
  if (groups.length > 0) {
    const column = <Name extends keyof Group>(name: Name): Group[Name][] => groups.map((one) => one[name]);
    const times = [column("firstAtMs"), column("lastAtMs")] as const;
    sql.send(upsert, column("source"), column("tenant"), column("reason"), column("count"), ...times, column("sample"));
  }
  await countRefused(sql, refusals, here.worker);
  return undefined;
});

/** By source, tenant and reason; what is one reason too many joins the others. */
async function grouped(sql: Sql, refusals: readonly Refusal[]): Promise<Map<string, Group>> {
  const sources = [...new Set(refusals.map(({ source }) => source))];
  const [known, counts] = await Promise.all([
    sql.rows(
      `select source, tenant, reason from waybill.refusals join unnest($1::text[], $2::text[], $3::text[]) as given (source, tenant, reason)
       using (source, tenant, reason)`,
      refusals.map(({ source }) => source),
      refusals.map(({ tenant }) => tenant),
      refusals.map(({ reason }) => shortReason(reason)),
    ),
    sql.rows("select source, count(*) from waybill.refusals where source = any($1) group by source", sources),
  ]);
  const there = new Set(known.map((row) => keyOf(...row)));
  const of = new Map(counts.map(([source, count]) => [source as string, count as number]));
  const groups = new Map<string, Group>();
  for (const { source, tenant, reason: whole, atMs, sample, count = 1 } of refusals) {
    const shortened = shortReason(whole);
    const grows = !there.has(keyOf(source, tenant, shortened));
    const reason = grows && (of.get(source) ?? 0) >= refusalsMax ? otherReasons : shortened;
    const key = keyOf(source, tenant, reason);
    if (!there.has(key)) of.set(source, (of.get(source) ?? 0) + 1);
    there.add(key);
    const group = groups.get(key) ?? { source, tenant, reason, count: 0, firstAtMs: atMs, lastAtMs: atMs, sample };
    groups.set(key, group);
    group.count += count;
    group.lastAtMs = Math.max(group.lastAtMs, atMs);
    group.sample = shortSample(sample);
  }
  return groups;
}

async function countRefused(sql: Sql, refusals: readonly Refusal[], worker: number): Promise<void> {
  const names = refusals.flatMap(({ integrations, tenant, count = 1 }) =>
    integrations.map((integration) => ({ integration, tenant, count })),
  );
  const books = await openBooks(sql, names);
  const refused = new Map<number, number>();
  books.forEach((book, at) => void refused.set(book, (refused.get(book) ?? 0) + (names[at]?.count ?? 0)));
  countBooks(
    sql,
    worker,
    [...refused].map(([book, count]) => ({ book, refused: count })),
  );
}

export const refusals: Other<"refusals"> = reads(async (sql, source) =>
  (
    await sql.rows(
      `select source, reason, count, first_at, last_at, sample, tenant from waybill.refusals
       where $1::text is null or source = $1 order by last_at desc, source, reason, tenant`,
      source,
    )
  ).map(refusalRow),
);
