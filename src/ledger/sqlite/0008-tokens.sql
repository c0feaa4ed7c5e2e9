-- Tokens that systems were given. They are sealed with a key that is not here, so a copy of this file opens nothing.
create table tokens (
  system     text    not null,
  tenant     text    not null,
  generation integer not null check (generation >= 0),
  sealed     blob    check (sealed is null or length(sealed) >= 28), -- nonce, tag, and what is sealed
  key        text,                                                   -- names the key
  expires_at integer,
  state      text    not null check (state = 'ok' or state = 'unauthorized'),
  why        text,
  changed_at integer not null,
  -- A refresh that was begun: its intent is here before its request leaves.
  refresher  text,
  guest      integer check (guest in (0, 1)),
  began_at   integer,
  until      integer,
  tries      integer not null default 0 check (tries >= 0),
  primary key (system, tenant),
  check ((sealed is null) = (key is null)),
  check ((state = 'unauthorized') = (why is not null)),
  check ((refresher is null) = (tries = 0)),
  check ((refresher is null) = (guest is null) and (refresher is null) = (began_at is null) and (refresher is null) = (until is null)),
  check (state = 'ok' or refresher is null)
) strict, without rowid;
