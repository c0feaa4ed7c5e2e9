import type { Cursors } from "../desk/keepers.ts";
import type { Ledger } from "../ledger.ts";
import { type Prepare, value } from "./cells.ts";
import type { Journal } from "./journal.ts";

/** How far each poll source has been read, and what a person makes of that. */
export interface MovedCursors extends Cursors {
  /** By compare-and-set, unless forced. */
  move(move: Parameters<Ledger["setCursor"]>[0]): boolean;
}

export function keepCursors(prepare: Prepare, journal: Journal): MovedCursors {
  const find = prepare("select cursor from cursors where source = ?");
  const upsert = prepare(
    "insert into cursors (source, cursor, at) values (?, ?, ?) on conflict do update set cursor = excluded.cursor, at = excluded.at",
  );
  const now: Cursors["now"] = (source) => value<string>(find.get(source)?.[0]);
  const set: Cursors["set"] = (source, cursor, atMs) => {
    upsert.run(source, cursor, atMs);
  };
  return {
    now,
    set,
    move({ source, from, to, atMs, force, by }) {
      const found = now(source);
      if (!force && found !== from) return false;
      if (by !== undefined)
        journal.add({ ...by, atMs, what: "cursor-set", about: source, detail: JSON.stringify({ from: found, to }) });
      set(source, to, atMs);
      return true;
    },
  };
}
