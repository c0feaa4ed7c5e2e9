-- The log of calls, for people: what went to other systems and what came back, without secrets. Bounded by age and by size.

alter table ledger add column calls_bytes integer not null default 0; -- what the log takes, as its rows say

create table calls (
  call            integer primary key, -- grows with the time at which it was written
  at              integer not null,    -- when it began
  duration        integer not null check (duration >= 0),
  kind            text    not null check (kind = 'effect' or kind = 'batch' or kind = 'read' or kind = 'poll' or kind = 'probe' or kind = 'token'),
  what            text    not null,
  system          text    not null,
  tenant          text    not null,
  integration     text    not null,
  attempt         integer not null check (attempt >= 1),
  method          text    not null,
  url             text    not null,
  outcome         text    not null,
  status          integer,
  why             text,
  bytes           integer not null check (bytes >= 0), -- of this row, about
  request_bytes   integer not null check (request_bytes >= 0),
  answer_bytes    integer check (answer_bytes >= 0),   -- null: nothing came back
  request_headers text    not null, -- JSON
  answer_headers  text,             -- JSON
  request_body    text,
  answer_body     text,
  check ((answer_bytes is null) = (answer_headers is null))
) strict;

create index calls_system on calls (system, call);

create table call_records (
  record integer not null,
  call   integer not null,
  primary key (record, call)
) strict, without rowid;

create index call_records_call on call_records (call);

-- Calls that went as they should, or failed as so many others in the same minute: only counted.
create table call_counts (
  hour    integer not null,
  system  text    not null,
  outcome text    not null,
  count   integer not null check (count >= 1),
  primary key (hour, system, outcome)
) strict, without rowid;
