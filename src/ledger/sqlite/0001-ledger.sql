-- The ledger. Numbers inside, opaque short text outside: a record's number is milliseconds since 2020 * 4096 + n, drawn in the transaction that
-- inserts it, so that numbers grow in the order of the commits. Records and entities draw from the same sequence.
--
-- Conditions are chains of `or`: for an `in (…)` SQLite builds a table each time that it inserts a row.

create table ledger (
  one         integer primary key check (one = 1),
  ledger_id   text    not null,
  epoch       integer not null check (epoch >= 1),
  last_number integer not null check (last_number >= 0),
  sorting_to  integer not null default 0, -- young marks up to this one are being sorted in,
  sorted_to   blob    not null default x'', -- in the order of their hashes, and this is how far that has come
  admitted    integer not null check (admitted between 0 and last_number) -- waiting records above it have not joined the queue of their key
) strict;

-- One book for each integration and tenant, with the counters of what made no record or has left its record behind.
create table books (
  book        integer primary key,
  integration text    not null,
  tenant      text    not null,
  remembers   integer not null default 0 check (remembers between 0 and 1), -- its entities have memory of delivered content
  received    integer not null default 0 check (received >= 0),
  duplicate   integer not null default 0 check (duplicate >= 0),
  pruned      integer not null default 0 check (pruned >= 0),
  refused     integer not null default 0 check (refused >= 0),
  unique (integration, tenant)
) strict;

-- Texts that many rows share: sources, contracts, releases.
create table words (
  word integer primary key,
  text text    not null unique
) strict;

-- Small, and never read whole by the work: payloads and contents stand apart.
create table records (
  record      integer primary key check (record > 0),
  book        integer not null,
  state       text    not null check (state = 'waiting' or state = 'delivered' or state = 'quarantined' or state = 'dead'
                or state = 'held' or state = 'superseded' or state = 'filtered' or state = 'discarded'),
  cause       text,
  reason      text,
  issues      text,             -- JSON
  source      integer not null, -- a word
  contract    integer not null, -- a word
  payload     integer not null check (payload between 1 and record), -- the first record of its arrival
  id          text,             -- null while it has no identity
  entity      text,             -- null: the id
  key         text,             -- null: the entity
  key_hash    integer,
  entity_hash blob check (length(entity_hash) = 16),
  version     text,
  salt        text,
  received_at integer not null,
  settled_at  integer,
  at          integer,          -- when it is due, kept while an older record of its key stands before it
  attempts    integer not null default 0 check (attempts >= 0),
  spent       integer not null default 0 check (spent >= 0),
  recovered   integer not null default 0 check (recovered >= 0),
  revision    integer not null default 1 check (revision >= 1),
  queued      integer not null check (queued between 0 and 1),            -- waits behind the head of its key
  strict      integer not null check (strict between 0 and 1),            -- waiting for a person, it blocks what comes after it on its key
  loading     integer not null check (loading between 0 and 1),           -- a thin notice, not yet loaded
  touched     integer not null default 0 check (touched between 0 and 1), -- it ran before: it may have effects
  uncompared  integer not null default 0 check (uncompared between 0 and 1),
  check (cause is not null or state = 'waiting' or state = 'delivered'),
  check ((state = 'waiting') = (settled_at is null)),
  check (state <> 'waiting' or key_hash is not null),
  check (queued = 0 or state = 'waiting'),
  check ((id is null) = (entity_hash is null)),
  check (id is not null or (entity is null and version is null))
) strict;

create index records_queued on records (key_hash, record) where queued = 1;
create index records_inbox on records (book, state, cause) where state = 'quarantined' or state = 'dead' or state = 'held';
create index records_blocking on records (key_hash, record)
  where strict = 1 and (state = 'quarantined' or state = 'dead' or state = 'held');
create index records_entity_held on records (entity_hash) where cause = 'entity-held';
create index records_versions on records (entity_hash, version) where version is not null;
create index records_versions_waiting on records (entity_hash, version) where version is not null and state = 'waiting';

-- What came, as it came: one row for each arrival, shared by the records of all integrations that its source feeds.
create table payloads (
  payload integer primary key,
  raw     any not null check (typeof(raw) = 'text' or typeof(raw) = 'blob')
) strict;

-- What the contract made of it, where that is not the raw text itself, and what was loaded or edited in place of the raw text.
create table contents (
  record  integer primary key,
  content text,
  raw     text,
  check (content is not null or raw is not null)
) strict;

-- Dedupe marks outlive their records.
create table marks (
  mark        blob    not null check (length(mark) = 16),
  book        integer not null,
  record      integer not null,
  key_hash    integer,
  raw_hash    blob    not null check (length(raw_hash) = 16),
  fingerprint blob    check (length(fingerprint) = 16),
  contract    integer not null,
  primary key (mark)
) strict, without rowid;

-- Marks that have not been sorted in among the others yet (young-marks.ts).
create table young_marks (
  n           integer primary key,
  mark        blob    not null check (length(mark) = 16),
  book        integer not null,
  record      integer not null,
  key_hash    integer,
  raw_hash    blob    not null check (length(raw_hash) = 16),
  fingerprint blob    check (length(fingerprint) = 16),
  contract    integer not null
) strict;

-- One row for each key with unsettled records. Its head is its oldest unsettled record, or the one in a worker's hands.
create table due (
  due        integer primary key, -- the record that made the row: rows stand in the order in which they are claimed
  key_hash   integer not null unique,
  book       integer not null,    -- of the head
  head       integer not null,
  at         integer not null,
  unsettled  integer not null check (unsettled >= 1),
  delivering integer not null check (delivering between 0 and 1),
  blocked    integer not null check (blocked between 0 and 1),          -- by an older record that waits for a person, in strict order
  parked     integer not null default 0 check (parked between 0 and 1) -- of an integration that does not run here
) strict;

create index due_claimable on due (at) where delivering = 0 and blocked = 0 and parked = 0;
create index due_parked on due (book) where parked = 1;
create index due_delivering on due (head) where delivering = 1;

create table effects (
  effect          integer primary key,
  owner           integer not null, -- a record or an entity
  name            text    not null,
  per             text    not null check (per = 'record' or per = 'entity'),
  generation      integer not null check (generation >= 1),
  state           text    not null check (state = 'intended' or state = 'doubt' or state = 'done' or state = 'unexpected'
                    or state = 'refused' or state = 'not-applied' or state = 'pending'),
  how             text    not null check (how = 'natural' or how = 'byKey' or how = 'byLookup' or how = 'atMostOnce'),
  result          text,
  answer          text,
  why             text,
  release         integer not null, -- a word
  idempotency_key text    not null,
  first_sent      integer not null,
  last_sent       integer not null,
  done_at         integer,
  attempts        integer not null check (attempts >= 0),
  made_by         integer not null,
  uncompared      integer not null check (uncompared between 0 and 1),
  unique (owner, name)
) strict;

-- Keys with records that wait for a person, and the newest record that was delivered past them.
create table passed (
  key_hash integer primary key,
  record   integer not null
) strict;

-- What an effect sends, whole. Apart, because it is written once and the effect changes.
create table requests (
  effect  integer primary key,
  request text not null
) strict;

-- What outlives an entity's records, only where a definition uses it: the key it first came with, the newest version, the last delivered content.
create table entities (
  entity      integer primary key,
  book        integer not null,
  entity_hash blob    not null unique check (length(entity_hash) = 16),
  key         text,
  key_hash    integer,
  version     text,
  fingerprint blob    check (length(fingerprint) = 16),
  begun       integer not null default 0 check (begun between 0 and 1),
  check ((key is null) = (key_hash is null))
) strict;

create table timeline (
  entry  integer primary key,
  record integer not null,
  at     integer not null,
  what   text    not null,
  actor  text,
  detail text
) strict;

create index timeline_record on timeline (record);

create table cursors (
  source text primary key,
  cursor text    not null,
  at     integer not null
) strict, without rowid;

create table refusals (
  source   text    not null,
  tenant   text    not null,
  reason   text    not null,
  count    integer not null check (count >= 1),
  first_at integer not null,
  last_at  integer not null,
  sample   text    not null,
  primary key (source, tenant, reason)
) strict, without rowid;
