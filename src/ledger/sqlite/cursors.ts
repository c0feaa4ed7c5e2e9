import type { CursorMove } from "../ledger.ts";
import { type Prepare, value } from "./cells.ts";

/** How far each poll source has been read. */
export interface Cursors {
  now(source: string): string | undefined;
  set(source: string, cursor: string, atMs: number): void;
  /** By compare-and-set, unless forced. */
  move(move: CursorMove & { readonly force: boolean }): boolean;
}

export function keepCursors(prepare: Prepare): Cursors {
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
    move({ source, from, to, atMs, force }) {
      if (!force && now(source) !== from) return false;
      set(source, to, atMs);
      return true;
    },
  };
}
