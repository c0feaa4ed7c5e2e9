import { Fetching, type Known } from "./fetch.ts";
import { flush } from "./flush.ts";
import type { Line, Sql } from "./line.ts";
import { isAlive, type LeftBehind } from "./membership.ts";
import { Page } from "./page.ts";
import { type Drawing, layDesk } from "./postgres-desk.ts";
import { NotFetched, Wants } from "./shelf.ts";

/** So many records go back in one transaction. */
const step = 500;

/** What was in the hands of one that is gone goes back, due at once; not what somebody has put back already. Answers what is left to do. */
export function recovering(options: {
  readonly line: Line;
  readonly drawing: Drawing;
  readonly known: Known;
  /** The number of this process, for what it counts. */
  readonly worker: number;
  /** The number under which it works now. */
  readonly me: () => number | undefined;
}): (nowMs: number, left: readonly LeftBehind[]) => Promise<readonly LeftBehind[]> {
  const { line, drawing, known, worker, me } = options;

  async function some(sql: Sql, nowMs: number, left: readonly LeftBehind[]): Promise<void> {
    const alive = me();
    if (alive === undefined || !(await isAlive(sql, alive))) return;
    const page = new Page();
    const fetching = new Fetching(sql, page, known);
    let wants = new Wants();
    for (const { keyHash, record } of left) {
      wants.add("due", keyHash);
      wants.add("queued", keyHash);
      wants.add("record", record);
    }
    for (;;) {
      await fetching.fetch(wants);
      page.reset();
      try {
        putBack(page, drawing, left, nowMs);
        flush(sql, page, worker);
        return;
      } catch (missing) {
        if (!(missing instanceof NotFetched)) throw missing;
        wants = new Wants();
        wants.add(missing.kind, missing.key);
      }
    }
  }

  return async (nowMs, left) => {
    const now = left.slice(0, step);
    if (now.length > 0) await line.transaction((sql) => some(sql, nowMs, now));
    return left.slice(step);
  };
}

function putBack(page: Page, drawing: Drawing, left: readonly LeftBehind[], nowMs: number): void {
  const { due, timeline } = layDesk(page, drawing);
  for (const { keyHash, record, recovered } of left) {
    const row = due.of(keyHash);
    const held = page.record(record);
    if (row?.delivering !== true || row.head !== record || held?.recovered !== recovered) continue;
    page.setRecord({ ...held, recovered: recovered + 1, touched: true, revision: held.revision + 1 });
    due.later(row, nowMs, nowMs);
    timeline.add(record, [{ atMs: nowMs, what: "recovered", actor: undefined, detail: undefined }]);
  }
}
