import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Where a process runs, so that another one there can tell that it is gone. */
export interface Place {
  /** The same for all processes that see each other by their numbers; undefined where that cannot be told. */
  readonly where: string | undefined;
  readonly pid: number;
}

/** This process. On Linux: the machine since it was started, and what of it this process sees (a container sees its own processes only). */
export const thisPlace: Place = { where: whereOf(), pid: process.pid };

function whereOf(): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${hostname()} ${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}

/** Whether a process is certainly gone: it ran where this one runs, and there is none of its number. A number that was given to another says no. */
export function isGone({ where, pid }: Place): boolean {
  if (where === undefined || where !== thisPlace.where) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
