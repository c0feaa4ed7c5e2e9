-- Records are found by what people know of them without reading all of them.
create index records_entity on waybill.records ((coalesce(entity, id)));
create index records_key on waybill.records (key) where key is not null;

-- By what else records are found (`search` of an integration): empty where no definition says so.
create table waybill.search_values (
  value  text   collate "C" not null, -- as it is compared: one case, one form of each character
  record bigint not null,
  primary key (value, record)
);

create index search_values_record on waybill.search_values (record);
