import type { Sql } from "./line.ts";
import { forgetWorkers } from "./membership.ts";

// What each process that ever worked with a ledger leaves behind: its row as a worker, the rows it counted in, and the rows that its connections noted
// their commits in. Workers come and go for years, so one of them clears up now and then.

/** Rows of workers that ended so long ago are of no use to anybody. */
const rememberedMs = 7 * 86_400_000;

/** What is counted for all who counted before, whoever they were. */
const formerWorker = 0;

/**
 * Adds up the counters of each book in one row. It is no matter whether who counted lives: it goes on in a new row. One that is counting at this moment is
 * left for the next time, so that nobody waits; and since what is taken from one row comes to the other at once, no moment shows another sum.
 */
const foldCounts = `
  with taken as (
    select book, worker from waybill.book_counts where worker <> ${formerWorker} order by book, worker for update skip locked
  ), gone as (
    delete from waybill.book_counts c using taken t where c.book = t.book and c.worker = t.worker
    returning c.book, c.received, c.duplicate, c.pruned, c.refused
  )
  insert into waybill.book_counts as c (book, worker, received, duplicate, pruned, refused)
  select book, ${formerWorker}, sum(received), sum(duplicate), sum(pruned), sum(refused) from gone group by book order by book
  on conflict (book, worker) do update set received = c.received + excluded.received, duplicate = c.duplicate + excluded.duplicate,
    pruned = c.pruned + excluded.pruned, refused = c.refused + excluded.refused`;

/** Who lost the answer to a commit asks within seconds. A day is for whoever stood still in between. */
const forgetCommits = "delete from waybill.commits where at < now() - interval '1 day'";

export async function tidy(sql: Sql, nowMs: number): Promise<void> {
  await forgetWorkers(sql, nowMs - rememberedMs);
  await sql.run(forgetCommits);
  await sql.run(foldCounts);
}
