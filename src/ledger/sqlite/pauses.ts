import type { Pauses } from "../desk/keepers.ts";
import { pauseOf } from "../desk/posted.ts";
import type { Pause } from "../ledger.ts";
import { cell, type Prepare } from "./cells.ts";

/** What a person has paused. A claim looks here itself, so that a pause holds from its commit on. */
export interface PauseRows extends Pauses {
  all(): readonly Pause[];
  add(pause: Pause): boolean;
  remove(pause: Pick<Pause, "kind" | "name">): boolean;
  forget(): void;
}

export function keepPauses(prepare: Prepare): PauseRows {
  const select = prepare("select kind, name, at, actor, why from pauses order by kind, name");
  const insert = prepare(
    "insert into pauses (kind, name, at, actor, why) values (?, ?, ?, ?, ?) on conflict do nothing",
  );
  const remove = prepare("delete from pauses where kind = ? and name = ?");
  let paused: { readonly integrations: ReadonlySet<string>; readonly tenants: ReadonlySet<string> } | undefined;

  const all: PauseRows["all"] = () => select.all().map(pauseOf);
  const forget = (): void => {
    paused = undefined;
  };
  const named = (kind: Pause["kind"]): ReadonlySet<string> =>
    new Set(
      all()
        .filter((one) => one.kind === kind)
        .map(({ name }) => name),
    );
  return {
    all,
    forget,
    holds(integration, tenant) {
      paused ??= { integrations: named("integration"), tenants: named("tenant") };
      return paused.integrations.has(integration) || (tenant !== "" && paused.tenants.has(tenant));
    },
    add({ kind, name, atMs, actor, why }) {
      forget();
      return insert.run(kind, name, atMs, actor, cell(why)) === 1;
    },
    remove({ kind, name }) {
      forget();
      return remove.run(kind, name) === 1;
    },
  };
}
