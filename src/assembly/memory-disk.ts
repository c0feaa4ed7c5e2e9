// The one store that a rehearsal may have: in memory, in its own thread.
export { type Disk, type DiskFate, memoryDisk } from "../ledger/sqlite/disk.ts";
