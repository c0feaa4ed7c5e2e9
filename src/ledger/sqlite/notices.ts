import { pausedPatterns } from "../../model/paused.ts";
import { recordNumber } from "../desk/numbers.ts";
import { answersKeptMs, askOf, restoreOf } from "../desk/posted.ts";
import type { Bulletin, Notice, Pause, RecordId } from "../ledger.ts";
import { cell, value } from "./cells.ts";
import type { SqliteDesk } from "./sqlite-desk.ts";

/** Posts a notice; answers whether it changed anything. */
export function posting(desk: SqliteDesk): (notice: Notice) => boolean {
  const { prepare, pauses, stops, journal } = desk;
  const hurry = hurrying(desk);
  const callIn = callingIn(desk);
  const trustNew = prepare("update restores set doubt_new_until = ?1 where doubt_new_until > ?1");
  const listen = prepare("update ledger set server_url = ?1 where server_url is not ?1");
  const ask = prepare("insert into asks (ask, what, about, input, asked_at) values (?, ?, ?, ?, ?)");
  const progress = prepare("update asks set progress = ? where ask = ? and answer is null");
  const answer = prepare("update asks set answer = ?, answered_at = ? where ask = ? and answer is null");
  const withdraw = prepare("delete from asks where ask = ?");
  const takeDown = prepare("delete from asks where answered_at < ?");

  const note = (what: "paused" | "resumed", { name, kind, atMs, actor, why }: Pause): void =>
    journal.add({ atMs, what, about: name, actor, why, detail: JSON.stringify({ kind }) });

  return (notice) => {
    switch (notice.post) {
      case "pause": {
        const added = pauses.add(notice);
        if (added) note("paused", notice);
        return added;
      }
      case "resume": {
        const removed = pauses.remove(notice);
        if (!removed) return false;
        note("resumed", notice);
        hurry(notice, notice.atMs);
        return true;
      }
      case "hurry":
        hurry(notice, notice.atMs);
        return true;
      case "call-in":
        return callIn(notice.records, notice.atMs);
      case "stop":
        return stops.set(notice);
      case "lift":
        return stops.lift(notice);
      // A file has one owner: nobody else would.
      case "probe":
        return true;
      case "trust-new": {
        const changed = trustNew.run(notice.atMs) > 0;
        if (changed) journal.add({ ...notice, what: "new-trusted", about: "", detail: undefined });
        return changed;
      }
      case "listening":
        return listen.run(cell(notice.url)) === 1;
      case "ask":
        takeDown.run(notice.atMs - answersKeptMs);
        return ask.run(notice.ask, notice.what, notice.about, notice.input, notice.atMs) === 1;
      case "progress":
        return progress.run(notice.progress, notice.ask) === 1;
      case "answer":
        return answer.run(notice.answer, notice.atMs, notice.ask) === 1;
      case "withdraw":
        return withdraw.run(notice.ask) === 1;
      case "entry":
        journal.add(notice);
        return true;
    }
  };
}

/** Makes what waits for a pause due now. */
function hurrying({ prepare }: SqliteDesk): (pause: Pick<Pause, "kind" | "name">, nowMs: number) => void {
  const heads = prepare(
    `update due set at = ?1 where delivering = 0 and at > ?1 and exists
       (select 1 from records r where r.record = due.head and r.cause = 'deferred' and r.reason glob ?2)`,
  );
  const behind = prepare(
    "update records set at = ?1 where queued = 1 and at > ?1 and cause = 'deferred' and reason glob ?2",
  );
  return (pause, nowMs) => {
    for (const pattern of pausedPatterns(pause)) {
      heads.run(nowMs, pattern);
      behind.run(nowMs, pattern);
    }
  };
}

/** Makes records due now that were sent away until later. */
function callingIn({ prepare }: SqliteDesk): (records: readonly RecordId[], nowMs: number) => boolean {
  const deferred = prepare(
    "select key_hash from records where record = ? and state = 'waiting' and cause = 'deferred'",
  );
  const head = prepare("update due set at = ?1 where key_hash = ?2 and head = ?3 and delivering = 0 and at > ?1");
  return (records, nowMs) => {
    let changed = 0;
    for (const record of records.map(recordNumber)) {
      const keyHash = deferred.get(record)?.[0];
      if (keyHash !== undefined) changed += head.run(nowMs, keyHash, record);
    }
    return changed > 0;
  };
}

export function readingBulletin({ prepare, pauses, stops }: SqliteDesk): () => Bulletin {
  const restores = prepare("select epoch, at, copied_at, doubt_new_until from restores order by epoch");
  const asks = prepare("select ask, what, about, input, asked_at, progress, answer from asks order by asked_at, ask");
  const url = prepare("select server_url from ledger");
  return () => ({
    pauses: pauses.all(),
    stops: stops.all(),
    restores: restores.all().map(restoreOf),
    asks: asks.all().map(askOf),
    serverUrl: value<string>(url.get()?.[0]),
  });
}
