import type { TimelineWhat } from "../../model/timeline.ts";
import type { Timeline } from "../desk/keepers.ts";
import type { TimelineEntry } from "../ledger.ts";
import { cell, type Prepare, value } from "./cells.ts";

/** What failed and what persons did. The rest of a record's history is derived from its rows. */
export interface TimelineRows extends Timeline {
  of(record: number): TimelineEntry[];
}

export function keepTimeline(prepare: Prepare): TimelineRows {
  const insert = prepare("insert into timeline (record, at, what, actor, detail) values (?, ?, ?, ?, ?)");
  const find = prepare("select at, what, actor, detail from timeline where record = ? order by entry");
  return {
    add(record, entries) {
      for (const { atMs, what, actor, detail } of entries) insert.run(record, atMs, what, cell(actor), cell(detail));
    },
    of: (record) =>
      find.all(record).map((row) => ({
        atMs: row[0] as number,
        what: row[1] as TimelineWhat,
        actor: value<string>(row[2]),
        detail: value<string>(row[3]),
      })),
  };
}
