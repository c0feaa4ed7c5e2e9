import type { Sighted } from "../ledger.ts";
import { type Other, reads, writes } from "./other.ts";

/** What somebody saw that long ago is of no use any more. */
const kept = "interval '1 hour'";
/** Of the newest: as many workers as anybody has. */
const workersMax = 200;

/** What this worker sees, in place of what it said before. */
export const sight: Other<"sight"> = writes(async (sql, state, here) => {
  sql.send(
    `insert into waybill.sightings (worker, name, at, state) values ($1, $2, clock_timestamp(), $3)
     on conflict (worker) do update set at = excluded.at, state = excluded.state`,
    here.worker,
    here.name,
    state,
  );
  sql.send(`delete from waybill.sightings where at < clock_timestamp() - ${kept}`);
  return undefined;
});

/** What the others see, or saw lately. */
export const sightings: Other<"sightings"> = reads(async (sql, _, here) =>
  (
    await sql.rows(
      `select name, floor(extract(epoch from clock_timestamp() - at) * 1000)::bigint, state from waybill.sightings
       where worker <> $1 and at > clock_timestamp() - ${kept} order by at desc limit ${workersMax}`,
      here.worker,
    )
  ).map(
    ([worker, ageMs, state]): Sighted => ({
      worker: worker as string,
      ageMs: Math.max(0, ageMs as number),
      state: state as string,
    }),
  ),
);
