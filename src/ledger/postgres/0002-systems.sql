-- What is kept for systems that are called, and for those who watch: budgets, stops, tokens, calls, alerts, what was learnt.

create table waybill.budgets (
  system text   collate "C" not null,
  tenant text   collate "C" not null,
  name   text   collate "C" not null,
  key    text   collate "C" not null,
  per    bigint not null check (per >= 1),
  primary key (system, tenant, name, key)
);

create table waybill.budget_spent (
  system text             collate "C" not null,
  tenant text             collate "C" not null,
  name   text             collate "C" not null,
  key    text             collate "C" not null,
  until  bigint           not null,
  points double precision not null check (points > 0),
  primary key (system, tenant, name, key, until)
);

create table waybill.budget_holds (
  system text             collate "C" not null,
  tenant text             collate "C" not null,
  name   text             collate "C" not null,
  key    text             collate "C" not null,
  holder text             collate "C" not null,
  points double precision not null check (points > 0),
  primary key (system, tenant, name, key, holder)
);

-- A limit that the workers share: what of it is used, and who has how much of it. Times in it are this server's.
create table waybill.lent (
  system  text   collate "C" not null,
  tenant  text   collate "C" not null,
  name    text   collate "C" not null,
  key     text   collate "C" not null,
  version bigint not null default 1,
  state   text   not null,
  quiet   bigint not null, -- after this nothing of it counts
  primary key (system, tenant, name, key)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create index lent_quiet on waybill.lent (quiet);

create table waybill.stops (
  system text   collate "C" not null,
  tenant text   collate "C" not null,
  kind   text   collate "C" not null check (kind in ('told', 'breaker')),
  at     bigint not null,
  until  bigint not null,
  open   bigint check (open >= 1),
  why    text   not null,
  primary key (system, tenant, kind),
  check (until >= at),
  check ((open is not null) = (kind = 'breaker'))
);

create table waybill.shared_calls (
  key        text   collate "C" primary key,
  request    text   not null,
  state      text   not null check (state in ('doubt', 'done', 'void')),
  how        text   not null check (how in ('byKey', 'byLookup', 'atMostOnce', 'natural')),
  result     text,
  answer     text,
  why        text,
  first_sent bigint not null,
  last_sent  bigint not null,
  records    bigint[] not null,
  check (state = 'done' or (result is null and answer is null))
);

create index shared_calls_sent on waybill.shared_calls (last_sent);

create table waybill.tokens (
  system     text    collate "C" not null,
  tenant     text    collate "C" not null,
  generation bigint  not null check (generation >= 0),
  sealed     bytea   check (sealed is null or length(sealed) >= 28),
  key        text,
  expires_at bigint,
  state      text    not null check (state in ('ok', 'unauthorized')),
  why        text,
  changed_at bigint  not null,
  refresher  text,
  guest      boolean,
  began_at   bigint,
  until      bigint,
  tries      integer not null default 0 check (tries >= 0),
  primary key (system, tenant),
  check ((sealed is null) = (key is null)),
  check ((state = 'unauthorized') = (why is not null)),
  check ((refresher is null) = (tries = 0)),
  check ((refresher is null) = (guest is null) and (refresher is null) = (began_at is null) and (refresher is null) = (until is null)),
  check (state = 'ok' or refresher is null)
);

create table waybill.alerts (
  id          text    collate "C" primary key,
  revision    integer not null check (revision >= 1),
  rule        text    collate "C" not null,
  integration text    collate "C" not null,
  system      text    collate "C" not null,
  tenant      text    collate "C" not null,
  about       text    collate "C" not null,
  severity    text    not null check (severity in ('info', 'warning', 'critical')),
  count       bigint  not null check (count >= 0),
  message     text    not null,
  samples     text    not null,
  next        text    not null,
  state       text    not null check (state in ('firing', 'acknowledged', 'muted', 'resolved')),
  since       bigint  not null,
  last_at     bigint  not null,
  well_since  bigint,
  muted_until bigint,
  actor       text,
  why         text,
  resolved_at bigint,
  news        text check (news in ('raised', 'grew', 'reminder', 'resolved')),
  news_number integer not null check (news_number >= 0),
  news_at     bigint  not null,
  news_count  bigint  not null check (news_count >= 0),
  check ((state = 'resolved') = (resolved_at is not null)),
  check (state <> 'muted' or muted_until is not null),
  check (state <> 'acknowledged' or actor is not null)
);

-- One incident is one alert: the row that is open, by the hash of what names it.
create table waybill.open_alerts (
  incident bytea primary key check (length(incident) = 16),
  id       text  not null
);

create index alerts_resolved on waybill.alerts (resolved_at) where state = 'resolved';

create table waybill.calls (
  call            bigint  primary key,
  at              bigint  not null,
  duration        bigint  not null check (duration >= 0),
  kind            text    not null check (kind in ('effect', 'batch', 'read', 'poll', 'probe', 'token')),
  what            text    not null,
  system          text    collate "C" not null,
  tenant          text    collate "C" not null,
  integration     text    collate "C" not null,
  attempt         integer not null check (attempt >= 1),
  method          text    not null,
  url             text    not null,
  outcome         text    not null,
  status          integer,
  why             text,
  bytes           bigint  not null check (bytes >= 0),
  request_bytes   bigint  not null check (request_bytes >= 0),
  answer_bytes    bigint  check (answer_bytes >= 0),
  request_headers text    not null,
  answer_headers  text,
  request_body    text,
  answer_body     text,
  check ((answer_bytes is null) = (answer_headers is null))
);

create index calls_system on waybill.calls (system, call);

create table waybill.call_records (
  record bigint not null,
  call   bigint not null,
  primary key (record, call)
);

create index call_records_call on waybill.call_records (call);

create table waybill.call_counts (
  hour    bigint not null,
  system  text   collate "C" not null,
  outcome text   collate "C" not null,
  count   bigint not null check (count >= 1),
  primary key (hour, system, outcome)
);

create table waybill.learnt (
  kind        text   collate "C" not null check (kind in ('volume', 'shape', 'watch')),
  integration text   collate "C" not null,
  tenant      text   collate "C" not null,
  source      text   collate "C" not null,
  kept_at     bigint not null,
  state       text   not null,
  primary key (kind, integration, tenant, source)
);

-- What each worker sees by itself, for whoever asks the rules for all of them.
create table waybill.sightings (
  worker bigint primary key,
  name   text   not null,
  at     timestamptz not null,
  state  text   not null
) with (fillfactor = 50);

-- What only watching knows, by the hour. Nothing of it is a promise, and it is kept for some weeks.
create table waybill.history (
  hour   bigint not null check (hour % 3600000 = 0), -- when it began, or 0 for what the next hour goes on from
  kind   text   collate "C" not null check (kind in ('watch', 'book', 'refusal', 'system', 'counters')),
  name   text   collate "C" not null,
  tenant text   collate "C" not null,
  about  text   collate "C" not null,
  state  text   not null,
  primary key (hour, kind, name, tenant, about)
);

-- What persons did to records, by time.
create index timeline_by_hand on waybill.timeline (at) where actor is not null;
create index journal_at on waybill.journal (at);
