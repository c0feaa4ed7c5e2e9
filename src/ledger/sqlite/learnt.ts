import type { Learnt, Tally } from "../ledger.ts";
import type { Prepare } from "./cells.ts";

/** What the watch has learnt, and what it learns from. */
export interface LearntRows {
  all(integration: string | undefined): readonly Learnt[];
  keep(rows: readonly Learnt[]): void;
  tallies(): readonly Tally[];
}

export function keepLearnt(prepare: Prepare): LearntRows {
  const select = prepare(`
    select kind, integration, tenant, source, kept_at, state from learnt
    where ?1 is null or integration = ?1
    order by kind, integration, tenant, source`);
  const put = prepare(`
    insert into learnt (kind, integration, tenant, source, kept_at, state) values (?1, ?2, ?3, ?4, ?5, ?6)
    on conflict do update set kept_at = ?5, state = ?6`);
  const count = prepare("select integration, tenant, received - duplicate from books order by integration, tenant");
  return {
    all: (integration) =>
      select.all(integration ?? null).map((row): Learnt => {
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
    keep(rows) {
      for (const { kind, integration, tenant, source, keptAtMs, state } of rows)
        put.run(kind, integration, tenant, source, keptAtMs, state);
    },
    tallies: () =>
      count.all().map((row): Tally => {
        const [integration, tenant, fresh] = row as [string, string, number];
        return { integration, tenant, fresh };
      }),
  };
}
