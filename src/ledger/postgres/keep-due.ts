import type { DueRow, DueTable } from "../desk/due.ts";
import { isBlocker } from "./keep-records.ts";
import { laneOf } from "./lanes.ts";
import type { Page } from "./page.ts";
import type { DueHere } from "./rows.ts";
import { NotFetched } from "./shelf.ts";

/** The rows of the keys that have unsettled records, and the records that wait behind their heads. */
export function dueTable(page: Page): DueTable {
  const rowOf = ({ keyHash, head, atMs, unsettled, delivering, blocked }: DueHere): DueRow => ({
    due: keyHash,
    keyHash,
    head,
    atMs,
    unsettled,
    delivering,
    blocked,
  });

  function change(row: DueRow, changes: Partial<DueHere>): void {
    const here = page.due.get(row.keyHash);
    if (here === undefined) throw new Error(`the due row of key ${row.keyHash} is gone`);
    page.due.set(row.keyHash, { ...here, ...changes });
  }

  const find: DueTable["find"] = (keyHash) => {
    const here = page.due.get(keyHash);
    return here === undefined ? undefined : rowOf(here);
  };

  function setRecord(record: number, changes: { readonly queued: boolean; readonly atMs: number | undefined }): void {
    const row = page.record(record);
    if (row !== undefined) page.setRecord({ ...row, ...changes });
  }

  return {
    find,
    insert({ record, book, keyHash }, atMs, blocked) {
      page.joined.add(book);
      page.due.set(keyHash, {
        keyHash,
        book,
        head: record,
        atMs,
        unsettled: 1,
        delivering: false,
        blocked,
        newest: record,
      });
    },
    insertStarted({ record, book, keyHash }, atMs) {
      if (page.header?.lanes.has(laneOf(keyHash)) !== true || page.due.get(keyHash) !== undefined) return false;
      page.due.set(keyHash, {
        keyHash,
        book,
        head: record,
        atMs,
        unsettled: 1,
        delivering: true,
        blocked: false,
        newest: record,
      });
      return true;
    },
    add(row, by) {
      change(row, { unsettled: row.unsettled + by });
    },
    remove({ keyHash }) {
      page.due.set(keyHash, undefined);
    },
    setHead(row, { record, book, atMs }, unsettled, blocked) {
      const newest = Math.max(record, page.due.get(row.keyHash)?.newest ?? 0);
      change(row, { head: record, book, atMs, unsettled, blocked, delivering: false, newest });
    },
    setAt(row, atMs) {
      change(row, { atMs, delivering: false });
    },
    setBlocked(row, blocked) {
      change(row, { blocked });
    },
    firstQueued(keyHash) {
      const window = page.queued.get(keyHash) ?? { records: [], more: false };
      const rows = page
        .listed(window.records, page.touchedByKey.get(keyHash))
        .filter((row) => row.queued && row.keyHash === keyHash)
        .sort((a, b) => a.record - b.record);
      const [first] = rows;
      const last = window.records.at(-1) ?? 0;
      if (window.more && (first === undefined || first.record > last)) throw new NotFetched("queued", keyHash);
      if (first === undefined) return undefined;
      return { record: first.record, book: first.book, atMs: first.atMs, strict: first.strict };
    },
    setQueued(record, atMs) {
      setRecord(record, { queued: true, atMs });
    },
    unsetQueued(record) {
      setRecord(record, { queued: false, atMs: undefined });
    },
    hasBlocker(keyHash, record) {
      const window = page.blockers.get(keyHash) ?? { records: [], more: false };
      const found = page
        .listed(window.records, page.touchedByKey.get(keyHash))
        .some((row) => row.record < record && isBlocker(row, keyHash));
      const last = window.records.at(-1) ?? 0;
      if (!found && window.more && last < record) throw new NotFetched("blockers", keyHash);
      return found;
    },
    isStrict: (record) => page.record(record)?.strict === true,
  };
}
