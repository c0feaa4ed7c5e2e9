import { givesUp, type Records, type Standing, waitsForPerson } from "../desk/records.ts";
import type { Uniques } from "../desk/uniques.ts";
import type { Identified } from "../ledger.ts";
import type { Page } from "./page.ts";
import type { RecordRowHere } from "./rows.ts";
import { hashKey, NotFetched } from "./shelf.ts";

const unreadCauses: ReadonlySet<string | undefined> = new Set(["contract", "contract-failed", "identity"]);

const issuesText = (issues: readonly unknown[] | undefined): string | undefined =>
  issues === undefined || issues.length === 0 ? undefined : JSON.stringify(issues);

/** Undefined where it can be told from the others. */
const entityCell = (identity: Identified): string | undefined =>
  identity.entity === identity.id ? undefined : identity.entity;
const keyCell = (identity: Identified, key: string): string | undefined => (key === identity.entity ? undefined : key);

export function keepRecords(page: Page, uniques: Uniques): Records {
  function change(record: number, changes: Partial<RecordRowHere>): void {
    const row = page.record(record);
    if (row !== undefined) page.setRecord({ ...row, ...changes });
  }

  /** Rows of an entity that have a version, as they are now. */
  function versionsOf(entityHash: Uint8Array): { readonly rows: RecordRowHere[]; readonly more: boolean } {
    const key = hashKey(entityHash);
    const window = page.versions.get(key) ?? { records: [], more: false };
    const rows = page
      .listed(window.records, page.touchedByEntity.get(key))
      .filter((row) => row.version !== undefined && row.entityHash !== undefined && hashKey(row.entityHash) === key);
    return { rows, more: window.more };
  }

  function setContent(record: number, content: string | undefined, raw: string | undefined): void {
    const before = page.contents.get(record);
    page.contents.set(record, { content, raw: raw ?? before?.raw });
  }

  const setSearch = (record: number, values: readonly string[]): void => {
    page.searched.set(record, { values, isNew: page.searched.get(record)?.isNew === true });
  };

  return {
    setContent,
    setSearch,
    insertPayload(payload, raw) {
      page.payloads.push({ payload, raw });
      page.raws.set(payload, raw);
    },
    insert(made) {
      const { identity } = made;
      page.records.lay(made.record, undefined);
      page.effects.lay(made.record, undefined);
      page.claims.lay(made.record, undefined);
      page.setRecord({
        record: made.record,
        book: made.book,
        state: made.state,
        cause: made.cause,
        reason: made.reason,
        issues: issuesText(made.issues),
        source: made.source,
        contract: made.contract,
        payload: made.payload,
        id: identity?.id,
        entity: identity === undefined ? undefined : entityCell(identity),
        key: identity === undefined || made.key === undefined ? made.key : keyCell(identity, made.key),
        keyHash: made.keyHash,
        entityHash: identity?.entityHash,
        version: identity?.version,
        salt: undefined,
        receivedAtMs: made.receivedAtMs,
        settledAtMs: made.state === "waiting" ? undefined : made.receivedAtMs,
        atMs: undefined,
        attempts: 0,
        spentMs: 0,
        recovered: 0,
        revision: 1,
        queued: made.queued,
        strict: made.strict,
        loading: made.loading,
        touched: false,
        uncompared: false,
        origin: made.origin,
        line: made.line,
      });
      if (identity?.search !== undefined) page.searched.set(made.record, { values: identity.search, isNew: true });
      const due = made.keyHash === undefined || made.state !== "waiting" ? undefined : page.due.get(made.keyHash);
      if (due !== undefined && due.newest < made.record) page.due.set(due.keyHash, { ...due, newest: made.record });
      if (made.payload !== made.record) {
        const raw = page.raws.has(made.payload) ? page.raws.get(made.payload) : undefined;
        page.raws.set(made.record, raw);
      }
    },
    setIdentity(record, identity, { key, keyHash }, contract) {
      change(record, {
        id: identity.id,
        entity: entityCell(identity),
        key: keyCell(identity, key),
        keyHash,
        entityHash: identity.entityHash,
        version: identity.version,
        contract,
        loading: false,
      });
      setSearch(record, identity.search ?? []);
    },
    reread(record, contract, content) {
      change(record, { contract });
      setContent(record, content, undefined);
    },
    edit(record, contract, content, raw) {
      change(record, { contract });
      setContent(record, content, raw);
    },
    standing(record): Standing | undefined {
      const row = page.record(record);
      if (row === undefined) return undefined;
      const { book, state, cause, revision, keyHash, entityHash, version, strict, id } = row;
      return {
        record,
        book,
        state,
        cause,
        revision,
        keyHash,
        entityHash,
        version,
        strict,
        identified: id !== undefined,
        ahead: false,
      };
    },
    state(record) {
      const row = page.record(record);
      return row === undefined
        ? undefined
        : { state: row.state, keyHash: row.keyHash, identified: row.id !== undefined };
    },
    endRun(record, end) {
      if (givesUp(end.state)) uniques.free(record);
      const settledAtMs = end.state === "waiting" ? undefined : end.atMs;
      const { state, cause, reason, strict } = end;
      const issues = issuesText(end.issues);
      if (!page.records.has(record)) {
        if (page.ends.has(record)) throw new NotFetched("record", record);
        page.ends.set(record, {
          state,
          cause,
          reason,
          issues,
          settledAtMs,
          attempts: end.attempts,
          spentMs: end.spentMs,
          strict,
        });
        return;
      }
      const row = page.record(record);
      if (row === undefined) return;
      page.setRecord({
        ...row,
        state,
        cause,
        reason,
        issues,
        settledAtMs,
        attempts: row.attempts + end.attempts,
        spentMs: row.spentMs + end.spentMs,
        strict,
        recovered: 0,
        touched: true,
        revision: row.revision + 1,
        uncompared: state === "waiting" && row.uncompared,
      });
    },
    place(record, placed) {
      if (givesUp(placed.state)) uniques.free(record);
      const row = page.record(record);
      if (row === undefined) return;
      const { state, cause, reason, queued } = placed;
      page.setRecord({
        ...row,
        state,
        cause,
        reason,
        issues: issuesText(placed.issues),
        settledAtMs: state === "waiting" ? undefined : placed.atMs,
        queued,
        atMs: undefined,
        revision: row.revision + 1,
      });
    },
    queue(record) {
      change(record, { queued: true });
    },
    raw: (record) => page.raws.get(record),
    hasPayload: (record) => page.raws.get(record) !== undefined,
    anyUnread(book) {
      const now = [...page.records.now()].some(
        ([, row]) => row?.book === book && row.state === "quarantined" && unreadCauses.has(row.cause),
      );
      return now || page.unread.get(book) === true;
    },
    mark(record, { strict, salt, uncompared, touched }) {
      const row = page.record(record);
      if (row === undefined) return;
      page.setRecord({
        ...row,
        strict,
        salt: salt ?? row.salt,
        uncompared: row.uncompared || uncompared,
        touched: row.touched || touched,
      });
    },
    setLoading(record, { key, keyHash }) {
      change(record, { key, keyHash, loading: true });
    },
    startAnew(record) {
      change(record, { attempts: 0, spentMs: 0, recovered: 0 });
    },
    heldWith: (entityHash) =>
      page
        .listed(page.held.get(hashKey(entityHash)) ?? [], undefined)
        .filter(({ cause, state }) => cause === "entity-held" && state === "held")
        .map(({ record }) => record),
    touch(record) {
      if ((page.effects.get(record) ?? []).length > 0) change(record, { touched: true });
    },
    newestVersions(entityHash, offset, limit) {
      const { rows, more } = versionsOf(entityHash);
      const newest = rows.sort((a, b) => compare(b.version, a.version)).slice(offset, offset + limit);
      if (newest.length < limit && more) throw new NotFetched("versions", hashKey(entityHash));
      return newest.map(({ record, version, state }) => ({
        record,
        version: version as string,
        ended: state === "dead" || state === "quarantined" || state === "discarded",
      }));
    },
    olderWaiting: (entityHash, version) =>
      versionsOf(entityHash)
        .rows.filter((row) => row.state === "waiting" && row.cause !== "undoing" && compare(row.version, version) < 0)
        .map(({ record, keyHash, book }) => ({ record, keyHash: keyHash as number, ahead: false, book })),
  };
}

/** As the store sorts them. */
function compare(one = "", other = ""): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Whether a record stands in the way of what comes after it on its key. */
export const isBlocker = (row: RecordRowHere, keyHash: number): boolean =>
  row.keyHash === keyHash && row.strict && waitsForPerson(row.state);
