-- The ledger on PostgreSQL. The same rows as in the embedded store, with the same meaning, where nothing else is said here.
--
-- Everything stands in one schema. No statement relies on a session, a trigger, a sequence or a physical row, and each unique key begins with the column
-- by which a distributed PostgreSQL would spread the table: a number or a hash of its own row. Texts compare byte by byte.

create table waybill.ledger (
  one         integer primary key check (one = 1),
  ledger_id   text    not null,
  epoch       integer not null check (epoch >= 1),
  server_url  text,
  copied_at   bigint,
  calls_bytes bigint  not null default 0
);

-- Who works with this ledger, and who did. A number that ended never comes back.
create table waybill.workers (
  worker    bigint  primary key check (worker > 0),
  name      text    not null,
  state     text    not null check (state in ('alive', 'leaving', 'gone', 'dead')), -- gone: nothing of it can be under way
  place     text,                           -- who is there can see whether its process is gone
  pid       bigint  not null,
  joined_at bigint  not null,               -- all times of workers are the database's
  ended_at  bigint,
  declared  boolean not null default false, -- by another worker: it did not leave by itself
  moved_at  bigint,                         -- of one that was declared: when its counter was last raised
  in_hand   integer not null default 0,     -- and what stood in its hands
  release   text    not null,
  runs      text    not null,               -- JSON: the integrations of its code
  check ((state in ('gone', 'dead')) = (ended_at is not null)),
  check (declared = (moved_at is not null))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Grows while a worker lives. Apart from its row, which is locked by what it writes.
create table waybill.beats (
  worker bigint primary key,
  beat   bigint not null,
  at     timestamptz not null default clock_timestamp() -- for people: nobody is declared dead by it
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- Grows with everything that is posted, so that who runs something sees at a glance that there is news.
create table waybill.board (
  one    integer primary key check (one = 1),
  posted bigint  not null
) with (fillfactor = 20);

insert into waybill.board (one, posted) values (1, 0);

-- How many numbers of entities were given out, in blocks: an entity's is one of them, below zero. No record's number is, so no two owners of effects are one.
create table waybill.entity_numbers (
  one   integer primary key check (one = 1),
  given bigint  not null check (given >= 0)
);

insert into waybill.entity_numbers (one, given) values (1, 0);

-- How far each connection of a worker has come: what became of a commit whose answer was lost is read here.
create table waybill.commits (
  worker bigint  not null,
  slot   integer not null,
  number bigint  not null,
  at     timestamptz not null default now(), -- of the transaction: who is gone is forgotten after a while
  primary key (worker, slot)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Who owns which part of the keys. All of them are there from the beginning.
create table waybill.lanes (
  lane   smallint primary key check (lane between 0 and 255),
  worker bigint,
  since  bigint   not null,
  wary   boolean  not null default false -- what is in hand there was begun by one that died: it may still be under way
) with (fillfactor = 50);

insert into waybill.lanes (lane, since) select lane, 0 from generate_series(0, 255) as lane;

create table waybill.books (
  book        integer primary key,
  integration text    collate "C" not null,
  tenant      text    collate "C" not null,
  remembers   boolean not null default false,
  parked      boolean not null default false, -- does not run where it was last looked at: what waits stands aside
  unique (integration, tenant)
);

-- The counters of a book, one row for each worker: a shared row would be a queue.
create table waybill.book_counts (
  book      integer not null,
  worker    bigint  not null,
  received  bigint  not null default 0,
  duplicate bigint  not null default 0,
  pruned    bigint  not null default 0,
  refused   bigint  not null default 0,
  primary key (book, worker)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create table waybill.words (
  word integer primary key,
  text text collate "C" not null unique
);

create table waybill.records (
  record      bigint  primary key check (record > 0),
  book        integer not null,
  state       text    collate "C" not null check (state in ('waiting', 'delivered', 'quarantined', 'dead', 'held', 'superseded', 'filtered', 'discarded')),
  cause       text    collate "C",
  reason      text,
  issues      text,             -- JSON
  source      integer not null, -- a word
  contract    integer not null, -- a word
  payload     bigint  not null check (payload between 1 and record),
  id          text    collate "C",
  entity      text    collate "C",
  key         text    collate "C",
  key_hash    bigint,
  entity_hash bytea   check (length(entity_hash) = 16),
  version     text    collate "C",
  salt        text,
  received_at bigint  not null,
  settled_at  bigint,
  at          bigint,
  attempts    integer not null default 0 check (attempts >= 0),
  spent       bigint  not null default 0 check (spent >= 0),
  recovered   integer not null default 0 check (recovered >= 0),
  revision    integer not null default 1 check (revision >= 1),
  queued      boolean not null,
  strict      boolean not null,
  loading     boolean not null,
  touched     boolean not null default false,
  uncompared  boolean not null default false,
  origin      integer,          -- a word
  line        bigint,
  check (cause is not null or state in ('waiting', 'delivered')),
  check ((state = 'waiting') = (settled_at is null)),
  check (state <> 'waiting' or key_hash is not null),
  check (not queued or state = 'waiting'),
  check ((id is null) = (entity_hash is null)),
  check (id is not null or (entity is null and version is null)),
  check (line is null or (line >= 1 and origin is not null))
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

create index records_queued on waybill.records (key_hash, record) where queued;
create index records_inbox on waybill.records (book, state, cause, record) where state in ('quarantined', 'dead', 'held');
create index records_blocking on waybill.records (key_hash, record) where strict and state in ('quarantined', 'dead', 'held');
create index records_entity_held on waybill.records (entity_hash) where cause = 'entity-held';
create index records_versions on waybill.records (entity_hash, version desc) where version is not null;
create index records_retrying on waybill.records (book, cause, record) where state = 'waiting' and cause = 'retrying';

-- What came. Written once, and read once.
create table waybill.payloads (
  payload bigint  primary key,
  raw     bytea   not null,
  text    boolean not null -- it came as text
);

create table waybill.contents (
  record  bigint primary key,
  content text,
  raw     text,
  check (content is not null or raw is not null)
);

create table waybill.marks (
  mark        bytea   primary key check (length(mark) = 16),
  book        integer not null,
  record      bigint  not null,
  key_hash    bigint,
  raw_hash    bytea   not null check (length(raw_hash) = 16),
  fingerprint bytea   check (length(fingerprint) = 16),
  contract    integer not null -- a word
);

-- One row for each key with unsettled records. Small and hot: a row goes when its key has nothing left to do.
create table waybill.due (
  key_hash   bigint   primary key,
  lane       smallint not null check (lane between 0 and 255),
  book       integer  not null, -- of the head
  head       bigint   not null,
  at         bigint   not null,
  unsettled  integer  not null check (unsettled >= 1),
  delivering boolean  not null, -- in the hands of its lane's owner
  blocked    boolean  not null,
  newest     bigint   not null  -- the last record that came to this key: the next one has a larger number
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000);

create index due_claimable on waybill.due (book, at, head, lane) where not delivering and not blocked; -- in the order in which it is claimed
create index due_delivering on waybill.due (lane) where delivering;

create table waybill.effects (
  owner           bigint   not null, -- a record or an entity
  name            text     collate "C" not null,
  n               integer  not null check (n >= 1), -- in the order in which they were first asked for
  per             text     not null check (per in ('record', 'entity')),
  generation      integer  not null check (generation >= 1),
  state           text     collate "C" not null check (state in ('intended', 'doubt', 'done', 'unexpected', 'refused', 'not-applied', 'pending')),
  how             text     collate "C" not null check (how in ('natural', 'byKey', 'byLookup', 'atMostOnce')),
  result          text,
  answer          text,
  why             text,
  release         integer  not null, -- a word
  idempotency_key text     not null,
  first_sent      bigint   not null,
  last_sent       bigint   not null,
  done_at         bigint,
  attempts        integer  not null check (attempts >= 0),
  made_by         bigint   not null,
  uncompared      boolean  not null,
  primary key (owner, name)
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02);

create table waybill.requests (
  owner   bigint not null,
  name    text   collate "C" not null,
  request text   not null,
  primary key (owner, name)
);

create table waybill.passed (
  key_hash bigint primary key,
  record   bigint not null
);

create table waybill.entities (
  entity_hash bytea   primary key check (length(entity_hash) = 16),
  entity      bigint  not null,
  book        integer not null,
  key         text,
  key_hash    bigint,
  version     text    collate "C",
  fingerprint bytea   check (length(fingerprint) = 16),
  begun       boolean not null default false,
  check ((key is null) = (key_hash is null))
);

create table waybill.timeline (
  record bigint not null,
  entry  bigint not null, -- in their order
  at     bigint not null,
  what   text   not null,
  actor  text,
  detail text,
  primary key (record, entry)
);

create table waybill.traces (
  record      bigint primary key,
  traceparent text   not null check (length(traceparent) = 55)
);

create table waybill.cursors (
  source text   collate "C" primary key,
  cursor text   not null,
  at     bigint not null
);

create table waybill.refusals (
  source   text   collate "C" not null,
  tenant   text   collate "C" not null,
  reason   text   collate "C" not null,
  count    bigint not null check (count >= 1),
  first_at bigint not null,
  last_at  bigint not null,
  sample   text   not null,
  primary key (source, tenant, reason)
);

create table waybill.pauses (
  kind  text   collate "C" not null check (kind in ('integration', 'system', 'tenant')),
  name  text   collate "C" not null,
  at    bigint not null,
  actor text   not null,
  why   text,
  primary key (kind, name)
);

create table waybill.restores (
  epoch           integer primary key check (epoch >= 2),
  at              bigint  not null,
  copied_at       bigint  not null,
  doubt_new_until bigint  not null,
  check (copied_at <= at)
);

create table waybill.asks (
  ask         bigint primary key,
  what        text   not null,
  about       text   not null,
  input       text   not null,
  asked_at    bigint not null,
  progress    text,
  answer      text,
  answered_at bigint,
  check ((answer is null) = (answered_at is null))
);

create table waybill.journal (
  about  text   collate "C" not null,
  entry  bigint not null,
  at     bigint not null,
  what   text   not null,
  actor  text   not null,
  why    text,
  detail text,
  primary key (about, entry)
);

create table waybill.uniques (
  value  bytea  primary key check (length(value) = 16),
  entity text   not null,
  record bigint not null
);

create table waybill.unique_claims (
  record      bigint primary key,
  value       bytea  not null check (length(value) = 16),
  entity_hash bytea  not null check (length(entity_hash) = 16)
);

create index unique_claims_entity on waybill.unique_claims (entity_hash, record);
create index unique_claims_value on waybill.unique_claims (value);
