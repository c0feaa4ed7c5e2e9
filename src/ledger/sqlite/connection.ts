import { DatabaseSync } from "node:sqlite";

/** How long another process may hold the lock before a call fails. */
const busyTimeoutMs = 5_000;
/** Pages that the log holds before they are moved into the file: 32 MB, some 50 ms of work on a usual disk. */
const checkpointPages = 4_000;
/** A log that had to grow beyond this, behind a long read or a long transaction, is cut back. */
const logBytesMax = 134_217_728;
const cacheKb = 65_536;

/**
 * Opens a connection on which a commit is on the disk before it returns. A later connection to a file may silently open with less: so it is set, and
 * asserted, on every one.
 */
export function connect(
  path: string,
  options: { readonly readOnly?: boolean; readonly pageSize?: number } = {},
): DatabaseSync {
  const database = new DatabaseSync(path, {
    readOnly: options.readOnly ?? false,
    timeout: busyTimeoutMs,
    enableForeignKeyConstraints: false,
    enableDoubleQuotedStringLiterals: false,
  });
  try {
    const ask = (pragma: string): unknown => Object.values(database.prepare(`pragma ${pragma}`).get() ?? {})[0];
    const set = (name: string, value: string | number, expected: string | number = value): void => {
      database.exec(`pragma ${name} = ${value}`);
      const found = ask(name);
      if (found !== expected) throw new Error(`pragma ${name} is ${String(found)} and must be ${expected}`);
    };
    if (options.readOnly !== true) {
      if (options.pageSize !== undefined) database.exec(`pragma page_size = ${options.pageSize}`);
      set("journal_mode", "wal", path === ":memory:" ? "memory" : "wal");
    }
    set("synchronous", "full", 2);
    set("trusted_schema", "off", 0);
    set("cache_size", -cacheKb);
    set("wal_autocheckpoint", checkpointPages);
    set("journal_size_limit", logBytesMax);
    set("temp_store", "memory", 2);
    // What is erased is overwritten within its page: that costs no write of its own.
    set("secure_delete", "fast", 2);
    return database;
  } catch (fault) {
    database.close();
    throw fault;
  }
}
