-- What persons say to a ledger as a whole, and what whoever runs it says to others.

alter table ledger add column server_url text;     -- where the last owner listened
alter table ledger add column copied_at integer;   -- only in a copy: when it was begun

create table pauses (
  kind  text    not null check (kind = 'integration' or kind = 'system'),
  name  text    not null,
  at    integer not null,
  actor text    not null,
  why   text,
  primary key (kind, name)
) strict, without rowid;

-- Each backup that was restored began an epoch. What was sent between `copied_at` and `at` this ledger cannot know.
create table restores (
  epoch           integer primary key check (epoch >= 2),
  at              integer not null,
  copied_at       integer not null,
  doubt_new_until integer not null, -- until then, what is new may be what was lost
  check (copied_at <= at)
) strict;

-- What a guest asks of the owner, and how far that has come.
create table asks (
  ask         integer primary key,
  what        text    not null,
  about       text    not null,
  input       text    not null, -- JSON
  asked_at    integer not null,
  progress    text,             -- JSON
  answer      text,             -- JSON
  answered_at integer,
  check ((answer is null) = (answered_at is null))
) strict;

-- What persons did to the ledger as a whole; what they did to a record stands in its timeline.
create table journal (
  entry  integer primary key,
  at     integer not null,
  what   text    not null,
  about  text    not null,
  actor  text    not null,
  why    text,
  detail text              -- JSON
) strict;

create index journal_about on journal (about, entry);
