import type { Hash } from "../ledger.ts";
import type { Due } from "./due.ts";
import type { Backlog, Effects, Entities } from "./keepers.ts";
import type { Records } from "./records.ts";

// Newest version only (`latestOnly`). The newest version of an entity is the newest that came, unless its record ended dead, quarantined or discarded
// with nothing begun: that one never reached the destination and never will, so it must not keep an older one from it. What has been pruned is
// remembered by its entity.

export interface Versions {
  newest(entityHash: Hash, except: number): string | undefined;
  /** A strictly newer version has come. */
  overtaken(record: number, entityHash: Hash, version: string): boolean;
  /** Waiting records that are strictly older end superseded, unless a change of theirs may have been applied. */
  supersedeOlder(entityHash: Hash, version: string, nowMs: number): void;
}

/** So many versions are looked at in one step. */
const step = 8;

export function keepVersions(desk: {
  readonly records: Records;
  readonly due: Due;
  readonly backlog: Backlog;
  readonly entities: Entities;
  readonly effects: Effects;
}): Versions {
  const { records, due, backlog, entities, effects } = desk;

  function newestStanding(entityHash: Hash, except: number): string | undefined {
    for (let offset = 0; ; offset += step) {
      const rows = records.newestVersions(entityHash, offset, step);
      for (const { record, version, ended } of rows) {
        if (record !== except && (!ended || effects.begun(record))) return version;
      }
      if (rows.length < step) return undefined;
    }
  }

  function newest(entityHash: Hash, except: number): string | undefined {
    const standing = newestStanding(entityHash, except);
    const settled = entities.version(entityHash);
    if (standing === undefined || settled === undefined) return standing ?? settled;
    return [standing, settled].sort().at(-1);
  }

  return {
    newest,
    overtaken(record, entityHash, version) {
      const other = newest(entityHash, record);
      return other !== undefined && other > version;
    },
    supersedeOlder(entityHash, version, nowMs) {
      for (const { record, keyHash, ahead, book } of records.olderWaiting(entityHash, version)) {
        const row = ahead && record > backlog.line(book) ? undefined : due.of(keyHash);
        if ((row?.delivering === true && row.head === record) || effects.begun(record)) continue;
        records.place(record, {
          state: "superseded",
          cause: "newer-version",
          reason: `version ${version} came`,
          issues: undefined,
          atMs: nowMs,
          queued: false,
          ahead: false,
        });
        if (row !== undefined) due.leave(row, record, nowMs);
      }
    },
  };
}
