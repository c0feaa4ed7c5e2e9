import type { Definition } from "../../define/definition.ts";
import type { Learnt, Tally } from "../../ledger/ledger.ts";
import type { Clock } from "../../world/clock.ts";
import { type VolumeSeen, VolumeWatch } from "./volume-watch.ts";

// How much comes, of every integration and tenant: what is declared and what is learnt, compared with what the ledger has counted. It reads counters and
// no record, so a look costs the same at ten records a day and at ten thousand a second, and records that another process hands in count too.

export interface Volumes {
  /** Looks at what has come since the last time. */
  look(tallies: readonly Tally[], paused: ReadonlySet<string>): readonly VolumeSeen[];
  /** What has changed since it was last kept: some of it at a time, the rest the next time. At the end: all of it. */
  toKeep(atTheEnd: boolean): readonly Learnt[];
}

/** Without a look for so long nobody watched: the process stood still, or the machine slept. */
const aloneMs = 300_000;
/** A wall clock that goes so much otherwise than time has jumped. */
const jumpMs = 60_000;

/** @param learnt what was kept by whoever watched before. */
export function createVolumes(
  definitions: readonly Definition[],
  learnt: readonly Learnt[],
  clock: Pick<Clock, "now" | "monotonic">,
): Volumes {
  const watches = definitions
    .filter(({ volumeWatched }) => volumeWatched)
    .map((definition) => new VolumeWatch(definition, learnt));
  let last: { readonly nowMs: number; readonly monotonicMs: number } | undefined;

  return {
    look(tallies, paused) {
      const nowMs = clock.now();
      const monotonicMs = clock.monotonic();
      const before = last;
      last = { nowMs, monotonicMs };
      const watchedMs = before === undefined ? undefined : passedSince(before, last);
      const of = Map.groupBy(tallies, ({ integration }) => integration);
      return watches.map((watch) => {
        const isPaused = paused.has(watch.integration);
        if (before === undefined) watch.begin(nowMs);
        else if (watchedMs === undefined || isPaused) watch.missed(before.nowMs, nowMs);
        return watch.look({
          nowMs,
          watchedMs: isPaused ? 0 : (watchedMs ?? 0),
          tallies: of.get(watch.integration) ?? [],
          first: before === undefined,
          paused: isPaused,
        });
      });
    },
    toKeep: (atTheEnd) =>
      last === undefined ? [] : watches.flatMap((watch) => watch.toKeep(last?.nowMs ?? 0, atTheEnd)),
  };
}

interface Moment {
  readonly nowMs: number;
  readonly monotonicMs: number;
}

/** How long was watched; undefined when nobody did, or a clock jumped. */
function passedSince(last: Moment, now: Moment): number | undefined {
  const passedMs = now.monotonicMs - last.monotonicMs;
  const jumpedMs = Math.abs(now.nowMs - last.nowMs - passedMs);
  return passedMs > aloneMs || jumpedMs > jumpMs ? undefined : passedMs;
}
