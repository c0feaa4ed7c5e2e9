import type { Stop } from "../budgets.ts";
import { stopOf } from "../desk/posted.ts";
import { cell, type Prepare } from "./cells.ts";

/** Systems that may not be called for now. */
export interface Stops {
  all(): readonly Stop[];
  /** A later stop of the same kind takes the place of the one before. */
  set(stop: Stop): boolean;
  lift(stop: Pick<Stop, "system" | "tenant" | "kind">): boolean;
}

export function keepStops(prepare: Prepare): Stops {
  const select = prepare("select system, tenant, kind, at, until, open, why from stops order by system, tenant, kind");
  const upsert = prepare(
    `insert into stops (system, tenant, kind, at, until, open, why) values (?, ?, ?, ?, ?, ?, ?)
     on conflict do update set at = excluded.at, until = excluded.until, open = excluded.open, why = excluded.why`,
  );
  const remove = prepare("delete from stops where system = ? and tenant = ? and kind = ?");
  const forgetOver = prepare("delete from stops where kind = 'told' and until <= ?");
  return {
    all: () => select.all().map(stopOf),
    set({ system, tenant, kind, atMs, untilMs, openMs, why }) {
      forgetOver.run(atMs);
      return upsert.run(system, tenant, kind, atMs, untilMs, cell(openMs), why) === 1;
    },
    lift: ({ system, tenant, kind }) => remove.run(system, tenant, kind) === 1,
  };
}
