import { conflictMark, contentMark } from "../../model/identity.ts";
import type {
  Claimed,
  CompareRow,
  Hash,
  Identified,
  IntakeBatch,
  IntakeResult,
  IntakeRow,
  Reading,
  Taken,
} from "../ledger.ts";
import { admit } from "./admit.ts";
import type { Desk } from "./desk.ts";
import type { BookRow } from "./keepers.ts";
import { type Mark, saysTheSame } from "./marks.ts";
import { type Coming, type Fate, storing } from "./newcomer.ts";
import { recordId, recordNumber } from "./numbers.ts";
import { applyReading, conflictReason, duplicateOf } from "./readings.ts";
import { wishOf } from "./uniques.ts";

/** Takes what came: mark, record, payload and the key's queue in one transaction. */
export function intaking(desk: Desk): (batch: IntakeBatch) => IntakeResult {
  const { books, marks, words, records, numbers, due, pauses, cursors, outbox } = desk;
  const store = storing(desk);

  /** The first one's raw bytes, where a known id came with other content that another contract had read. */
  function rawToCompare(mark: Mark, row: IntakeRow): Uint8Array | undefined {
    if (row.identity === undefined || row.sameId === "ignore") return undefined;
    if (row.compared !== undefined && recordNumber(row.compared.record) === mark.record) return undefined;
    if (mark.contract === words.number(row.contract) || saysTheSame(mark, row.rawHash, row.identity.fingerprint))
      return undefined;
    const raw = records.raw(mark.record);
    return typeof raw === "string" ? new TextEncoder().encode(raw) : raw;
  }

  function stateNow(record: number): Taken["state"] {
    const found = records.state(record);
    // Only final records are pruned, and what a pruned one ended as is no longer known.
    if (found === undefined) return "delivered";
    if (found.state !== "waiting" || found.keyHash === undefined) return found.state;
    const row = due.of(found.keyHash);
    return row?.delivering === true && row.head === record ? "delivering" : "waiting";
  }

  function duplicate(book: BookRow, record: number): Fate {
    books.count(book, "duplicate", 1);
    return { record, state: stateNow(record), duplicate: true, claimed: undefined };
  }

  const markOf = (coming: Coming, record: number) => ({
    book: coming.book.book,
    record,
    keyHash: coming.row.identity?.keyHash ?? coming.row.loading?.keyHash,
    rawHash: coming.row.rawHash,
    fingerprint: coming.row.identity?.fingerprint,
    contract: words.number(coming.row.contract),
  });

  /** What breaks the contract, marked by its content. */
  function takeUnread(coming: Coming, mark: Mark | undefined): Fate {
    if (mark !== undefined) return duplicate(coming.book, mark.record);
    const record = numbers.next(coming.atMs);
    const content = contentMarkOf(coming);
    if (marks.addNew(content, markOf(coming, record))) return store(coming, record, coming.row);
    return takeUnread(coming, marks.of(content));
  }

  /** What the sender of the row has left to be worked out where it is needed. */
  function contentMarkOf({ row, arrival }: Pick<Coming, "row" | "arrival">): Hash {
    return row.contentMark ?? contentMark(row.integration, row.tenant, arrival.source, row.rawHash, undefined, 0);
  }

  function readingOf(row: IntakeRow, identity: Identified, mark: Hash): Reading {
    const { rawHash, contract, content, sameId, unique } = row;
    return {
      identity,
      idMark: mark,
      rawHash,
      contract,
      content,
      raw: undefined,
      sameId,
      unique,
    };
  }

  /** A thin notice. The same notice again asks for another load, unless the first has not begun: what has changed since would be lost. */
  function takeNotice(coming: Coming, mark: Mark | undefined): Fate {
    if (mark !== undefined && stateNow(mark.record) === "waiting") return duplicate(coming.book, mark.record);
    const record = numbers.next(coming.atMs);
    const notice = contentMarkOf(coming);
    if (!marks.add(notice, markOf(coming, record))) marks.pass(notice, record);
    return store(coming, record, coming.row);
  }

  function takeKnown(coming: Coming, mark: Mark, identity: Identified, idMark: Hash): Fate {
    const { row, book } = coming;
    const equal =
      row.sameId === "ignore" ||
      saysTheSame(mark, row.rawHash, identity.fingerprint) ||
      (row.compared?.equal === true && recordNumber(row.compared.record) === mark.record);
    if (equal) {
      if (row.compared?.equal === true) marks.reread(idMark, identity.fingerprint, words.number(row.contract));
      return duplicate(book, mark.record);
    }
    const conflict = conflictMark(row.integration, row.tenant, identity.id, row.rawHash);
    const earlier = marks.of(conflict);
    if (earlier !== undefined) return duplicate(book, earlier.record);
    const record = numbers.next(coming.atMs);
    marks.add(conflict, markOf(coming, record));
    return store(coming, record, {
      state: "quarantined",
      cause: "conflict",
      reason: conflictReason(identity.id, mark.record),
    });
  }

  /** The same content waits in the quarantine, unread, from before: now that it passes, that record goes on in place of a new one. */
  function releaseUnread(coming: Coming, record: number, reading: Reading): Fate {
    const { row, book } = coming;
    const read = applyReading(desk, record, book.book, reading, row.receivedAtMs);
    const to = read.kind === "known" ? read : { ...row, of: undefined };
    const { state } = admit(desk, {
      record,
      book: book.book,
      keyHash: read.kind === "own" ? read.keyHash : reading.identity.keyHash,
      entityHash: reading.identity.entityHash,
      version: reading.identity.version,
      strict: row.strict,
      state: to.state,
      cause: to.cause,
      reason: to.reason,
      issues: read.kind === "own" ? row.issues : undefined,
      wish: wishOf(reading),
      nowMs: row.receivedAtMs,
      atMs: row.receivedAtMs,
    });
    const detail = JSON.stringify({ by: "a redelivery that passes", to: state });
    desk.timeline.add(record, [{ atMs: row.receivedAtMs, what: "released", actor: undefined, detail }]);
    return duplicate(book, read.kind === "known" && read.state === "discarded" ? duplicateOf(read.of).of : record);
  }

  function takeRow(coming: Coming, mark: Mark | undefined, unread: boolean): Fate {
    const { row } = coming;
    if (row.loading !== undefined) return takeNotice(coming, mark);
    const { identity, idMark } = row;
    if (identity === undefined || idMark === undefined) return takeUnread(coming, mark);
    const waitingUnread = unread ? marks.of(contentMarkOf(coming)) : undefined;
    if (waitingUnread !== undefined) {
      const found = records.state(waitingUnread.record);
      if (found?.state === "quarantined" && !found.identified)
        return releaseUnread(coming, waitingUnread.record, readingOf(row, identity, idMark));
    }
    if (mark !== undefined) return takeKnown(coming, mark, identity, idMark);
    const record = numbers.next(coming.atMs);
    if (marks.addNew(idMark, markOf(coming, record))) return store(coming, record, row);
    // It came twice in this batch.
    const twin = marks.of(idMark);
    if (twin === undefined) throw new Error("a mark is there and cannot be read");
    return takeKnown(coming, twin, identity, idMark);
  }

  return (batch) => {
    const { cursor } = batch;
    if (cursor !== undefined && cursors.now(cursor.source) !== cursor.from) {
      return { kind: "cursor-moved", cursor: cursors.now(cursor.source) };
    }

    // Before anything is counted. Nothing of it may be half taken out: whoever was first has taken all that he read.
    const sent = batch.arrivals.flatMap((arrival) => arrival.outbox ?? []);
    if (!outbox.holds(sent)) return { kind: "cursor-moved", cursor: undefined };

    // Everything is looked up before anything is written: a batch that needs comparing is not taken.
    const found: (Mark | undefined)[] = [];
    const compare: CompareRow[] = [];
    batch.arrivals.forEach((arrival, arrivalAt) => {
      arrival.rows.forEach((row, rowAt) => {
        const mark = marks.of(row.idMark ?? contentMarkOf({ row, arrival }));
        found.push(mark);
        const raw = mark === undefined ? undefined : rawToCompare(mark, row);
        if (mark !== undefined && raw !== undefined) {
          compare.push({ arrival: arrivalAt, row: rowAt, record: recordId(mark.record), raw });
        }
      });
    });
    if (compare.length > 0) return { kind: "compare", rows: compare };
    outbox.take(sent);

    const unread = new Map<BookRow, boolean>();
    const claimed: Claimed[] = [];
    let at = 0;
    const arrivals = batch.arrivals.map((arrival) => {
      const stored = { payload: undefined };
      return arrival.rows.map((row): Taken => {
        const book = books.open(row.integration, row.tenant);
        if (!unread.has(book)) unread.set(book, records.anyUnread(book.book));
        books.count(book, "received", 1);
        const atMs = arrival.rows[0]?.receivedAtMs ?? row.receivedAtMs;
        const coming = {
          arrival,
          row,
          book,
          stored,
          atMs,
          claim: claimed.length < batch.claimUpTo && !pauses.holds(row.integration, row.tenant),
        };
        const fate = takeRow(coming, found[at++], unread.get(book) === true);
        if (fate.state === "quarantined") unread.set(book, true);
        if (fate.claimed !== undefined) claimed.push(fate.claimed);
        return { record: recordId(fate.record), state: fate.state, duplicate: fate.duplicate };
      });
    });
    if (cursor !== undefined) cursors.set(cursor.source, cursor.to, cursor.atMs);
    return { kind: "taken", arrivals, claimed };
  };
}
