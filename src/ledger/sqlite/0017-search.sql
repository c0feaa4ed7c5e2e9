-- The books are counted, and records found by what people know of them, without reading all of them.
create index records_states on records (book, state);
create index records_entity on records (coalesce(entity, id));
create index records_key on records (key) where key is not null;

-- By what else records are found (`search` of an integration): empty where no definition says so.
create table search_values (
  value  text    not null, -- as it is compared: one case, one form of each character
  record integer not null,
  primary key (value, record)
) strict, without rowid;

create index search_values_record on search_values (record);
