import type { Clock } from "../world/clock.ts";

// What the time is by the answers of systems (RFC 9110, 6.6.1: Date). Read seldom, and not of what a cache has kept. A forged or broken date says
// something wrong of one system only: whoever looks compares several.

const everyMs = 10_000;
const keptMs = 600_000;
const systemsMax = 1_000;

export interface Dates {
  note(system: string, headers: Readonly<Record<string, string | readonly string[] | undefined>>): void;
  /** How far each system's date is ahead of this clock, by the last answer of the last ten minutes. */
  ahead(): readonly { readonly system: string; readonly byMs: number }[];
}

export function readDates(clock: Clock): Dates {
  const read = new Map<string, { readonly atMs: number; readonly byMs: number }>();
  return {
    note(system, headers) {
      const atMs = clock.monotonic();
      const before = read.get(system);
      if (before === undefined ? read.size >= systemsMax : atMs - before.atMs < everyMs) return;
      if (headers.age !== undefined || typeof headers.date !== "string") return;
      const toldMs = Date.parse(headers.date);
      if (!Number.isNaN(toldMs)) read.set(system, { atMs, byMs: toldMs - clock.now() });
    },
    ahead() {
      const nowMs = clock.monotonic();
      return [...read].flatMap(([system, { atMs, byMs }]) => (nowMs - atMs > keptMs ? [] : { system, byMs }));
    },
  };
}
