import type { Definition, Volume } from "../../define/definition.ts";
import type { Learnt, Tally } from "../../ledger/ledger.ts";
import { durationMs } from "../../model/duration.ts";
import { type Arrivals, type Deviation, type Downtime, judgeDeclared, keepArrivals } from "./declared.ts";
import { stretchesOf } from "./during.ts";
import { type Feed, newFeed, nothingUsual, observe } from "./feed.ts";
import { feedOf, feedText, watchOf, watchText } from "./kept.ts";
import { type LocalHourOf, localHours } from "./local-hour.ts";
import { judgeSilence, type Silence } from "./silence.ts";
import { judgeVolume, type Unusual } from "./unusual.ts";
import { type UsualWeek, usualWeek } from "./usual.ts";

/** What was seen of one integration and tenant. */
export interface FeedSeen {
  readonly tenant: string;
  readonly silence: Silence | undefined;
  readonly unusual: Unusual | undefined;
}

/** What was seen of one integration. */
export interface VolumeSeen {
  readonly integration: string;
  readonly volume: Volume | undefined;
  /** Against what is declared, all tenants together. */
  readonly deviation: Deviation | undefined;
  /** The last new record of all. */
  readonly lastAtMs: number | undefined;
  /** When we last were down, or it was paused. */
  readonly downtime: Downtime | undefined;
  /** Those of which there is something to say. */
  readonly feeds: readonly FeedSeen[];
  /** How many are watched. */
  readonly feedCount: number;
}

export interface VolumeLook {
  readonly nowMs: number;
  /** Watched since the last look. */
  readonly watchedMs: number;
  readonly tallies: readonly Tally[];
  /** Of this process: what came before it came while nobody watched. */
  readonly first: boolean;
  readonly paused: boolean;
}

interface WatchedFeed {
  readonly feed: Feed;
  week: UsualWeek;
  /** The day for which the week was read: once a day. */
  weekOf: string | undefined;
  counted: number;
  changed: boolean;
}

/** A feed costs some 9 kB here and 4 kB in the ledger. Tenants beyond are not learnt; what is declared counts them all the same. */
const feedsMax = 50;
const downtimesMax = 20;
/** Reading a week takes a millisecond or two: not all of them in one look. */
const weeksPerLook = 3;
const keptAtOnce = 20;

/** One integration: what is declared of it, what is learnt of its feeds, and when nobody watched. */
export class VolumeWatch {
  readonly integration: string;
  readonly #volume: Volume | undefined;
  readonly #perMs: number;
  readonly #local: LocalHourOf;
  readonly #feeds: Map<string, WatchedFeed>;
  #sinceMs: number | undefined;
  #aliveMs: number | undefined;
  #counted: number | undefined;
  #lastAtMs: number | undefined;
  #downtimes: { readonly fromMs: number; untilMs: number }[];
  #arrivals: Arrivals[];

  constructor({ name, volume }: Definition, learnt: readonly Learnt[]) {
    this.integration = name;
    this.#volume = volume;
    this.#perMs = this.#volume?.per === undefined ? 0 : durationMs(this.#volume.per);
    this.#local = localHours(this.#volume?.zone ?? "UTC");
    const mine = learnt.filter(({ integration }) => integration === name);
    const kept = watchOf(mine.find(({ kind }) => kind === "watch")?.state ?? "");
    this.#sinceMs = kept?.sinceMs;
    this.#aliveMs = kept?.aliveMs;
    this.#counted = kept?.counted;
    this.#lastAtMs = kept?.lastAtMs;
    this.#downtimes = [...(kept?.downtimes ?? [])];
    this.#arrivals = [...(kept?.arrivals ?? [])];
    this.#feeds = new Map(
      mine
        .filter(({ kind }) => kind === "volume")
        .flatMap(keptFeed)
        .slice(0, feedsMax),
    );
  }

  /** This process watches from now on: since it was last watched, we were down. */
  begin(nowMs: number): void {
    if (this.#aliveMs === undefined) this.#forget(nowMs);
    else this.missed(this.#aliveMs, nowMs);
  }

  /** Nobody watched, or nothing could come. */
  missed(fromMs: number, untilMs: number): void {
    // The clock was put back: nothing that is known of earlier moments can be compared with later ones.
    if (untilMs < fromMs) return this.#forget(untilMs);
    const down = this.#downtimes.at(-1);
    if (down?.untilMs === fromMs) down.untilMs = untilMs;
    else this.#downtimes.push({ fromMs, untilMs });
    if (this.#downtimes.length > downtimesMax) this.#downtimes.shift();
  }

  #forget(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#downtimes = [];
    this.#arrivals = [];
  }

  look(look: VolumeLook): VolumeSeen {
    this.#count(look);
    const feeds: FeedSeen[] = [];
    let weeksLeft = weeksPerLook;
    for (const { tenant, fresh } of look.tallies) {
      const watched = this.#feedOf(tenant, look.first ? fresh : 0);
      if (watched === undefined) continue;
      if (this.#isNewDay(watched) && weeksLeft-- > 0) readWeek(watched);
      const seen = this.#lookAt(watched, tenant, { ...look, fresh });
      if (seen !== undefined) feeds.push(seen);
    }
    return {
      integration: this.integration,
      volume: this.#volume,
      deviation: look.paused ? undefined : this.#deviation(look.nowMs),
      lastAtMs: this.#lastAtMs,
      downtime: this.#downtimes.at(-1),
      feeds: look.paused ? [] : feeds,
      feedCount: this.#feeds.size,
    };
  }

  /** What came of all tenants, for what is declared. */
  #count({ tallies, first, nowMs }: VolumeLook): void {
    const total = tallies.reduce((sum, { fresh }) => sum + fresh, 0);
    const came = total - (this.#counted ?? (first ? total : 0));
    this.#counted = total;
    if (came <= 0) return;
    this.#lastAtMs = nowMs;
    if (this.#perMs > 0) keepArrivals(this.#arrivals, { atMs: nowMs, count: came }, this.#perMs);
  }

  #feedOf(tenant: string, counted: number): WatchedFeed | undefined {
    const known = this.#feeds.get(tenant);
    if (known !== undefined || this.#feeds.size >= feedsMax) return known;
    const opened = { feed: newFeed(), week: nothingUsual, weekOf: undefined, counted, changed: false };
    this.#feeds.set(tenant, opened);
    return opened;
  }

  #isNewDay({ feed, weekOf }: WatchedFeed): boolean {
    return weekOf === undefined || weekOf !== feed.hour?.at.date;
  }

  #lookAt(watched: WatchedFeed, tenant: string, look: VolumeLook & { readonly fresh: number }): FeedSeen | undefined {
    const { feed, week } = watched;
    const came = Math.max(0, look.fresh - watched.counted);
    watched.counted = look.fresh;
    // What came while nobody watched ends a silence; it is no flood of this hour.
    const fresh = look.first ? Math.min(1, came) : came;
    const closed = observe(feed, week, this.#local, { nowMs: look.nowMs, watchedMs: look.watchedMs, fresh });
    if (closed || fresh > 0) watched.changed = true;
    const silence = this.#volume?.atLeast === undefined ? judgeSilence(feed, week) : undefined;
    const unusual = silence === undefined ? judgeVolume(feed, week) : undefined;
    return silence === undefined && unusual === undefined ? undefined : { tenant, silence, unusual };
  }

  #deviation(nowMs: number): Deviation | undefined {
    if (this.#volume === undefined || this.#perMs === 0) return undefined;
    const { atLeast, atMost, during, zone } = this.#volume;
    const stretches = stretchesOf(during, zone ?? "UTC", nowMs);
    const seen = { arrivals: this.#arrivals, watchedSinceMs: this.#sinceMs ?? nowMs, downtimes: this.#downtimes };
    return judgeDeclared({ atLeast, atMost, perMs: this.#perMs }, { ...seen, stretches, nowMs });
  }

  /** What has changed since it was last kept; with `all`, whatever has only grown quieter too. */
  toKeep(nowMs: number, all: boolean): Learnt[] {
    const name = { integration: this.integration, source: "", keptAtMs: nowMs };
    const changed = [...this.#feeds].filter(([, { changed }]) => all || changed).slice(0, all ? feedsMax : keptAtOnce);
    for (const [, watched] of changed) watched.changed = false;
    const watch = {
      aliveMs: nowMs,
      sinceMs: this.#sinceMs ?? nowMs,
      counted: this.#counted ?? 0,
      lastAtMs: this.#lastAtMs,
      downtimes: this.#downtimes,
      arrivals: this.#arrivals,
    };
    return [
      { ...name, kind: "watch", tenant: "", state: watchText(watch) },
      ...changed.map(([tenant, kept]): Learnt => ({ ...name, kind: "volume", tenant, state: feedText(kept) })),
    ];
  }
}

function keptFeed({ tenant, state }: Learnt): [string, WatchedFeed][] {
  const kept = feedOf(state);
  return kept === undefined ? [] : [[tenant, { ...kept, week: nothingUsual, weekOf: undefined, changed: false }]];
}

function readWeek(watched: WatchedFeed): void {
  watched.week = usualWeek(watched.feed.days.all());
  watched.weekOf = watched.feed.hour?.at.date;
}
