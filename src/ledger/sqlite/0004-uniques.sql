-- Values that one entity has and no other may have (`unique` of an integration). Both tables stay empty where no definition uses it.

-- Whose a value is: one entity's, or the key refuses it. Its name stands here too, because values outlive records.
create table uniques (
  value  blob    not null check (length(value) = 16), -- the hash of integration, tenant and value
  entity text    not null,
  record integer not null, -- the first that brought it
  primary key (value)
) strict, without rowid;

-- By which of its records the entity has it. A value goes with the last of them.
create table unique_claims (
  record      integer primary key,
  value       blob    not null check (length(value) = 16),
  entity_hash blob    not null check (length(entity_hash) = 16)
) strict;

create index unique_claims_entity on unique_claims (entity_hash, record);
create index unique_claims_value on unique_claims (value);
