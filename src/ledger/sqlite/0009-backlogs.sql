-- What waits and has not joined the queue of its key is found by its book, so that one book's backlog is not in another's way.
alter table books add column line integer not null default 0; -- up to this number, what came ahead has joined
update books set line = (select admitted from ledger);
alter table records add column ahead integer not null default 0 check (ahead = 0 or (ahead = 1 and state = 'waiting'));
update records set ahead = 1 where state = 'waiting' and record > (select admitted from ledger);
create index records_ahead on records (book) where ahead = 1;
alter table ledger drop column admitted;
