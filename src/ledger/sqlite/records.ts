import type { Cause, Issue, State } from "../../model/record.ts";
import type { Hash, Identified } from "../ledger.ts";
import { cell, type Prepare, value } from "./cells.ts";
import type { Uniques } from "./uniques.ts";

/** A state as the row holds it: `delivering` stands in the key's due row. */
export type RowState = Exclude<State, "delivering">;

/** The condition of the indexes over what waits for a person. A statement that uses them holds it letter for letter. */
export const needsPerson = "(state = 'quarantined' or state = 'dead' or state = 'held')";

export function waitsForPerson(state: RowState): boolean {
  return state === "quarantined" || state === "dead" || state === "held";
}

/** A record that ended so has nothing that another entity may not have. */
function givesUp(state: RowState): boolean {
  return state === "superseded" || state === "filtered" || state === "discarded";
}

/** What decides where a record may go. */
export interface Standing {
  readonly record: number;
  readonly book: number;
  readonly state: RowState;
  readonly cause: Cause | undefined;
  readonly revision: number;
  readonly keyHash: number | undefined;
  readonly entityHash: Hash | undefined;
  readonly version: string | undefined;
  readonly strict: boolean;
  readonly identified: boolean;
  /** It waits in the backlog of its book, and in no queue, where it stands above the line (backlog.ts). */
  readonly ahead: boolean;
}

export interface NewRecord {
  readonly record: number;
  readonly book: number;
  readonly state: RowState;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly issues: readonly Issue[] | undefined;
  readonly source: number;
  readonly contract: number;
  readonly payload: number;
  readonly identity: Identified | undefined;
  readonly key: string | undefined;
  readonly keyHash: number | undefined;
  readonly receivedAtMs: number;
  readonly queued: boolean;
  readonly ahead: boolean;
  readonly strict: boolean;
  readonly loading: boolean;
  /** A word. */
  readonly origin: number | undefined;
  readonly line: number | undefined;
}

/** How a run ends for its record. */
export interface RunEnd {
  readonly state: RowState;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly issues: readonly Issue[] | undefined;
  readonly atMs: number;
  readonly attempts: number;
  readonly spentMs: number;
  readonly strict: boolean;
}

/** Where a person, a newer version or a passing redelivery puts a record. */
export interface Placed {
  readonly state: RowState;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly issues: readonly Issue[] | undefined;
  readonly atMs: number;
  readonly queued: boolean;
  readonly ahead: boolean;
}

export interface Records {
  insert(record: NewRecord): void;
  insertPayload(payload: number, raw: Uint8Array | string): void;
  /** Content, or raw text of its own; undefined for both takes the content back to the raw text. */
  setContent(record: number, content: string | undefined, raw: string | undefined): void;
  setIdentity(record: number, identity: Identified, place: { key: string; keyHash: number }, contract: number): void;
  /** What a changed contract makes of it. */
  reread(record: number, contract: number, content: string | undefined): void;
  /** New content in place of what it has. */
  edit(record: number, contract: number, content: string | undefined, raw: string): void;
  standing(record: number): Standing | undefined;
  /** The state as others see it; pruned records were final. */
  state(record: number): { state: RowState; keyHash: number | undefined; identified: boolean } | undefined;
  endRun(record: number, end: RunEnd): void;
  place(record: number, placed: Placed): void;
  /** It waits behind another record of its key. */
  queue(record: number): void;
}

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

  const setContract = prepare("update records set contract = ? where record = ?");

  function setContent(record: number, content: string | undefined, raw: string | undefined): void {
    if (content !== undefined || raw !== undefined) upsertContent.run(record, cell(content), cell(raw));
    else if (dropContent.run(record) === 0) clearContent.run(record);
  }

  return {
    setContent,
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
  };
}
