// Which rows are moved, table by table: the columns that PostgreSQL has, and the statement that reads them from SQLite in their order. Most tables are the
// same in both. Where they are not, the statement says how: words and books keep their numbers, records their ids, and times what they are.

/** How a cell is written and compared; `numbers` is a list of them. */
export type CellType =
  | "text"
  | "integer"
  | "smallint"
  | "bigint"
  | "boolean"
  | "double precision"
  | "bytea"
  | "numbers";

export interface MovedTable {
  readonly name: string;
  readonly columns: readonly (readonly [name: string, type: CellType])[];
  /** Of SQLite. */
  readonly select: string;
}

const columnsOf = (text: string): MovedTable["columns"] =>
  text.split(",").map((column) => {
    const [name, ...type] = column.trim().split(/\s+/);
    return [name as string, type.join(" ") as CellType] as const;
  });

/** The same in both. */
function same(name: string, columns: string): MovedTable {
  const parsed = columnsOf(columns);
  return { name, columns: parsed, select: `select ${parsed.map(([column]) => column).join(", ")} from ${name}` };
}

const laidOut = (name: string, columns: string, select: string): MovedTable => ({
  name,
  columns: columnsOf(columns),
  select,
});

/** The counters of all that came before belong to no worker that lives. */
const formerWorker = 0;

const waits = "r.state = 'waiting'";

const markColumns = "mark, book, record, key_hash, raw_hash, fingerprint, contract";

export const movedTables: readonly MovedTable[] = [
  // Where the former owner listened is nobody's address any more.
  laidOut(
    "ledger",
    "one integer, ledger_id text, epoch integer, server_url text, copied_at bigint, calls_bytes bigint",
    "select one, ledger_id, epoch, null, null, calls_bytes from ledger",
  ),
  laidOut(
    "books",
    "book integer, integration text, tenant text, remembers boolean, parked boolean",
    "select book, integration, tenant, remembers, 0 from books",
  ),
  laidOut(
    "book_counts",
    "book integer, worker bigint, received bigint, duplicate bigint, pruned bigint, refused bigint",
    `select book, ${formerWorker}, received, duplicate, pruned, refused from books`,
  ),
  same("words", "word integer, text text"),
  // Whoever waits and is not the head of its key is behind it. A head that gives way to an older record keeps when it is due.
  laidOut(
    "records",
    `record bigint, book integer, state text, cause text, reason text, issues text, source integer, contract integer, payload bigint, id text,
     entity text, key text, key_hash bigint, entity_hash bytea, version text, salt text, received_at bigint, settled_at bigint, at bigint,
     attempts integer, spent bigint, recovered integer, revision integer, queued boolean, strict boolean, loading boolean, touched boolean,
     uncompared boolean, origin integer, line bigint`,
    `select r.record, r.book, r.state, r.cause, r.reason, r.issues, r.source, r.contract, r.payload, r.id, r.entity, r.key, r.key_hash,
       r.entity_hash, r.version, r.salt, r.received_at, r.settled_at, case when d.head = r.record and a.head <> r.record then d.at else r.at end,
       r.attempts, r.spent, r.recovered, r.revision, case when ${waits} then a.head <> r.record else 0 end, r.strict, r.loading, r.touched,
       r.uncompared, r.origin, r.line
     from records r left join arranged a on ${waits} and a.key_hash = r.key_hash left join due d on ${waits} and d.key_hash = r.key_hash`,
  ),
  laidOut(
    "payloads",
    "payload bigint, raw bytea, text boolean",
    "select payload, cast(raw as blob), typeof(raw) = 'text' from payloads",
  ),
  same("contents", "record bigint, content text, raw text"),
  laidOut(
    "marks",
    "mark bytea, book integer, record bigint, key_hash bigint, raw_hash bytea, fingerprint bytea, contract integer",
    `select ${markColumns} from young
     union all select ${markColumns} from marks m where not exists (select 1 from young y where y.mark = m.mark)`,
  ),
  laidOut(
    "due",
    `key_hash bigint, lane smallint, book integer, head bigint, at bigint, unsettled integer, delivering boolean, blocked boolean, newest bigint`,
    "select key_hash, key_hash % 256, book, head, at, unsettled, 0, blocked, newest from arranged",
  ),
  laidOut(
    "effects",
    `owner bigint, name text, n integer, per text, generation integer, state text, how text, result text, answer text, why text, release integer,
     idempotency_key text, first_sent bigint, last_sent bigint, done_at bigint, attempts integer, made_by bigint, uncompared boolean`,
    `select owner, name, row_number() over (partition by owner order by effect), per, generation, state, how, result, answer, why, release,
       idempotency_key, first_sent, last_sent, done_at, attempts, made_by, uncompared from effects`,
  ),
  laidOut(
    "requests",
    "owner bigint, name text, request text",
    "select e.owner, e.name, q.request from requests q join effects e using (effect)",
  ),
  same("passed", "key_hash bigint, record bigint"),
  same(
    "entities",
    "entity_hash bytea, entity bigint, book integer, key text, key_hash bigint, version text, fingerprint bytea, begun boolean",
  ),
  same("timeline", "record bigint, entry bigint, at bigint, what text, actor text, detail text"),
  same("traces", "record bigint, traceparent text"),
  same("search_values", "value text, record bigint"),
  same("cursors", "source text, cursor text, at bigint"),
  same("refusals", "source text, tenant text, reason text, count bigint, first_at bigint, last_at bigint, sample text"),
  same("pauses", "kind text, name text, at bigint, actor text, why text"),
  same("restores", "epoch integer, at bigint, copied_at bigint, doubt_new_until bigint"),
  same(
    "asks",
    "ask bigint, what text, about text, input text, asked_at bigint, progress text, answer text, answered_at bigint",
  ),
  same("journal", "about text, entry bigint, at bigint, what text, actor text, why text, detail text"),
  same("uniques", "value bytea, entity text, record bigint"),
  same("unique_claims", "record bigint, value bytea, entity_hash bytea"),
  same("budgets", "system text, tenant text, name text, key text, per bigint"),
  laidOut(
    "budget_spent",
    "system text, tenant text, name text, key text, until bigint, points double precision",
    "select b.system, b.tenant, b.name, b.key, s.until, s.points from budget_spent s join budgets b using (budget)",
  ),
  same("stops", "system text, tenant text, kind text, at bigint, until bigint, open bigint, why text"),
  laidOut(
    "shared_calls",
    `key text, request text, state text, how text, result text, answer text, why text, first_sent bigint, last_sent bigint, records numbers`,
    "select key, request, state, how, result, answer, why, first_sent, last_sent, records from shared_calls",
  ),
  same(
    "tokens",
    `system text, tenant text, generation bigint, sealed bytea, key text, expires_at bigint, state text, why text, changed_at bigint,
     refresher text, guest boolean, began_at bigint, until bigint, tries integer`,
  ),
  same(
    "alerts",
    `id text, revision integer, rule text, integration text, system text, tenant text, about text, severity text, count bigint, message text,
     samples text, next text, state text, since bigint, last_at bigint, well_since bigint, muted_until bigint, actor text, why text,
     resolved_at bigint, news text, news_number integer, news_at bigint, news_count bigint`,
  ),
  laidOut(
    "open_alerts",
    "incident bytea, id text",
    "select incident_hash(rule, integration, system, tenant, about), id from alerts where state <> 'resolved'",
  ),
  same(
    "calls",
    `call bigint, at bigint, duration bigint, kind text, what text, system text, tenant text, integration text, attempt integer, method text,
     url text, outcome text, status integer, why text, bytes bigint, request_bytes bigint, answer_bytes bigint, request_headers text,
     answer_headers text, request_body text, answer_body text`,
  ),
  same("call_records", "record bigint, call bigint"),
  same("call_counts", "hour bigint, system text, outcome text, count bigint"),
  same("learnt", "kind text, integration text, tenant text, source text, kept_at bigint, state text"),
  same("history", "hour bigint, kind text, name text, tenant text, about text, state text"),
];
