-- What users' own transactions took down. A row comes with such a transaction, and goes in the one in which a worker takes it in.

create table waybill.outbox (
  number      bigint primary key, -- drawn by the sender
  integration text   collate "C" not null,
  tenant      text   collate "C" not null,
  raw         text   not null,
  sent_at     bigint not null     -- microseconds since 1970 by the database's clock, which all senders share: the order
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create index outbox_sent on waybill.outbox (sent_at, number);
