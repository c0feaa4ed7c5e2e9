-- What is wrong, and what became of it. A row is written whole; what is still to be told stands in it.
create table alerts (
  id          text    primary key,
  revision    integer not null check (revision >= 1),
  rule        text    not null,
  integration text    not null, -- '' for none
  system      text    not null, -- '' for none
  tenant      text    not null,
  about       text    not null,
  severity    text    not null check (severity = 'info' or severity = 'warning' or severity = 'critical'),
  count       integer not null check (count >= 0),
  message     text    not null,
  samples     text    not null, -- JSON: at most three records
  next        text    not null,
  state       text    not null check (state = 'firing' or state = 'acknowledged' or state = 'muted' or state = 'resolved'),
  since       integer not null,
  last_at     integer not null,
  well_since  integer,
  muted_until integer,
  actor       text,
  why         text,
  resolved_at integer,
  news        text check (news = 'raised' or news = 'grew' or news = 'reminder' or news = 'resolved'),
  news_number integer not null check (news_number >= 0),
  news_at     integer not null,
  news_count  integer not null check (news_count >= 0),
  check ((state = 'resolved') = (resolved_at is not null)),
  check (state <> 'muted' or muted_until is not null),
  check (state <> 'acknowledged' or actor is not null)
) strict, without rowid;

-- One incident is one alert.
create unique index alerts_open on alerts (rule, integration, system, tenant, about) where state <> 'resolved';
create index alerts_resolved on alerts (resolved_at) where state = 'resolved';
