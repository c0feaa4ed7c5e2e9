import type { Entities } from "../desk/keepers.ts";
import type { Hash } from "../ledger.ts";
import type { Page } from "./page.ts";
import type { EntityHere } from "./rows.ts";
import { hashKey } from "./shelf.ts";

/** What outlives an entity's records. */
export function keepEntities(page: Page, nextNumber: () => number): Entities {
  const keyOfNumber = new Map<number, string>();
  const at = (entityHash: Hash): EntityHere | undefined => {
    const key = hashKey(entityHash);
    const row = page.entities.get(key);
    if (row !== undefined) keyOfNumber.set(row.entity, key);
    return row;
  };
  function make(entityHash: Hash, row: EntityHere): void {
    page.entities.set(hashKey(entityHash), row);
    keyOfNumber.set(row.entity, hashKey(entityHash));
    page.effects.lay(row.entity, undefined);
  }
  function change(entity: number, change: (row: EntityHere) => EntityHere): void {
    const key = keyOfNumber.get(entity);
    const row = key === undefined ? undefined : page.entities.get(key);
    if (key === undefined || row === undefined) throw new Error(`entity ${entity} is not at hand`);
    page.entities.set(key, change(row));
  }
  const empty = { key: undefined, keyHash: undefined, version: undefined, fingerprint: undefined, begun: false };
  return {
    of: (entityHash) => at(entityHash)?.entity,
    open(book, entityHash) {
      const found = at(entityHash);
      if (found !== undefined) return found.entity;
      const entity = nextNumber();
      make(entityHash, { ...empty, entity, book });
      return entity;
    },
    keyOf(book, identity) {
      const { key, keyHash, entityHash } = identity;
      const found = at(entityHash);
      if (found === undefined) {
        make(entityHash, { ...empty, entity: nextNumber(), book, key, keyHash });
        return identity;
      }
      if (found.key !== undefined && found.keyHash !== undefined) return { key: found.key, keyHash: found.keyHash };
      change(found.entity, (row) => ({ ...row, key, keyHash }));
      return identity;
    },
    keyNow: (entityHash) => at(entityHash)?.keyHash,
    memory(entityHash) {
      const found = at(entityHash);
      return found === undefined ? undefined : { fingerprint: found.fingerprint, begun: found.begun };
    },
    begin(entity) {
      change(entity, (row) => (row.begun ? row : { ...row, begun: true }));
    },
    delivered(entity, fingerprint, version) {
      change(entity, (row) => ({
        ...row,
        fingerprint: fingerprint ?? row.fingerprint,
        begun: false,
        version: newer(row.version, version),
      }));
    },
    settledVersion(entity, version) {
      change(entity, (row) => ({ ...row, version: newer(row.version, version) }));
    },
    version: (entityHash) => at(entityHash)?.version,
  };
}

function newer(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other > one ? other : one;
}
