import { recordNumber } from "../desk/numbers.ts";
import type { SharedCall } from "../ledger.ts";
import { countBooks } from "./books.ts";
import type { Value } from "./cells.ts";
import { laneOf } from "./lanes.ts";
import type { Sql } from "./line.ts";
import type { Page } from "./page.ts";
import { type EffectHere, type RecordRowHere, recordTable } from "./rows.ts";
import { hashOf } from "./shelf.ts";

// Writes what changed on a page: one statement for each kind of change, whatever the number of rows, and none of them waits for another's answer.

type Columns = readonly (readonly [name: string, type: string, values: readonly Value[]])[];

const unnest = (columns: Columns): string => columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(", ");
const names = (columns: Columns): string => columns.map(([name]) => name).join(", ");
const valuesOf = (columns: Columns): Value[] => columns.map(([, , values]) => values as Value);

function insert(sql: Sql, table: string, columns: Columns, onConflict = ""): void {
  if (columns[0]?.[2].length === 0) return;
  sql.send(
    `insert into waybill.${table} (${names(columns)}) select * from unnest(${unnest(columns)}) ${onConflict}`,
    ...valuesOf(columns),
  );
}

/** Sets all columns but the first ones, which name the row. */
function update(sql: Sql, table: string, columns: Columns, keys = 1): void {
  if (columns[0]?.[2].length === 0) return;
  const set = columns.slice(keys).map(([name]) => `${name} = new.${name}`);
  const where = columns.slice(0, keys).map(([name]) => `old.${name} = new.${name}`);
  sql.send(
    `update waybill.${table} old set ${set.join(", ")} from unnest(${unnest(columns)}) as new (${names(columns)})
     where ${where.join(" and ")}`,
    ...valuesOf(columns),
  );
}

function remove(sql: Sql, table: string, key: string, type: string, values: readonly Value[]): void {
  if (values.length > 0) sql.send(`delete from waybill.${table} where ${key} = any($1::${type}[])`, values as Value);
}

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

const recordColumnsOf = (rows: readonly RecordRowHere[]): Columns =>
  recordTable.map(([name, type, field]) => [name, type, rows.map((row) => row[field] as Value)] as const);

function flushRecords(sql: Sql, page: Page): void {
  const rows = page.records.changed().flatMap(([, row]) => (row === undefined ? [] : [row]));
  insert(sql, "records", recordColumnsOf(rows.filter(({ record }) => page.records.before(record) === undefined)));
  update(sql, "records", recordColumnsOf(rows.filter(({ record }) => page.records.before(record) !== undefined)));
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
  const rows = page.marks.changed().flatMap(([key, row]) => (row === undefined ? [] : [{ key, ...row }]));
  const columns = (of: typeof rows): Columns => [
    ["mark", "bytea", of.map(({ key }) => hashOf(key))],
    ["book", "integer", of.map(({ book }) => book)],
    ["record", "bigint", of.map(({ record }) => record)],
    ["key_hash", "bigint", of.map(({ keyHash }) => keyHash)],
    ["raw_hash", "bytea", of.map(({ rawHash }) => rawHash)],
    ["fingerprint", "bytea", of.map(({ fingerprint }) => fingerprint)],
    ["contract", "integer", of.map(({ contract }) => contract)],
  ];
  insert(sql, "marks", columns(rows.filter(({ key }) => page.marks.before(key) === undefined)));
  update(sql, "marks", columns(rows.filter(({ key }) => page.marks.before(key) !== undefined)));
}

function flushDue(sql: Sql, page: Page): void {
  const changed = page.due.changed();
  const rows = changed.flatMap(([, row]) => (row === undefined ? [] : [row]));
  const gone = changed.flatMap(([key, row]) => (row === undefined && page.due.before(key) !== undefined ? [key] : []));
  const columns = (of: typeof rows): Columns => [
    ["key_hash", "bigint", of.map(({ keyHash }) => keyHash)],
    ["lane", "smallint", of.map(({ keyHash }) => laneOf(keyHash))],
    ["book", "integer", of.map(({ book }) => book)],
    ["head", "bigint", of.map(({ head }) => head)],
    ["at", "bigint", of.map(({ atMs }) => atMs)],
    ["unsettled", "integer", of.map(({ unsettled }) => unsettled)],
    ["delivering", "boolean", of.map(({ delivering }) => delivering)],
    ["blocked", "boolean", of.map(({ blocked }) => blocked)],
    ["newest", "bigint", of.map(({ newest }) => newest)],
  ];
  remove(sql, "due", "key_hash", "bigint", gone);
  insert(sql, "due", columns(rows.filter(({ keyHash }) => page.due.before(keyHash) === undefined)));
  update(sql, "due", columns(rows.filter(({ keyHash }) => page.due.before(keyHash) !== undefined)));
}

function flushEntities(sql: Sql, page: Page): void {
  const rows = page.entities.changed().flatMap(([hash, row]) => (row === undefined ? [] : [{ hash, ...row }]));
  const columns = (of: typeof rows): Columns => [
    ["entity_hash", "bytea", of.map(({ hash }) => hashOf(hash))],
    ["entity", "bigint", of.map(({ entity }) => entity)],
    ["book", "integer", of.map(({ book }) => book)],
    ["key", "text", of.map(({ key }) => key)],
    ["key_hash", "bigint", of.map(({ keyHash }) => keyHash)],
    ["version", "text", of.map(({ version }) => version)],
    ["fingerprint", "bytea", of.map(({ fingerprint }) => fingerprint)],
    ["begun", "boolean", of.map(({ begun }) => begun)],
  ];
  insert(sql, "entities", columns(rows.filter(({ hash }) => page.entities.before(hash) === undefined)));
  update(sql, "entities", columns(rows.filter(({ hash }) => page.entities.before(hash) !== undefined)));
}

interface OwnedEffect extends EffectHere {
  readonly owner: number;
}

function flushEffects(sql: Sql, page: Page): void {
  const added: OwnedEffect[] = [];
  const changed: OwnedEffect[] = [];
  const requested: OwnedEffect[] = [];
  const dropped: { readonly owner: number; readonly name: string }[] = [];
  for (const [owner, now = []] of page.effects.changed()) {
    const before = new Map((page.effects.before(owner) ?? []).map((one) => [one.effect.name, one.effect]));
    for (const one of now) {
      const stored = before.get(one.effect.name);
      before.delete(one.effect.name);
      if (stored === one.effect) continue;
      (stored === undefined ? added : changed).push({ owner, ...one });
      if (stored?.request !== one.effect.request) requested.push({ owner, ...one });
    }
    for (const name of before.keys()) dropped.push({ owner, name });
  }
  const columns = (of: readonly OwnedEffect[]): Columns => [
    ["owner", "bigint", of.map(({ owner }) => owner)],
    ["name", "text", of.map(({ effect }) => effect.name)],
    ["n", "integer", of.map(({ n }) => n)],
    ["per", "text", of.map(({ effect }) => effect.per)],
    ["generation", "integer", of.map(({ effect }) => effect.generation)],
    ["state", "text", of.map(({ effect }) => effect.state)],
    ["how", "text", of.map(({ effect }) => effect.how)],
    ["result", "text", of.map(({ effect }) => effect.result)],
    ["answer", "text", of.map(({ effect }) => effect.answer)],
    ["why", "text", of.map(({ effect }) => effect.why)],
    ["release", "integer", of.map(({ effect }) => page.words.get(effect.release))],
    ["idempotency_key", "text", of.map(({ effect }) => effect.idempotencyKey)],
    ["first_sent", "bigint", of.map(({ effect }) => effect.firstSentMs)],
    ["last_sent", "bigint", of.map(({ effect }) => effect.lastSentMs)],
    ["done_at", "bigint", of.map(({ effect }) => effect.doneAtMs)],
    ["attempts", "integer", of.map(({ effect }) => effect.attempts)],
    ["made_by", "bigint", of.map(({ effect }) => recordNumber(effect.madeBy))],
    ["uncompared", "boolean", of.map(({ effect }) => effect.uncompared)],
  ];
  if (dropped.length > 0)
    for (const table of ["requests", "effects"])
      sql.send(
        `delete from waybill.${table} old using unnest($1::bigint[], $2::text[]) as gone (owner, name)
         where old.owner = gone.owner and old.name = gone.name`,
        dropped.map(({ owner }) => owner),
        dropped.map(({ name }) => name),
      );
  insert(sql, "effects", columns(added));
  update(sql, "effects", columns(changed), 2);
  insert(
    sql,
    "requests",
    [
      ["owner", "bigint", requested.map(({ owner }) => owner)],
      ["name", "text", requested.map(({ effect }) => effect.name)],
      ["request", "text", requested.map(({ effect }) => effect.request)],
    ],
    "on conflict (owner, name) do update set request = excluded.request",
  );
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
