import { pausedPatterns } from "../../model/paused.ts";
import { recordNumber } from "../desk/numbers.ts";
import { answersKeptMs, askOf, pauseOf, restoreOf } from "../desk/posted.ts";
import { value } from "../desk/stored.ts";
import type { Pause, RecordId } from "../ledger.ts";
import { likeOf } from "./conditions.ts";
import { addToJournal } from "./journal.ts";
import type { Sql } from "./line.ts";
import { type Here, type Other, reads, writes } from "./other.ts";
import { lift, probe, stop, stopsNow } from "./stops.ts";

/** Posts a notice; answers whether it changed anything. */
export const post: Other<"post"> = writes(async (sql, notice, here) => {
  sql.send("update waybill.board set posted = posted + 1");
  const changed = async (text: string, ...values: Parameters<Sql["run"]>[1][]): Promise<boolean> =>
    (await sql.run(text, ...values)) > 0;
  switch (notice.post) {
    case "pause":
      return pause(sql, notice, here);
    case "resume":
      return resume(sql, notice, here);
    case "hurry":
      await hurry(sql, notice, notice.atMs);
      return true;
    case "call-in":
      return callIn(sql, notice.records, notice.atMs);
    case "stop":
      return stop(sql, notice);
    case "lift":
      return lift(sql, notice);
    case "probe":
      return probe(sql, notice);
    case "trust-new": {
      const trusted = await changed(
        "update waybill.restores set doubt_new_until = $1 where doubt_new_until > $1",
        notice.atMs,
      );
      if (trusted) addToJournal(sql, here, { ...notice, what: "new-trusted", about: "", detail: undefined });
      return trusted;
    }
    case "listening":
      return changed(
        "update waybill.ledger set server_url = $1::text where server_url is distinct from $1::text",
        notice.url,
      );
    case "ask":
      sql.send("delete from waybill.asks where answered_at < $1", notice.atMs - answersKeptMs);
      return changed(
        "insert into waybill.asks (ask, what, about, input, asked_at) values ($1, $2, $3, $4, $5)",
        notice.ask,
        notice.what,
        notice.about,
        notice.input,
        notice.atMs,
      );
    case "progress":
      return changed(
        "update waybill.asks set progress = $1 where ask = $2 and answer is null",
        notice.progress,
        notice.ask,
      );
    case "answer":
      return changed(
        "update waybill.asks set answer = $1, answered_at = $2 where ask = $3 and answer is null",
        notice.answer,
        notice.atMs,
        notice.ask,
      );
    case "withdraw":
      return changed("delete from waybill.asks where ask = $1", notice.ask);
    case "entry":
      addToJournal(sql, here, notice);
      return true;
  }
});

function note(sql: Sql, here: Here, what: "paused" | "resumed", { name, kind, atMs, actor, why }: Pause): void {
  addToJournal(sql, here, { atMs, what, about: name, actor, why, detail: JSON.stringify({ kind }) });
}

async function pause(sql: Sql, paused: Pause, here: Here): Promise<boolean> {
  const { kind, name, atMs, actor, why } = paused;
  const text =
    "insert into waybill.pauses (kind, name, at, actor, why) values ($1, $2, $3, $4, $5) on conflict do nothing";
  const added = (await sql.run(text, kind, name, atMs, actor, why)) === 1;
  if (added) note(sql, here, "paused", paused);
  return added;
}

async function resume(sql: Sql, paused: Pause, here: Here): Promise<boolean> {
  const removed = await sql.run("delete from waybill.pauses where kind = $1 and name = $2", paused.kind, paused.name);
  if (removed === 0) return false;
  note(sql, here, "resumed", paused);
  await hurry(sql, paused, paused.atMs);
  return true;
}

/** Keys are taken in their order, as everybody takes them; what happened to them meanwhile is looked at again. */
const dueNow = "update waybill.due set at = $1 where key_hash = any($2::bigint[]) and not delivering and at > $1";

/** Makes what waits for a pause due now. */
async function hurry(sql: Sql, paused: Pick<Pause, "kind" | "name">, nowMs: number): Promise<void> {
  const patterns = pausedPatterns(paused).map((pattern) => likeOf(pattern, "*"));
  if (patterns.length === 0) return;
  const heads = await sql.rows(
    `select d.key_hash from waybill.due d join waybill.records r on r.record = d.head
     where not d.delivering and d.at > $1 and r.cause = 'deferred' and r.reason like any($2::text[])
     order by d.key_hash for update of d`,
    nowMs,
    patterns,
  );
  sql.send(
    dueNow,
    nowMs,
    heads.map(([keyHash]) => keyHash as number),
  );
  sql.send(
    "update waybill.records set at = $1 where queued and at > $1 and cause = 'deferred' and reason like any($2::text[])",
    nowMs,
    patterns,
  );
}

/** Makes records due now that were sent away until later. */
async function callIn(sql: Sql, records: readonly RecordId[], nowMs: number): Promise<boolean> {
  const heads = await sql.rows(
    `select d.key_hash from waybill.records r join waybill.due d on d.key_hash = r.key_hash and d.head = r.record
     where r.record = any($1::bigint[]) and r.state = 'waiting' and r.cause = 'deferred' and not d.delivering and d.at > $2
     order by d.key_hash for update of d`,
    records.map(recordNumber),
    nowMs,
  );
  return (
    (await sql.run(
      dueNow,
      nowMs,
      heads.map(([keyHash]) => keyHash as number),
    )) > 0
  );
}

export const bulletin: Other<"bulletin"> = reads(async (sql, _, here) => {
  const [pauses, stops, restores, asks, [ledger]] = await Promise.all([
    sql.rows("select kind, name, at, actor, why from waybill.pauses order by kind, name"),
    stopsNow(sql, here.nowMs()),
    sql.rows("select epoch, at, copied_at, doubt_new_until from waybill.restores order by epoch"),
    sql.rows("select ask, what, about, input, asked_at, progress, answer from waybill.asks order by asked_at, ask"),
    sql.rows("select server_url from waybill.ledger"),
  ]);
  return {
    pauses: pauses.map(pauseOf),
    stops,
    restores: restores.map(restoreOf),
    asks: asks.map(askOf),
    serverUrl: value<string>(ledger?.[0]),
  };
});
