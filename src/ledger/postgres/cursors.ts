import { value } from "../desk/stored.ts";
import { addToJournal } from "./journal.ts";
import { type Other, reads, writes } from "./other.ts";

/** How far a poll source has been read. */
export const cursor: Other<"cursor"> = reads(async (sql, source) => {
  const [row] = await sql.rows("select cursor from waybill.cursors where source = $1", source);
  return value<string>(row?.[0]);
});

/** By compare-and-set, unless forced. The row is held until the commit; of two who make it, the later looks at the other's. */
export const setCursor: Other<"setCursor"> = writes(async (sql, { source, from, to, atMs, force, by }, here) => {
  for (;;) {
    const [row] = await sql.rows("select cursor from waybill.cursors where source = $1 for update", source);
    const found = value<string>(row?.[0]);
    if (!force && found !== from) return false;
    const set =
      row === undefined
        ? "insert into waybill.cursors (source, cursor, at) values ($1, $2, $3) on conflict do nothing"
        : "update waybill.cursors set cursor = $2, at = $3 where source = $1";
    if ((await sql.run(set, source, to, atMs)) === 0) continue;
    if (by !== undefined) {
      const detail = JSON.stringify({ from: found, to });
      addToJournal(sql, here, { ...by, atMs, what: "cursor-set", about: source, detail });
    }
    return true;
  }
});
