import type { HistoryRow, Ledger } from "../../ledger/ledger.ts";
import { type Tally, tallyOf } from "../../watch/history/tally.ts";
import type { Clock } from "../../world/clock.ts";

// What was counted by the hour, for pages that draw it. It is read from what the watch keeps, never from records, so it costs the same however many there
// are. An hour that is over hardly changes: it is read once an hour, and the two newest ones every few seconds, however many pages ask.

export const hourMs = 3_600_000;
const heldMs = 5_000;

type Of = Pick<HistoryRow, "kind" | "name" | "tenant">;
type Held = ReadonlyMap<number, ReadonlyMap<string, string>>;

/** Hours as they were read. */
export interface HoursRead {
  /** Whether anything of that kind was counted. */
  has(kind: Of["kind"]): boolean;
  /** The counts of one thing in the hour that began then; empty where there are none. */
  tally(of: Of, atMs: number): Tally;
}

export class Hours {
  readonly #ledger: Pick<Ledger, "history">;
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  #held: Held = new Map();
  #fromMs = Number.POSITIVE_INFINITY;
  #hour = 0;
  #readMs = Number.NEGATIVE_INFINITY;
  #version = 0;
  /** Of several that ask at once, one after the other: the first one reads. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(ledger: Pick<Ledger, "history">, clock: Pick<Clock, "now" | "monotonic">) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** All hours from that one on. */
  async since(fromMs: number): Promise<HoursRead> {
    const held = await this.#next(() => this.#read(fromMs));
    return {
      has: (kind) => [...held.values()].some((rows) => [...rows.keys()].some((key) => key.startsWith(`["${kind}"`))),
      tally: (of, atMs) => tallyOf(held.get(atMs)?.get(keyOf(of)) ?? "{}"),
    };
  }

  /** Another number when something more has been counted. */
  async version(): Promise<number> {
    await this.since(hourOf(this.#clock.now()));
    return this.#version;
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async #read(askedMs: number): Promise<Held> {
    const nowMs = this.#clock.monotonic();
    const hour = hourOf(this.#clock.now());
    const isOld = hour !== this.#hour;
    const isKnown = !isOld && askedMs >= this.#fromMs;
    if (isKnown && nowMs - this.#readMs < heldMs) return this.#held;
    const keptMs = isOld ? Number.POSITIVE_INFINITY : this.#fromMs;
    const fromMs = isKnown ? hour - hourMs : Math.min(askedMs, hour - hourMs);
    const rows = await this.#ledger.history({ fromMs, untilMs: hour + hourMs });
    const held = new Map([...(isOld ? [] : this.#held)].filter(([at]) => at < fromMs));
    for (const [at, found] of byHour(rows)) held.set(at, found);
    for (const at of [hour - hourMs, hour]) if (!isAlike(held.get(at), this.#held.get(at))) this.#version++;
    this.#held = held;
    this.#fromMs = Math.min(keptMs, fromMs);
    this.#hour = hour;
    this.#readMs = nowMs;
    return held;
  }
}

/** When the hour of this moment began. */
export const hourOf = (atMs: number): number => atMs - (atMs % hourMs);

const keyOf = ({ kind, name, tenant }: Of): string => JSON.stringify([kind, name, tenant]);

/** Only what pages draw. */
function byHour(rows: readonly HistoryRow[]): Map<number, Map<string, string>> {
  const found = new Map<number, Map<string, string>>();
  for (const row of rows) {
    if (row.kind !== "book" && row.kind !== "system") continue;
    const hour = found.get(row.hourMs) ?? new Map<string, string>();
    found.set(row.hourMs, hour.set(keyOf(row), row.state));
  }
  return found;
}

function isAlike(
  one: ReadonlyMap<string, string> = new Map(),
  other: ReadonlyMap<string, string> = new Map(),
): boolean {
  return one.size === other.size && [...one].every(([key, state]) => other.get(key) === state);
}
