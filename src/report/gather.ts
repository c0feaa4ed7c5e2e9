import type { CohortGroup, Ledger, RecordId } from "../ledger/ledger.ts";
import { isInternal } from "../model/internal.ts";
import { feedOf } from "../watch/baselines/kept.ts";
import type { CauseFigures, FeedFigures, Figures } from "./figures.ts";
import { addGroup, emptyFlow, type TimedFlow } from "./flow.ts";
import { type Period, slotCount } from "./period.ts";

// Reads what a report is made of. Records are counted some thousand at a time, on the way that the ledger keeps for long reads, so that nothing that
// delivers waits for it.

/** Of one step. */
const stepRecords = 20_000;
/** Of each of the two periods: some seconds of reading. */
const recordsMax = 5_000_000;
/** A feed's week is known when each weekday was seen twice. */
const learntDays = 14;
const hour = 3_600_000;

export interface Asked {
  readonly integration: string | undefined;
  readonly tenant: string | undefined;
}

/** Reads the figures of a period. */
export async function gather(ledger: Ledger, period: Period, only: Asked, nowMs: number): Promise<Figures> {
  const counted = new Counted(period);
  const countedUntilMs = await counted.all(ledger, only);
  const { beforeMs, fromMs, untilMs } = period;
  const [books, overview, alerts, deeds, hours, bulletin, oldest, learnt, running] = await Promise.all([
    ledger.balance(only.integration),
    ledger.overview(),
    ledger.alerts({ resolvedSinceMs: fromMs }),
    ledger.deeds({ fromMs, untilMs }),
    ledger.history({ fromMs: beforeMs - (beforeMs % hour), untilMs }),
    ledger.bulletin(),
    ledger.find({ limit: 1, order: "oldest", ...only }),
    ledger.learnt(only.integration),
    ledger.isOwned(),
  ]);
  const isMeant = ({ integration, tenant }: { readonly integration: string; readonly tenant: string }): boolean =>
    !isInternal(integration) && (only.integration ?? integration) === integration && (only.tenant ?? tenant) === tenant;
  return {
    nowMs,
    period,
    only,
    feeds: [...counted.feeds.values()],
    slots: counted.slots,
    causes: [...counted.causes.values()],
    countedUntilMs,
    books: books.filter(isMeant),
    inbox: overview.inbox.filter(isMeant),
    oldest: overview.oldest.filter(isMeant),
    alerts: alerts.filter(
      ({ integration, tenant, sinceMs }) =>
        sinceMs < untilMs &&
        (only.integration === undefined || integration === only.integration) &&
        (only.tenant === undefined || tenant === only.tenant),
    ),
    deeds: { ...deeds, moves: deeds.moves.filter(isMeant) },
    hours,
    restores: bulletin.restores.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs),
    oldestRecordMs: oldest.rows[0]?.receivedAtMs,
    learning: learnt
      .filter(({ kind }) => kind === "volume")
      .filter(isMeant)
      .map(({ integration, state }) => ({ integration, days: feedOf(state)?.feed.days.length ?? 0 }))
      .filter(({ days }) => days < learntDays),
    running,
  };
}

/** Counts records into feeds and causes. */
class Counted {
  readonly feeds: Map<string, FeedFigures> = new Map();
  readonly causes: Map<string, CauseFigures> = new Map();
  readonly slots: readonly TimedFlow[];
  readonly #period: Period;

  constructor(period: Period) {
    this.#period = period;
    this.slots = Array.from({ length: slotCount(period) }, emptyFlow);
  }

  /** Both periods; answers until when was counted, where it is not all. */
  async all(ledger: Ledger, only: Asked): Promise<number | undefined> {
    const { beforeMs, fromMs, untilMs } = this.#period;
    await this.#read(ledger, only, [beforeMs, fromMs], (group) => this.#before(group));
    return this.#read(ledger, only, [fromMs, untilMs], (group) => this.#now(group));
  }

  async #read(
    ledger: Ledger,
    only: Asked,
    [fromMs, untilMs]: readonly [number, number],
    take: (group: CohortGroup) => void,
  ): Promise<number | undefined> {
    let after: RecordId | undefined;
    const { slotMs } = this.#period;
    for (let read = 0; read < recordsMax; read += stepRecords) {
      const step = { fromMs, untilMs, slotMs, ...only, after, limit: stepRecords };
      const { groups, next } = await ledger.cohort(step);
      for (const group of groups) take(group);
      if (next === undefined) return undefined;
      after = next;
    }
    return (await ledger.record(after as RecordId))?.receivedAtMs ?? fromMs;
  }

  #feed({ integration, tenant }: CohortGroup): FeedFigures {
    const key = `${integration}\n${tenant}`;
    const found = this.feeds.get(key);
    if (found !== undefined) return found;
    const came = new Uint32Array(this.slots.length);
    const feed = { integration, tenant, flow: emptyFlow(), before: emptyFlow(), came };
    this.feeds.set(key, feed);
    return feed;
  }

  #cause({ integration, state, cause }: CohortGroup): CauseFigures | undefined {
    if (cause === undefined || state === "delivered") return undefined;
    const key = `${integration}\n${state}\n${cause}`;
    const found = this.causes.get(key) ?? { integration, state, cause, count: 0, before: 0, reason: undefined };
    this.causes.set(key, found);
    return found;
  }

  #before(group: CohortGroup): void {
    addGroup(this.#feed(group).before, group);
    const cause = this.#cause(group);
    if (cause !== undefined) cause.before += group.count;
  }

  #now(group: CohortGroup): void {
    const feed = this.#feed(group);
    addGroup(feed.flow, group);
    addGroup(this.slots[group.slot] as TimedFlow, group);
    feed.came[group.slot] = (feed.came[group.slot] ?? 0) + group.count;
    const cause = this.#cause(group);
    if (cause === undefined) return;
    cause.count += group.count;
    cause.reason = group.reason;
  }
}
