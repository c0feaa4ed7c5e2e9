-- What is usual of each feed and of its payloads, as the watch has learnt it. Nothing of it is a promise: without it, it is learnt again.
create table learnt (
  kind        text    not null check (kind = 'volume' or kind = 'shape' or kind = 'watch'),
  integration text    not null, -- '' for none
  tenant      text    not null,
  source      text    not null, -- '' for all of them
  kept_at     integer not null,
  state       text    not null,
  primary key (kind, integration, tenant, source)
) strict, without rowid;
