import type { Pause } from "../ledger.ts";
import { cell, type Prepare, value } from "./cells.ts";

/** What a person has paused. A claim looks here itself, so that a pause holds from its commit on. */
export interface Pauses {
  all(): readonly Pause[];
  /** Whether records of this integration may not be begun. */
  holds(integration: string): boolean;
  add(pause: Pause): boolean;
  remove(pause: Pick<Pause, "kind" | "name">): boolean;
  forget(): void;
}

export function keepPauses(prepare: Prepare): Pauses {
  const select = prepare("select kind, name, at, actor, why from pauses order by kind, name");
  const insert = prepare(
    "insert into pauses (kind, name, at, actor, why) values (?, ?, ?, ?, ?) on conflict do nothing",
  );
  const remove = prepare("delete from pauses where kind = ? and name = ?");
  let integrations: Set<string> | undefined;

  const all: Pauses["all"] = () =>
    select.all().map(([kind, name, at, actor, why]) => ({
      kind: kind as Pause["kind"],
      name: name as string,
      atMs: at as number,
      actor: actor as string,
      why: value<string>(why),
    }));
  const forget = (): void => {
    integrations = undefined;
  };
  return {
    all,
    forget,
    holds(integration) {
      integrations ??= new Set(
        all()
          .filter(({ kind }) => kind === "integration")
          .map(({ name }) => name),
      );
      return integrations.has(integration);
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
