import {
  type HistoryPut,
  type HistoryRow,
  type Ledger,
  type Overview,
  type RefusalRow,
  twoDigits,
} from "../../ledger/ledger.ts";
import type { WaybillEvent } from "../../model/events.ts";
import { isInternal } from "../../model/internal.ts";
import type { State } from "../../model/record.ts";
import type { SystemState } from "../../systems/port.ts";
import type { Clock } from "../../world/clock.ts";
import { Away } from "./away.ts";
import { add, addAll, type Tally, tallyOf, tallyText } from "./tally.ts";

// What is counted by the hour for whoever looks back over days, where the records themselves do not say it, or not without reading all of them: calls of
// each system and how long it was kept away from, how far its limits were used, where records went, duplicates, refusals, and when somebody watched. Counts
// gather in memory and are added to the ledger's once a minute and at the end: never a commit for a record. A process that is killed loses at most that
// minute. What was received, duplicates and refusals are differences of the ledger's own counters, and how far these were counted is written in the same
// transaction: they lose nothing.
//
// Of several that work with a ledger each adds the calls that it made itself; what is the same for all, only the one that looks for all.

export interface History {
  /** One event. Cheap, and never throws. */
  notice(event: WaybillEvent): void;
  /** How the ledger's counters and the limits stand now. Where the ledger cannot be written, what is counted is kept for the next time. */
  look(
    seen: Pick<Overview, "books" | "oldest">,
    refusals: readonly RefusalRow[],
    systems: readonly Pick<SystemState, "name" | "tenant" | "limits">[],
  ): Promise<void>;
  /** Another process looks for all: only what this one did itself is added. */
  aside(): Promise<void>;
  /** Keeps what is not kept yet. Never rejects. */
  stop(): Promise<void>;
}

/** What the ledger counts by itself. */
const ofTheLedger = ["received", "duplicate", "refused"] as const;

type Series = Omit<HistoryRow, "hourMs" | "state">;

const hourMs = 3_600_000;
const keptEveryMs = 60_000;
/** Five weeks: a month, and the week before it. */
const keptHours = 5 * 7 * 24;
/** Without a look for so long nobody watched. */
const aloneMs = 300_000;
/** So often others may have written the same hours meanwhile. */
const triesMax = 20;
/** Of each kind; what comes after them is counted together. */
const seriesMax = 1_000;
export const others = "(others)";
/** How much of a limit was used, in percent, the most of the hour: before the limit as people see it. */
export const usedOf = "max:used:";
/** States in which a record waits for a person. */
const needPerson: ReadonlySet<State> = new Set(["quarantined", "dead", "held"]);

export function createHistory(
  ledger: Pick<Ledger, "history" | "keepHistory">,
  clock: Pick<Clock, "now" | "monotonic">,
): History {
  let hour = hourOf(clock.now());
  /** By hour and series, since it was kept last. */
  let pending = new Map<number, Map<string, Tally>>();
  /** The ledger's counters, as far as they are counted. */
  let counted: Map<string, Tally> | undefined;
  let keptMs = Number.NEGATIVE_INFINITY;
  let lookedMs: number | undefined;
  const known = new Map<Series["kind"], Set<string>>();
  const away = new Away();

  function bounded(series: Series): string {
    const key = keyOf(series);
    const names = known.get(series.kind) ?? new Set();
    known.set(series.kind, names);
    if (names.has(key)) return key;
    if (names.size >= seriesMax) return keyOf({ kind: series.kind, name: others, tenant: "", about: "" });
    names.add(key);
    return key;
  }

  /** The counts of one thing in this hour. */
  function of(key: string): Tally {
    const series = pending.get(hour) ?? new Map<string, Tally>();
    pending.set(hour, series);
    const tally = series.get(key) ?? new Map();
    series.set(key, tally);
    return tally;
  }
  const ofSystem = (name: string, tenant = ""): Tally => of(bounded({ kind: "system", name, tenant, about: "" }));
  const ofBook = (name: string, tenant: string): Tally => of(bounded({ kind: "book", name, tenant, about: "" }));

  /** What has been added to the ledger's counters since they were counted last, by whoever. */
  async function count(now: ReadonlyMap<string, Tally>): Promise<void> {
    const before = counted ?? (await countedBefore());
    const isNew = counted === undefined && before.size === 0;
    if (counted === undefined) add(of(watchKey), "starts");
    for (const [key, tally] of now) {
      for (const [name, value] of tally) {
        const by = value - (before.get(key)?.get(name) ?? (isNew ? value : 0));
        if (by > 0) add(of(key), name, by);
      }
    }
    counted = new Map(now);
  }

  async function countedBefore(): Promise<Map<string, Tally>> {
    const rows = await ledger.history({ fromMs: 0, untilMs: 1 });
    return new Map(rows.map((row) => [bounded(row), tallyOf(row.state)]));
  }

  async function keep(): Promise<void> {
    const kept = pending;
    pending = new Map();
    keptMs = clock.monotonic();
    try {
      const forgetBeforeMs = hour - keptHours * hourMs;
      for (let tries = 0; tries < triesMax; tries++)
        if (await ledger.keepHistory({ rows: await added(kept), forgetBeforeMs })) return;
      throw new Error("others write the same hours again and again");
    } catch (fault) {
      for (const [at, series] of kept) giveBack(at, series);
      throw fault;
    }
  }

  /** What stands there with what is to be added, and how far the ledger's counters are counted with that. */
  async function added(kept: ReadonlyMap<number, ReadonlyMap<string, Tally>>): Promise<HistoryPut[]> {
    const rows = new Map<string, HistoryPut>();
    const there = new Map<string, string>();
    const put = (at: number, key: string, state: (before: string | undefined) => Tally): void => {
      const before = there.get(`${at} ${key}`);
      rows.set(`${at} ${key}`, { ...rowOf(at, key, state(before)), before });
    };
    for (const at of counted === undefined ? kept.keys() : [0, ...kept.keys()])
      for (const row of await ledger.history({ fromMs: at, untilMs: at + 1 }))
        there.set(`${at} ${keyOf(row)}`, row.state);
    for (const [at, series] of kept) {
      for (const [key, tally] of series) {
        put(at, key, (before) => addAll(tallyOf(before ?? "{}"), tally));
        const base = counted?.get(key);
        if (base !== undefined) put(0, key, () => base);
      }
    }
    if (counted !== undefined) put(0, watchKey, () => new Map());
    return [...rows.values()];
  }

  async function keepNowAndThen(): Promise<void> {
    const now = hourOf(clock.now());
    if (now !== hour || clock.monotonic() - keptMs >= keptEveryMs) await keep();
    hour = now;
  }

  function giveBack(at: number, series: ReadonlyMap<string, Tally>): void {
    const there = pending.get(at) ?? new Map<string, Tally>();
    pending.set(at, there);
    for (const [key, tally] of series) there.set(key, addAll(there.get(key) ?? new Map(), tally));
  }

  function noteAway(): void {
    for (const { system, tenant, what, ms } of away.since(clock.now())) add(ofSystem(system, tenant), what, ms);
  }

  return {
    notice(event) {
      noticed(event, ofSystem, away, clock);
      settledAs(event, ofBook);
    },
    async look({ books, oldest }, refusals, systems) {
      const nowMs = clock.now();
      const monotonicMs = clock.monotonic();
      const passedMs = lookedMs === undefined ? 0 : monotonicMs - lookedMs;
      lookedMs = monotonicMs;
      noteAway();
      if (passedMs <= aloneMs) add(of(watchKey), "ms", Math.round(passedMs));
      await count(countersOf(books, refusals, bounded));
      for (const { integration, tenant, receivedAtMs } of oldest) {
        if (isInternal(integration)) continue;
        add(ofBook(integration, tenant), "max:oldestMs", Math.max(0, nowMs - receivedAtMs));
      }
      for (const { name, tenant, limits } of systems) {
        for (const one of isInternal(name) ? [] : limits) {
          const used = usedPercent(one);
          if (used > 0) add(ofSystem(name, tenant), `${usedOf}${one.limit}`, used);
        }
      }
      await keepNowAndThen();
    },
    async aside() {
      noteAway();
      if (counted !== undefined) {
        add(of(watchKey), "ends");
        // Whoever looks now goes on from what is kept, and counts again what is not.
        for (const series of pending.values())
          for (const tally of series.values()) for (const name of ofTheLedger) tally.delete(name);
      }
      counted = undefined;
      lookedMs = undefined;
      if (pending.size > 0) await keepNowAndThen();
    },
    async stop() {
      noteAway();
      if (counted !== undefined) add(of(watchKey), "ends");
      // What cannot be kept is missing in the report, which says so.
      await keep().catch(() => undefined);
    },
  };
}

const hourOf = (ms: number): number => ms - (ms % hourMs);
const keyOf = ({ kind, name, tenant, about }: Series): string => JSON.stringify([kind, name, tenant, about]);
const watchKey = keyOf({ kind: "watch", name: "", tenant: "", about: "" });

function rowOf(hour: number, key: string, tally: Tally): HistoryRow {
  const [kind, name, tenant, about] = JSON.parse(key) as [Series["kind"], string, string, string];
  return { hourMs: hour, kind, name, tenant, about, state: tallyText(tally) };
}

/** The ledger's own counters of what made no record. */
function countersOf(
  books: Overview["books"],
  refusals: readonly RefusalRow[],
  bounded: (series: Series) => string,
): ReadonlyMap<string, Tally> {
  const now = new Map<string, Tally>();
  const put = (series: Series, numbers: Readonly<Record<string, number>>): void => {
    const key = bounded(series);
    now.set(key, addAll(now.get(key) ?? new Map(), Object.entries(numbers)));
  };
  for (const { integration, tenant, received, duplicate } of books)
    if (!isInternal(integration)) put({ kind: "book", name: integration, tenant, about: "" }, { received, duplicate });
  for (const { source, tenant, reason, count } of refusals)
    put({ kind: "refusal", name: source, tenant, about: reason }, { refused: count });
  return now;
}

/** How much of a limit is used, in percent: 60 of `100 per 1m` are. */
export function usedPercent({ limit, left }: Pick<SystemState["limits"][number], "limit" | "left">): number {
  const most = Number.parseInt(limit, 10);
  return most > 0 ? Math.round(Math.min(1, Math.max(0, 1 - left / most)) * 100) : 0;
}

/** Where records went in this hour: delivered, or to a person. One that comes to need a person again counts again. */
function settledAs(event: WaybillEvent, ofBook: (name: string, tenant: string) => Tally): void {
  const isNews = event.event === "record.settled" || (event.event === "intake.taken" && !event.duplicate);
  if (!isNews || isInternal(event.integration)) return;
  if (event.state === "delivered" || needPerson.has(event.state))
    add(ofBook(event.integration, event.tenant), event.state);
}

/** What events tell of systems. */
function noticed(
  event: WaybillEvent,
  ofSystem: (name: string, tenant?: string) => Tally,
  away: Away,
  clock: Pick<Clock, "now">,
): void {
  if (!("system" in event) || event.event === "alert" || isInternal(event.system)) return;
  switch (event.event) {
    case "attempt":
    case "source.called": {
      const tally = ofSystem(event.system, event.tenant);
      add(tally, event.outcome);
      if (event.status === 429) add(tally, "status429");
      if (event.status !== undefined) add(tally, `took:${twoDigits(event.durationMs)}`);
      return;
    }
    case "permit.deferred":
      return add(ofSystem(event.system, event.tenant), "deferred");
    case "permit.waited": {
      const tally = ofSystem(event.system, event.tenant);
      add(tally, "waited");
      return add(tally, "waitedMs", Math.round(event.waitedMs));
    }
    case "token.refreshed":
      return add(ofSystem(event.system, event.tenant), "refreshed");
    case "system.opened":
      if (away.begins("openMs", event, clock.now())) add(ofSystem(event.system, event.tenant), "opened");
      return;
    case "system.stopped":
      if (away.begins("stoppedMs", event, clock.now(), event.untilMs))
        add(ofSystem(event.system, event.tenant), "stops");
      return;
    case "system.unauthorized":
      if (away.begins("unauthorizedMs", event, clock.now()))
        add(ofSystem(event.system, event.tenant), "unauthorizedTimes");
      return;
    case "system.closed":
    case "system.freed":
    case "system.authorized": {
      const what = (
        { "system.closed": "openMs", "system.freed": "stoppedMs", "system.authorized": "unauthorizedMs" } as const
      )[event.event];
      const ms = away.ends(what, event, clock.now());
      if (ms > 0) add(ofSystem(event.system, event.tenant), what, ms);
      return;
    }
  }
}
