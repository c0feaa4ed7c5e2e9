import type { Place } from "../../world/place.ts";
import { type Cell, value } from "./cells.ts";
import { flagsOf } from "./lanes.ts";
import type { Sql } from "./line.ts";

// The rows of those who work with a ledger: see lanes.ts for what they mean.

export interface Newcomer {
  readonly worker: number;
  readonly name: string;
  readonly place: Place;
  readonly release: string;
  /** The integrations of its code. */
  readonly runs: readonly string[];
}

/** Now, by the one clock that all workers share. */
const now = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

export async function join(sql: Sql, { worker, name, place, release, runs }: Newcomer): Promise<void> {
  sql.send(
    `insert into waybill.workers (worker, name, state, place, pid, joined_at, release, runs) values ($1, $2, 'alive', $3, $4, ${now}, $5, $6)`,
    worker,
    name,
    place.where,
    place.pid,
    release,
    JSON.stringify(runs),
  );
  await sql.run("insert into waybill.beats (worker, beat) values ($1, 0)", worker);
}

/** Those who beat of late, and what each runs; and what time it is there. */
export async function lookAround(sql: Sql): Promise<{
  readonly nowMs: number;
  readonly others: readonly { readonly name: string; readonly runs: readonly string[] }[];
}> {
  const [[[nowMs] = []], rows] = await Promise.all([
    sql.rows(`select ${now}`),
    sql.rows(
      `select w.name, w.runs from waybill.workers w join waybill.beats b using (worker)
       where w.state in ('alive', 'leaving') and b.at > clock_timestamp() - interval '5 seconds' order by w.joined_at`,
    ),
  ]);
  const others = rows.map(([name, runs]) => ({ name: name as string, runs: JSON.parse(runs as string) as string[] }));
  return { nowMs: nowMs as number, others };
}

export interface WorkerSeen {
  readonly worker: number;
  readonly name: string;
  readonly state: "alive" | "leaving";
  readonly beat: number;
  readonly place: Place;
}

/** What a worker sees once a second. */
export interface Pulse {
  readonly workers: readonly WorkerSeen[];
  readonly owners: readonly (number | undefined)[];
  /** Grows with everything that is posted. */
  readonly posted: number;
  /** When the first record is due that this worker could begin. */
  readonly firstDueMs: number | undefined;
  /** What time it is at the server. */
  readonly nowMs: number;
  /** Something waits in the outbox. */
  readonly sent: boolean;
}

const pulsing = `
  with beaten as (update waybill.beats set beat = beat + 1, at = clock_timestamp() where worker = $1)
  select
    (select posted from waybill.board),
    (select array_agg(coalesce(worker, 0) order by lane) from waybill.lanes),
    (select min(d.at) from waybill.books b cross join lateral (
       select at from waybill.due where book = b.book and not delivering and not blocked and ($2::boolean[])[lane + 1] order by at limit 1) d
     where b.book <> all($3::integer[])),
    ${now}, exists (select 1 from waybill.outbox), w.worker, w.name, w.state, b.beat, w.place, w.pid
  from waybill.workers w join waybill.beats b using (worker) where w.state in ('alive', 'leaving') order by w.joined_at, w.worker`;

/** Raises the counter and looks around, in one statement. `passed` are books that this worker does not run. */
export function pulseText(
  worker: number,
  lanes: ReadonlySet<number>,
  passed: readonly number[],
): readonly [string, number, readonly boolean[], number[]] {
  return [pulsing, worker, flagsOf(lanes), [...passed]];
}

/** No row: nobody lives, this worker neither. */
export function pulseOf(rows: readonly Cell[][]): Pulse | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  return {
    posted: first[0] as number,
    owners: (first[1] as number[]).map((owner) => (owner === 0 ? undefined : owner)),
    firstDueMs: value<number>(first[2]),
    nowMs: first[3] as number,
    sent: first[4] as boolean,
    workers: rows.map(([, , , , , worker, name, state, beat, where, pid]) => ({
      worker: worker as number,
      name: name as string,
      state: state as WorkerSeen["state"],
      beat: beat as number,
      place: { where: value<string>(where), pid: pid as number },
    })),
  };
}

/**
 * Declares a worker dead, if its counter still stands where it was seen: once what it is writing is written. Answers whether it was this one who did.
 *
 * @param certain its process is known to be gone, so that nothing of it can be under way.
 */
export async function declareDead(
  sql: Sql,
  { worker, beat, certain }: { worker: number; beat: number; certain: boolean },
): Promise<boolean> {
  const [row] = await sql.rows(
    `select b.beat, (extract(epoch from b.at) * 1000)::bigint from waybill.workers w join waybill.beats b using (worker) where w.worker = $1 and w.state in ('alive', 'leaving') for update of w`,
    worker,
  );
  if (row?.[0] !== beat) return false;
  sql.send("delete from waybill.beats where worker = $1", worker);
  const inHand =
    "select count(*) from waybill.lanes l join waybill.due d on d.lane = l.lane and d.delivering where l.worker = $1";
  return (
    (await sql.run(
      `update waybill.workers set state = $2, ended_at = ${now}, declared = true, moved_at = $3, in_hand = (${inHand}) where worker = $1`,
      worker,
      certain ? "gone" : "dead",
      row[1] as number,
    )) === 1
  );
}

/** A record that stands in hands that are gone, as it was found there. */
export interface LeftBehind {
  readonly keyHash: number;
  readonly record: number;
  /** How often it had been put back by then: once it is more, somebody has done it. */
  readonly recovered: number;
  /** Whoever had it may still have something under way. */
  readonly wary: boolean;
}

/** Takes lanes that nobody alive owns; answers which, and what was in hand there. */
export async function takeLanes(
  sql: Sql,
  { worker, lanes, nowMs }: { worker: number; lanes: readonly number[]; nowMs: number },
): Promise<{ readonly taken: readonly number[]; readonly leftBehind: readonly LeftBehind[] }> {
  if (!(await isAlive(sql, worker))) return { taken: [], leftBehind: [] };
  const rows = await sql.rows(
    `with free as (
       select l.lane, l.worker, w.state from waybill.lanes l left join waybill.workers w on w.worker = l.worker
       where l.lane = any($2::smallint[]) order by l.lane for update of l
     )
     update waybill.lanes l set worker = $1, since = $3, wary = (l.wary or free.state is not distinct from 'dead')
       and exists (select 1 from waybill.due d where d.lane = l.lane and d.delivering)
     from free where l.lane = free.lane and l.worker is not distinct from free.worker and (free.worker is null or free.state in ('dead', 'gone'))
     returning l.lane`,
    worker,
    [...lanes],
    nowMs,
  );
  const taken = rows.map(([lane]) => lane as number);
  if (taken.length === 0) return { taken, leftBehind: [] };
  const left = await sql.rows(
    `select d.key_hash, d.head, r.recovered, l.wary from waybill.lanes l join waybill.due d on d.lane = l.lane and d.delivering
     join waybill.records r on r.record = d.head where l.lane = any($1::smallint[])`,
    taken,
  );
  return {
    taken,
    leftBehind: left.map(([keyHash, record, recovered, wary]) => ({
      keyHash: keyHash as number,
      record: record as number,
      recovered: recovered as number,
      wary: wary as boolean,
    })),
  };
}

/** Nothing that a dead one began is in hand there any more. */
export async function calmLanes(sql: Sql, worker: number): Promise<void> {
  await sql.run("update waybill.lanes set wary = false where worker = $1 and wary", worker);
}

/** Lets go of those of these lanes of which nothing is in hand; answers which those were. */
export async function releaseLanes(sql: Sql, worker: number, lanes: readonly number[]): Promise<readonly number[]> {
  const rows = await sql.rows(
    `update waybill.lanes l set worker = null where l.worker = $1 and l.lane = any($2::smallint[])
       and not exists (select 1 from waybill.due d where d.lane = l.lane and d.delivering) returning l.lane`,
    worker,
    [...lanes],
  );
  return rows.map(([lane]) => lane as number);
}

export async function startLeaving(sql: Sql, worker: number): Promise<void> {
  await sql.run("update waybill.workers set state = 'leaving' where worker = $1 and state = 'alive'", worker);
}

/** It has let go of everything: whatever stands in its hands is not under way. */
export async function leave(sql: Sql, worker: number): Promise<void> {
  sql.send("update waybill.lanes set worker = null where worker = $1", worker);
  sql.send("delete from waybill.beats where worker = $1", worker);
  await sql.run(
    `update waybill.workers set state = 'gone', ended_at = ${now} where worker = $1 and state in ('alive', 'leaving')`,
    worker,
  );
}

/** Whether a worker may write about what is in its hands: until the transaction ends, nobody can declare it dead. */
export async function isAlive(sql: Sql, worker: number): Promise<boolean> {
  const rows = await sql.rows(
    "select 1 from waybill.workers where worker = $1 and state in ('alive', 'leaving') for share",
    worker,
  );
  return rows.length === 1;
}

/** Rows of workers that ended long ago and own nothing. */
export async function forgetWorkers(sql: Sql, endedBeforeMs: number): Promise<void> {
  await sql.run(
    `delete from waybill.workers w where w.state in ('dead', 'gone') and w.ended_at < $1
       and not exists (select 1 from waybill.lanes l where l.worker = w.worker)`,
    endedBeforeMs,
  );
}
