-- Where in a file a record stands: the file with how it was read, a word, and the line.
alter table records add column origin integer;
alter table records add column line integer check (line is null or (line >= 1 and origin is not null));
