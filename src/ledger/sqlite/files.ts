import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, realpathSync, statfsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { WaybillError } from "../../model/errors.ts";
import { ownerPath } from "./owner.ts";

/** Types of file systems whose locks and shared memory are not those of one machine (linux/magic.h). */
const networkFileSystems = new Map([
  [0x6969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x517b, "SMB"],
]);

/**
 * Makes the folder and the files of a ledger where they are missing, readable by their owner only, and answers the ledger's one true path, so that two
 * names of one file have one owner.
 *
 * A file that exists is never opened here: closing it would let go of every lock that this process holds on it.
 */
export function makeFiles(path: string, address: string, mustExist: boolean): string {
  const folder = dirname(resolve(path));
  if (mustExist && !existsSync(path)) {
    throw new WaybillError(
      "bad-configuration",
      `There is no ledger at ${address}.`,
      "`waybill start` makes it; or name another one with --ledger.",
    );
  }
  const firstMade = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (firstMade !== undefined) syncFolders(dirname(firstMade), folder);
  const network = networkFileSystems.get(statfsSync(folder).type);
  if (network !== undefined) {
    throw new WaybillError(
      "bad-configuration",
      `The ledger ${address} is on a network file system (${network}), which cannot keep it safe.`,
      "Put it on a local disk.",
    );
  }
  const truePath = existsSync(path) ? realpathSync(path) : join(realpathSync(folder), basename(path));
  for (const file of [truePath, ownerPath(truePath)]) makePrivate(file);
  return truePath;
}

/** A new folder is there after a power cut only when the one that holds it was written to the disk; SQLite sees to the last one. */
function syncFolders(from: string, to: string): void {
  if (process.platform === "win32") return; // folders cannot be opened there
  for (let folder = dirname(to); ; folder = dirname(folder)) {
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    if (folder === from || folder === dirname(folder)) return;
  }
}

function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (fault) {
    if ((fault as { code?: string }).code !== "EEXIST") throw fault;
  }
}
