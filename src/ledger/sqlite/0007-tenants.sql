-- A tenant can be paused, as an integration or a system can.

create table pauses_7 (
  kind  text    not null check (kind = 'integration' or kind = 'system' or kind = 'tenant'),
  name  text    not null,
  at    integer not null,
  actor text    not null,
  why   text,
  primary key (kind, name)
) strict, without rowid;

insert into pauses_7 (kind, name, at, actor, why) select kind, name, at, actor, why from pauses;
drop table pauses;
alter table pauses_7 rename to pauses;
