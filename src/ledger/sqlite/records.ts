import type { Cause, Issue } from "../../model/record.ts";
import { givesUp, type Records, type RowState } from "../desk/records.ts";
import type { Uniques } from "../desk/uniques.ts";
import type { Hash, Identified } from "../ledger.ts";
import { cell, type Prepare, value } from "./cells.ts";

/** The condition of the indexes over what waits for a person. A statement that uses them holds it letter for letter. */
export const needsPerson = "(state = 'quarantined' or state = 'dead' or state = 'held')";

export function issuesText(issues: readonly Issue[] | undefined): string | null {
  return issues === undefined || issues.length === 0 ? null : JSON.stringify(issues);
}

/** Null where it can be told from the others. */
const entityCell = (identity: Identified): string | null => (identity.entity === identity.id ? null : identity.entity);
const keyCell = (identity: Identified, key: string): string | null => (key === identity.entity ? null : key);

export function keepRecords(prepare: Prepare, uniques: Uniques): Records {
  const insert = prepare(
    `insert into records (record, book, state, cause, reason, issues, source, contract, payload, id, entity, key, key_hash,
       entity_hash, version, received_at, settled_at, queued, ahead, strict, loading, origin, line)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertPayload = prepare("insert into payloads (payload, raw) values (?, ?)");
  const upsertContent = prepare(
    `insert into contents (record, content, raw) values (?, ?, ?)
     on conflict do update set content = excluded.content, raw = coalesce(excluded.raw, raw)`,
  );
  const dropContent = prepare("delete from contents where record = ? and raw is null");
  const clearContent = prepare("update contents set content = null where record = ?");
  const setIdentity = prepare(
    `update records set id = ?, entity = ?, key = ?, key_hash = ?, entity_hash = ?, version = ?, contract = ?, loading = 0
     where record = ?`,
  );
  const standing = prepare(
    "select book, state, cause, revision, key_hash, entity_hash, version, strict, id, ahead from records where record = ?",
  );
  const state = prepare("select state, key_hash, id is not null from records where record = ?");
  const endRun = prepare(
    `update records set state = ?, cause = ?, reason = ?, issues = ?, settled_at = ?, attempts = attempts + ?, spent = spent + ?,
       strict = ?, ahead = 0, recovered = 0, touched = 1, revision = revision + 1, uncompared = case when ?1 = 'waiting' then uncompared else 0 end
     where record = ?`,
  );
  const place = prepare(
    `update records set state = ?, cause = ?, reason = ?, issues = ?, settled_at = ?, queued = ?, ahead = ?, at = null,
       revision = revision + 1 where record = ?`,
  );
  const queue = prepare("update records set queued = 1 where record = ?");

  const rawOf = prepare(
    "select coalesce(c.raw, p.raw) from records r left join payloads p using (payload) left join contents c using (record) where r.record = ?",
  );
  const hasPayload = prepare("select 1 from records r join payloads p using (payload) where r.record = ?");
  const anyUnread = prepare(
    `select 1 from records where ${needsPerson} and book = ? and state = 'quarantined'
       and cause in ('contract', 'contract-failed', 'identity') limit 1`,
  );
  const mark = prepare(
    `update records set strict = ?, salt = coalesce(?, salt), uncompared = max(uncompared, ?), touched = max(touched, ?)
     where record = ?`,
  );
  const setLoading = prepare("update records set key = ?, key_hash = ?, loading = 1 where record = ?");
  const startAnew = prepare("update records set attempts = 0, spent = 0, recovered = 0 where record = ?");
  const heldWith = prepare(
    "select record from records where cause = 'entity-held' and entity_hash = ? and state = 'held' order by record",
  );
  const touch = prepare(
    "update records set touched = 1 where record = ?1 and exists (select 1 from effects where owner = ?1)",
  );
  const newestVersions = prepare(
    `select record, version, state = 'dead' or state = 'quarantined' or state = 'discarded' from records
     where entity_hash = ? and version is not null order by version desc limit ? + 0 offset ? + 0`,
  );
  const olderWaiting = prepare(
    `select record, key_hash, ahead, book from records where entity_hash = ? and version < ? and version is not null and state = 'waiting'
       and (cause is null or cause <> 'undoing')`,
  );
  const setContract = prepare("update records set contract = ? where record = ?");
  const insertValue = prepare("insert into search_values (value, record) values (?, ?)");
  const dropValues = prepare("delete from search_values where record = ?");

  function setSearch(record: number, values: readonly string[]): void {
    dropValues.run(record);
    for (const text of values) insertValue.run(text, record);
  }

  function setContent(record: number, content: string | undefined, raw: string | undefined): void {
    if (content !== undefined || raw !== undefined) upsertContent.run(record, cell(content), cell(raw));
    else if (dropContent.run(record) === 0) clearContent.run(record);
  }

  return {
    setContent,
    setSearch,
    reread(record, contract, content) {
      setContract.run(contract, record);
      setContent(record, content, undefined);
    },
    edit(record, contract, content, raw) {
      setContract.run(contract, record);
      setContent(record, content, raw);
    },
    insert(made) {
      const { identity } = made;
      insert.run(
        made.record,
        made.book,
        made.state,
        cell(made.cause),
        cell(made.reason),
        issuesText(made.issues),
        made.source,
        made.contract,
        made.payload,
        identity === undefined ? null : identity.id,
        identity === undefined ? null : entityCell(identity),
        identity === undefined || made.key === undefined ? cell(made.key) : keyCell(identity, made.key),
        cell(made.keyHash),
        identity === undefined ? null : identity.entityHash,
        cell(identity?.version),
        made.receivedAtMs,
        made.state === "waiting" ? null : made.receivedAtMs,
        made.queued ? 1 : 0,
        made.ahead ? 1 : 0,
        made.strict ? 1 : 0,
        made.loading ? 1 : 0,
        cell(made.origin),
        cell(made.line),
      );
      for (const text of identity?.search ?? []) insertValue.run(text, made.record);
    },
    insertPayload(payload, raw) {
      insertPayload.run(payload, raw);
    },
    setIdentity(record, identity, { key, keyHash }, contract) {
      setIdentity.run(
        identity.id,
        entityCell(identity),
        keyCell(identity, key),
        keyHash,
        identity.entityHash,
        cell(identity.version),
        contract,
        record,
      );
      setSearch(record, identity.search ?? []);
    },
    standing(record) {
      const row = standing.get(record);
      if (row === undefined) return undefined;
      return {
        record,
        book: row[0] as number,
        state: row[1] as RowState,
        cause: value<Cause>(row[2]),
        revision: row[3] as number,
        keyHash: value<number>(row[4]),
        entityHash: value<Hash>(row[5]),
        version: value<string>(row[6]),
        strict: row[7] === 1,
        identified: row[8] !== null,
        ahead: row[9] === 1,
      };
    },
    state(record) {
      const row = state.get(record);
      if (row === undefined) return undefined;
      return { state: row[0] as RowState, keyHash: value<number>(row[1]), identified: row[2] === 1 };
    },
    endRun(record, end) {
      if (givesUp(end.state)) uniques.free(record);
      endRun.run(
        end.state,
        cell(end.cause),
        cell(end.reason),
        issuesText(end.issues),
        end.state === "waiting" ? null : end.atMs,
        end.attempts,
        end.spentMs,
        end.strict ? 1 : 0,
        record,
      );
    },
    place(record, placed) {
      if (givesUp(placed.state)) uniques.free(record);
      place.run(
        placed.state,
        cell(placed.cause),
        cell(placed.reason),
        issuesText(placed.issues),
        placed.state === "waiting" ? null : placed.atMs,
        placed.queued ? 1 : 0,
        placed.ahead ? 1 : 0,
        record,
      );
    },
    queue(record) {
      queue.run(record);
    },
    raw: (record) => value<string | Uint8Array>(rawOf.get(record)?.[0]),
    hasPayload: (record) => hasPayload.get(record) !== undefined,
    anyUnread: (book) => anyUnread.get(book) !== undefined,
    mark(record, { strict, salt, uncompared, touched }) {
      mark.run(strict ? 1 : 0, cell(salt), uncompared ? 1 : 0, touched ? 1 : 0, record);
    },
    setLoading(record, { key, keyHash }) {
      setLoading.run(key, keyHash, record);
    },
    startAnew(record) {
      startAnew.run(record);
    },
    heldWith: (entityHash) => heldWith.all(entityHash).map(([record]) => record as number),
    touch(record) {
      touch.run(record);
    },
    newestVersions: (entityHash, offset, limit) =>
      newestVersions.all(entityHash, limit, offset).map(([record, version, ended]) => ({
        record: record as number,
        version: version as string,
        ended: ended === 1,
      })),
    olderWaiting: (entityHash, version) =>
      olderWaiting.all(entityHash, version).map(([record, keyHash, ahead, book]) => ({
        record: record as number,
        keyHash: keyHash as number,
        ahead: ahead === 1,
        book: book as number,
      })),
  };
}
