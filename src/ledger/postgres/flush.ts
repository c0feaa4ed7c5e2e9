import { recordNumber } from "../desk/numbers.ts";
import type { SharedCall } from "../ledger.ts";
import { countBooks } from "./books.ts";
import type { Value } from "./cells.ts";
import { type Columns, insert, remove, sorted, update } from "./columns.ts";
import { flushEffects } from "./flush-effects.ts";
import { laneOf } from "./lanes.ts";
import type { Sql } from "./line.ts";
import type { Page } from "./page.ts";
import { type RecordRowHere, recordTable } from "./rows.ts";
import { hashOf } from "./shelf.ts";

// Writes what changed on a page: one statement for each kind of change, whatever the number of rows, and none of them waits for another's answer.

export function flush(sql: Sql, page: Page, worker: number): void {
  flushPayloads(sql, page);
  flushRecords(sql, page);
  flushContents(sql, page);
  flushMarks(sql, page);
  flushDue(sql, page);
  flushEntities(sql, page);
  flushEffects(sql, page);
  flushUniques(sql, page);
  const taken = page.outbox.changed().map(([number]) => number);
  remove(sql, "outbox", "number", "bigint", taken);
  flushRest(sql, page);
  countBooks(
    sql,
    worker,
    [...page.counts].map(([book, counts]) => ({ book, ...counts })),
  );
}

function flushPayloads(sql: Sql, { payloads }: Page): void {
  insert(sql, "payloads", [
    ["payload", "bigint", payloads.map(({ payload }) => payload)],
    ["raw", "bytea", payloads.map(({ raw }) => (typeof raw === "string" ? Buffer.from(raw) : raw))],
    ["text", "boolean", payloads.map(({ raw }) => typeof raw === "string")],
  ]);
}

const recordColumnsOf = (rows: readonly [number, RecordRowHere][]): Columns =>
  recordTable.map(([name, type, field]) => [name, type, rows.map(([, row]) => row[field] as Value)] as const);

function flushRecords(sql: Sql, page: Page): void {
  const { added, before, now } = sorted(page.records);
  insert(sql, "records", recordColumnsOf(added));
  update(sql, "records", recordColumnsOf(before), recordColumnsOf(now));
  const ends = [...page.ends];
  if (ends.length === 0) return;
  sql.send(
    `update waybill.records old set state = new.state, cause = new.cause, reason = new.reason, issues = new.issues,
       settled_at = new.settled_at, attempts = old.attempts + new.attempts, spent = old.spent + new.spent, strict = new.strict,
       recovered = 0, touched = true, revision = old.revision + 1,
       uncompared = case when new.state = 'waiting' then old.uncompared else false end
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::integer[], $8::bigint[], $9::boolean[])
       as new (record, state, cause, reason, issues, settled_at, attempts, spent, strict)
     where old.record = new.record`,
    ends.map(([record]) => record),
    ends.map(([, end]) => end.state),
    ends.map(([, end]) => end.cause),
    ends.map(([, end]) => end.reason),
    ends.map(([, end]) => end.issues),
    ends.map(([, end]) => end.settledAtMs),
    ends.map(([, end]) => end.attempts),
    ends.map(([, end]) => end.spentMs),
    ends.map(([, end]) => end.strict),
  );
}

function flushContents(sql: Sql, { contents }: Page): void {
  const all = [...contents];
  const kept = all.filter(([, { content, raw }]) => content !== undefined || raw !== undefined);
  const cleared = all
    .filter(([, { content, raw }]) => content === undefined && raw === undefined)
    .map(([record]) => record);
  insert(
    sql,
    "contents",
    [
      ["record", "bigint", kept.map(([record]) => record)],
      ["content", "text", kept.map(([, { content }]) => content)],
      ["raw", "text", kept.map(([, { raw }]) => raw)],
    ],
    "on conflict (record) do update set content = excluded.content, raw = coalesce(excluded.raw, contents.raw)",
  );
  if (cleared.length === 0) return;
  sql.send("delete from waybill.contents where record = any($1::bigint[]) and raw is null", cleared);
  sql.send("update waybill.contents set content = null where record = any($1::bigint[])", cleared);
}

function flushMarks(sql: Sql, page: Page): void {
  const { added, before, now } = sorted(page.marks);
  const columns = (of: typeof added): Columns => [
    ["mark", "bytea", of.map(([key]) => hashOf(key))],
    ["book", "integer", of.map(([, { book }]) => book)],
    ["record", "bigint", of.map(([, { record }]) => record)],
    ["key_hash", "bigint", of.map(([, { keyHash }]) => keyHash)],
    ["raw_hash", "bytea", of.map(([, { rawHash }]) => rawHash)],
    ["fingerprint", "bytea", of.map(([, { fingerprint }]) => fingerprint)],
    ["contract", "integer", of.map(([, { contract }]) => contract)],
  ];
  insert(sql, "marks", columns(added));
  update(sql, "marks", columns(before), columns(now));
}

function flushDue(sql: Sql, page: Page): void {
  const gone = page.due
    .changed()
    .flatMap(([key, row]) => (row === undefined && page.due.before(key) !== undefined ? [key] : []));
  const { added, before, now } = sorted(page.due);
  const columns = (of: typeof added): Columns => [
    ["key_hash", "bigint", of.map(([key]) => key)],
    ["lane", "smallint", of.map(([key]) => laneOf(key))],
    ["book", "integer", of.map(([, { book }]) => book)],
    ["head", "bigint", of.map(([, { head }]) => head)],
    ["at", "bigint", of.map(([, { atMs }]) => atMs)],
    ["unsettled", "integer", of.map(([, { unsettled }]) => unsettled)],
    ["delivering", "boolean", of.map(([, { delivering }]) => delivering)],
    ["blocked", "boolean", of.map(([, { blocked }]) => blocked)],
    ["newest", "bigint", of.map(([, { newest }]) => newest)],
  ];
  remove(sql, "due", "key_hash", "bigint", gone);
  insert(sql, "due", columns(added));
  update(sql, "due", columns(before), columns(now));
}

function flushEntities(sql: Sql, page: Page): void {
  const { added, before, now } = sorted(page.entities);
  const columns = (of: typeof added): Columns => [
    ["entity_hash", "bytea", of.map(([hash]) => hashOf(hash))],
    ["entity", "bigint", of.map(([, { entity }]) => entity)],
    ["book", "integer", of.map(([, { book }]) => book)],
    ["key", "text", of.map(([, { key }]) => key)],
    ["key_hash", "bigint", of.map(([, { keyHash }]) => keyHash)],
    ["version", "text", of.map(([, { version }]) => version)],
    ["fingerprint", "bytea", of.map(([, { fingerprint }]) => fingerprint)],
    ["begun", "boolean", of.map(([, { begun }]) => begun)],
  ];
  insert(sql, "entities", columns(added));
  update(sql, "entities", columns(before), columns(now));
}

function flushUniques(sql: Sql, page: Page): void {
  const claims = page.claims.changed();
  const gone = claims.flatMap(([record]) => (page.claims.before(record) === undefined ? [] : [record]));
  const made = claims.flatMap(([record, claim]) => (claim === undefined ? [] : [{ record, ...claim }]));
  remove(sql, "unique_claims", "record", "bigint", gone);
  insert(sql, "unique_claims", [
    ["record", "bigint", made.map(({ record }) => record)],
    ["value", "bytea", made.map(({ value }) => value)],
    ["entity_hash", "bytea", made.map(({ entityHash }) => entityHash)],
  ]);
  const values = page.uniques.changed();
  const kept = values.flatMap(([hash, row]) => (row === undefined ? [] : [{ hash, ...row }]));
  const left = values.flatMap(([hash]) => (page.uniques.before(hash) === undefined ? [] : [hashOf(hash)]));
  remove(sql, "uniques", "value", "bytea", left);
  insert(sql, "uniques", [
    ["value", "bytea", kept.map(({ hash }) => hashOf(hash))],
    ["entity", "text", kept.map(({ entity }) => entity)],
    ["record", "bigint", kept.map(({ record }) => record)],
  ]);
}

function flushRest(sql: Sql, page: Page): void {
  insert(sql, "timeline", [
    ["record", "bigint", page.timeline.map(({ record }) => record)],
    ["entry", "bigint", page.timeline.map(({ entry }) => entry)],
    ["at", "bigint", page.timeline.map(({ atMs }) => atMs)],
    ["what", "text", page.timeline.map(({ what }) => what)],
    ["actor", "text", page.timeline.map(({ actor }) => actor)],
    ["detail", "text", page.timeline.map(({ detail }) => detail)],
  ]);
  insert(sql, "traces", [
    ["record", "bigint", [...page.traces.keys()]],
    ["traceparent", "text", [...page.traces.values()]],
  ]);
  flushSearched(sql, page);
  const cursors = page.cursors.changed().flatMap(([source, row]) => (row === undefined ? [] : [{ source, ...row }]));
  insert(
    sql,
    "cursors",
    [
      ["source", "text", cursors.map(({ source }) => source)],
      ["cursor", "text", cursors.map(({ cursor }) => cursor)],
      ["at", "bigint", cursors.map(({ atMs }) => atMs)],
    ],
    "on conflict (source) do update set cursor = excluded.cursor, at = excluded.at",
  );
  if (page.remembered.size > 0)
    sql.send("update waybill.books set remembers = true where book = any($1::integer[])", [...page.remembered]);
  if (page.watched.size > 0)
    sql.send("insert into waybill.passed (key_hash, record) select unnest($1::bigint[]), 0 on conflict do nothing", [
      ...page.watched,
    ]);
  if (page.passing.size > 0)
    sql.send(
      `update waybill.passed old set record = new.record from unnest($1::bigint[], $2::bigint[]) as new (key_hash, record)
       where old.key_hash = new.key_hash and old.record < new.record`,
      [...page.passing.keys()],
      [...page.passing.values()],
    );
  flushSharedCalls(sql, page);
}

function flushSearched(sql: Sql, { searched }: Page): void {
  const all = [...searched];
  const before = all.filter(([, { isNew }]) => !isNew).map(([record]) => record);
  remove(sql, "search_values", "record", "bigint", before);
  const found = all.flatMap(([record, { values }]) => values.map((value) => ({ value, record })));
  insert(sql, "search_values", [
    ["value", "text", found.map(({ value }) => value)],
    ["record", "bigint", found.map(({ record }) => record)],
  ]);
}

function flushSharedCalls(sql: Sql, page: Page): void {
  const gone: string[] = [];
  for (const [key, found] of page.sharedCalls) {
    const call = found as SharedCall | undefined;
    if (call === undefined) {
      gone.push(key);
      continue;
    }
    sql.send(
      `insert into waybill.shared_calls (key, request, state, how, result, answer, why, first_sent, last_sent, records)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       on conflict (key) do update set request = excluded.request, state = excluded.state, how = excluded.how,
         result = excluded.result, answer = excluded.answer, why = excluded.why, first_sent = excluded.first_sent,
         last_sent = excluded.last_sent, records = excluded.records`,
      call.key,
      call.request,
      call.state,
      call.how,
      call.result,
      call.answer,
      call.why,
      call.firstSentMs,
      call.lastSentMs,
      call.records.map(recordNumber),
    );
  }
  remove(sql, "shared_calls", "key", "text", gone);
}
