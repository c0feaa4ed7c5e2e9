import type { Entities } from "../desk/keepers.ts";
import type { Hash } from "../ledger.ts";
import { cell, type Prepare, value } from "./cells.ts";

// What outlives an entity's records: the key it first came with, the newest version that settled, the content that was delivered last. A row is made
// only where a definition uses it, and its number owns the effects that are made once per entity.

export function keepEntities(prepare: Prepare, nextNumber: (nowMs: number) => number): Entities {
  const find = prepare("select entity from entities where entity_hash = ?");
  const findKey = prepare("select entity, key, key_hash from entities where entity_hash = ?");
  const insert = prepare("insert into entities (entity, book, entity_hash, key, key_hash) values (?, ?, ?, ?, ?)");
  const setKey = prepare("update entities set key = ?, key_hash = ? where entity = ?");
  const findMemory = prepare("select fingerprint, begun from entities where entity_hash = ?");
  const setBegun = prepare("update entities set begun = 1 where entity = ? and begun = 0");
  const setDelivered = prepare(
    `update entities set fingerprint = coalesce(?1, fingerprint), begun = 0,
       version = case when version is null or ?2 > version then coalesce(?2, version) else version end
     where entity = ?3`,
  );
  const setVersion = prepare(
    "update entities set version = ?1 where entity = ?2 and (version is null or version < ?1)",
  );
  const findVersion = prepare("select version from entities where entity_hash = ?");

  const of: Entities["of"] = (entityHash) => value<number>(find.get(entityHash)?.[0]);
  return {
    of,
    open(book, entityHash, nowMs) {
      const found = of(entityHash);
      if (found !== undefined) return found;
      const entity = nextNumber(nowMs);
      insert.run(entity, book, entityHash, null, null);
      return entity;
    },
    keyOf(book, identity, nowMs) {
      const found = findKey.get(identity.entityHash);
      if (found === undefined) {
        insert.run(nextNumber(nowMs), book, identity.entityHash, identity.key, identity.keyHash);
        return identity;
      }
      const [entity, key, keyHash] = found as [number, string | null, number | null];
      if (key !== null && keyHash !== null) return { key, keyHash };
      setKey.run(identity.key, identity.keyHash, entity);
      return identity;
    },
    keyNow: (entityHash) => value<number>(findKey.get(entityHash)?.[2]),
    memory(entityHash) {
      const found = findMemory.get(entityHash);
      return found === undefined ? undefined : { fingerprint: value<Hash>(found[0]), begun: found[1] === 1 };
    },
    begin(entity) {
      setBegun.run(entity);
    },
    delivered(entity, fingerprint, version) {
      setDelivered.run(cell(fingerprint), cell(version), entity);
    },
    settledVersion(entity, version) {
      setVersion.run(version, entity);
    },
    version: (entityHash) => value<string>(findVersion.get(entityHash)?.[0]),
  };
}
