-- What is known of how much a system can bear, so that a restart neither forgets it nor begins again with all of it.

-- One limit of one system, for one tenant and one key of it.
create table budgets (
  budget integer primary key,
  system text    not null,
  tenant text    not null,
  name   text    not null, -- of the limit among those of its system
  key    text    not null,
  per    integer not null check (per >= 1),
  unique (system, tenant, name, key)
) strict;

-- What was used, by when it comes back.
create table budget_spent (
  budget integer not null,
  until  integer not null,
  points real    not null check (points > 0),
  primary key (budget, until)
) strict, without rowid;

-- What a process may use without asking again. If the process is lost, all of it counts as used when that is noticed.
create table budget_holds (
  budget integer not null,
  holder text    not null,
  points real    not null check (points > 0),
  primary key (budget, holder)
) strict, without rowid;

-- Systems that may not be called for now: an answer said so, or their breaker is open.
create table stops (
  system text    not null,
  tenant text    not null,
  kind   text    not null check (kind = 'told' or kind = 'breaker'),
  at     integer not null,
  until  integer not null,
  open   integer check (open >= 1), -- of a breaker: how long it opens
  why    text    not null,
  primary key (system, tenant, kind),
  check (until >= at),
  check ((open is not null) = (kind = 'breaker'))
) strict, without rowid;
