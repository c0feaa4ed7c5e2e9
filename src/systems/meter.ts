/**
 * One limit, as it is counted. All of it is arithmetic over times that are handed in (monotonic milliseconds); waiting is the gate's work. `points` is
 * what one call takes: 1, unless the limit is a `cost`.
 */
export interface Meter {
  /** How many calls of `points` each may be let in now; below 1 none. */
  free(nowMs: number, points: number): number;
  take(points: number): void;
  /** A call that took `points` was sent and has ended now; it has really cost `actual`. */
  end(nowMs: number, points: number, actual: number): void;
  /** It never left. */
  unsent(points: number): void;
  /** When one may be let in: now, at a known time, or only after something in flight has ended or was answered (Infinity). */
  freeAt(nowMs: number, points: number): number;
  /** How many calls of `points` each may be let in by a time that is not far off, if nobody else is until then. */
  freeBy(nowMs: number, untilMs: number, points: number): number;
  /** How far apart such calls come in the long run, when each is held for `holdMs`. */
  intervalMs(holdMs: number, points: number): number;
  /** Points that are left. */
  left(nowMs: number): number;
  /** Points that count now. */
  used(nowMs: number): number;
}
