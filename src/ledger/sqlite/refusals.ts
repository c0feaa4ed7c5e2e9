import { otherReasons, refusalRow, refusalsMax, shortReason, shortSample } from "../desk/refusals.ts";
import type { Refusal, RefusalRow } from "../ledger.ts";
import type { SqliteDesk } from "./sqlite-desk.ts";

/** Counts what never became a record, and keeps the newest sample of each reason. */
export function refusing(desk: SqliteDesk): (refusals: readonly Refusal[]) => void {
  const { prepare, books } = desk;
  const upsert = prepare(
    `insert into refusals (source, tenant, reason, count, first_at, last_at, sample) values (?1, ?2, ?3, ?6, ?4, ?4, ?5)
     on conflict do update set count = count + excluded.count, last_at = max(last_at, excluded.last_at), sample = excluded.sample`,
  );
  const known = prepare("select 1 from refusals where source = ? and tenant = ? and reason = ?");
  const groups = prepare("select count(*) from refusals where source = ?");

  return (refusals) => {
    for (const { source, integrations, tenant, reason, atMs, sample, count = 1 } of refusals) {
      const shortened = shortReason(reason);
      const grows = known.get(source, tenant, shortened) === undefined;
      const folded = grows && (groups.get(source)?.[0] as number) >= refusalsMax ? otherReasons : shortened;
      upsert.run(source, tenant, folded, atMs, shortSample(sample), count);
      for (const integration of integrations) books.count(books.open(integration, tenant), "refused", count);
    }
  };
}

export function readingRefusals(prepare: SqliteDesk["prepare"]): (source: string | undefined) => readonly RefusalRow[] {
  const select = prepare(
    `select source, reason, count, first_at, last_at, sample, tenant from refusals
     where ?1 is null or source = ?1 order by last_at desc, source, reason, tenant`,
  );
  return (source) => select.all(source ?? null).map(refusalRow);
}
