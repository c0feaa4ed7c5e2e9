import { digest } from "../../model/identity.ts";
import { isGone } from "../../world/place.ts";
import { value } from "./cells.ts";
import { deadAfterMs } from "./lanes.ts";
import { type Other, reads, writes } from "./other.ts";

/** What does not get smaller when it is packed. */
const room = Buffer.concat(Array.from({ length: 2_048 }, (_, at) => digest(`room ${at}`)));

/** Asks for room and gives it back: what a commit needs, and nothing that stays. */
export const probe: Other<"probe"> = writes(async (sql, _, here) => {
  sql.send("insert into waybill.payloads (payload, raw, text) values ($1, $2, false)", -here.worker, room);
  sql.send("delete from waybill.payloads where payload = $1", -here.worker);
  return undefined;
});

/** Whether a worker works on this ledger now, as far as can be told at a glance: one that was killed counts for some seconds more. */
export const isOwned: Other<"isOwned"> = reads(async (sql) => {
  const rows = await sql.rows(
    `select w.place, w.pid from waybill.workers w join waybill.beats b using (worker)
     where w.state in ('alive', 'leaving') and b.at > clock_timestamp() - interval '${deadAfterMs} milliseconds'`,
  );
  return rows.some(([where, pid]) => !isGone({ where: value<string>(where), pid: pid as number }));
});
