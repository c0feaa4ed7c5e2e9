import { Fetching, type Known } from "./fetch.ts";
import { flush } from "./flush.ts";
import type { Line, Sql } from "./line.ts";
import { isAlive } from "./membership.ts";
import { Page } from "./page.ts";
import { type Drawing, layDesk } from "./postgres-desk.ts";
import { NotFetched, Wants } from "./shelf.ts";

/** So many records go back in one transaction. */
const step = 500;

/** What was in a worker's hands when it was lost goes back, due at once. */
export function recovering(options: {
  readonly line: Line;
  readonly drawing: Drawing;
  readonly known: Known;
  /** The number of this process, for what it counts. */
  readonly worker: number;
  /** The number under which it works now. */
  readonly me: () => number | undefined;
}): (nowMs: number, lanes: ReadonlySet<number>) => Promise<number> {
  const { line, drawing, known, worker, me } = options;

  async function some(sql: Sql, nowMs: number, lanes: ReadonlySet<number>): Promise<number> {
    const alive = me();
    if (alive === undefined || !(await isAlive(sql, alive))) return 0;
    const rows = await sql.rows(
      "select key_hash, head from waybill.due where delivering and lane = any($1::smallint[]) order by key_hash limit $2",
      [...lanes],
      step,
    );
    if (rows.length === 0) return 0;
    const page = new Page();
    const fetching = new Fetching(sql, page, known);
    let wants = new Wants();
    for (const [keyHash, head] of rows) {
      wants.add("due", keyHash as number);
      wants.add("queued", keyHash as number);
      wants.add("record", head as number);
    }
    for (;;) {
      await fetching.fetch(wants);
      page.reset();
      try {
        putBack(page, drawing, rows as [number, number][], nowMs);
        flush(sql, page, worker);
        return rows.length;
      } catch (missing) {
        if (!(missing instanceof NotFetched)) throw missing;
        wants = new Wants();
        wants.add(missing.kind, missing.key);
      }
    }
  }

  return async (nowMs, lanes) => {
    if (lanes.size === 0) return 0;
    let all = 0;
    for (;;) {
      const done = await line.transaction((sql) => some(sql, nowMs, lanes));
      all += done;
      if (done < step) return all;
    }
  };
}

function putBack(page: Page, drawing: Drawing, lost: readonly [number, number][], nowMs: number): void {
  const { due, timeline } = layDesk(page, drawing);
  for (const [keyHash, record] of lost) {
    const row = due.of(keyHash);
    const held = page.record(record);
    if (row === undefined || held === undefined) throw new Error("a due row is gone while it is read");
    page.setRecord({ ...held, recovered: held.recovered + 1, touched: true, revision: held.revision + 1 });
    due.later(row, nowMs, nowMs);
    timeline.add(record, [{ atMs: nowMs, what: "recovered", actor: undefined, detail: undefined }]);
  }
}
