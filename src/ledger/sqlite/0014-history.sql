-- What only watching knows, by the hour: calls of each system, how long each was kept away from, what was turned away, and when somebody watched at all.
-- Nothing of it is a promise, and it is kept for some weeks.
create table history (
  hour   integer not null check (hour % 3600000 = 0), -- when it began; 0 for what the next hour goes on from
  kind   text    not null check (kind = 'watch' or kind = 'book' or kind = 'refusal' or kind = 'system' or kind = 'counters'),
  name   text    not null,
  tenant text    not null,
  about  text    not null,
  state  text    not null,
  primary key (hour, kind, name, tenant, about)
) strict, without rowid;

-- What persons did to records, by time.
create index timeline_by_hand on timeline (at) where actor is not null;
create index journal_at on journal (at);
