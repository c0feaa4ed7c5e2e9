-- Calls that carry effects of several records. A row is written with the intents of all of them, and goes when all of them are settled.
create table shared_calls (
  key        text    not null, -- its idempotency key
  request    text    not null,
  state      text    not null check (state = 'doubt' or state = 'done' or state = 'void'),
  how        text    not null check (how = 'byKey' or how = 'byLookup' or how = 'atMostOnce' or how = 'natural'),
  result     text,
  answer     text,
  why        text,
  first_sent integer not null,
  last_sent  integer not null,
  records    text    not null, -- JSON: their numbers
  primary key (key),
  check (state = 'done' or (result is null and answer is null))
) strict, without rowid;

-- Those that are old enough to go, without reading the others.
create index shared_calls_sent on shared_calls (last_sent);
