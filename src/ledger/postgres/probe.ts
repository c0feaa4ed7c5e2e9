import { digest } from "../../model/identity.ts";
import { type Other, reads, writes } from "./other.ts";

/** What does not get smaller when it is packed. */
const room = Buffer.concat(Array.from({ length: 2_048 }, (_, at) => digest(`room ${at}`)));

/** Asks for room and gives it back: what a commit needs, and nothing that stays. */
export const probe: Other<"probe"> = writes(async (sql, _, here) => {
  sql.send("insert into waybill.payloads (payload, raw, text) values ($1, $2, false)", -here.worker, room);
  sql.send("delete from waybill.payloads where payload = $1", -here.worker);
  return undefined;
});

/** Whether a worker works on this ledger now. */
export const isOwned: Other<"isOwned"> = reads(async (sql) => {
  const [row] = await sql.rows("select 1 from waybill.workers where role = 'worker' and state = 'alive' limit 1");
  return row !== undefined;
});
