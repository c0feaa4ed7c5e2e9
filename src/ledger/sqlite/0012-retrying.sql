-- What failed and is tried again is counted by its book, without reading what merely waits.
create index records_retrying on records (book, cause) where state = 'waiting' and cause = 'retrying';
