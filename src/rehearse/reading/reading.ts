import type { Definition, Integration } from "../../define/definition.ts";
import type { HttpChange } from "../../define/request.ts";
import type { PollDefinition, SourceDefinition } from "../../define/source.ts";
import type { RecordRow, RecordWhole } from "../../ledger/ledger.ts";
import type { WaybillEvent } from "../../model/events.ts";
import { cursorName, pollFeeds } from "../../sources/feeds.ts";
import type { Clock } from "../../world/clock.ts";
import type { WireRequest } from "../../world/transport.ts";
import { type Destination, listingAsked } from "../destination/destination.ts";
import { between } from "../night/chance.ts";
import type { FateOptions } from "../night/fate.ts";
import { meets } from "../night/meets.ts";
import type { Plan, Planned } from "../night/plan.ts";
import type { Acknowledged, Broken } from "../night/promises.ts";
import { listingFetched } from "./listing-fetched.ts";
import { ReadBooks, valueIn } from "./read-books.ts";
import { contentOf, type Row, rowOf } from "./row.ts";
import { SimulatedSource, unanswered } from "./simulated-source.ts";
import { sourceAsking, sourceRunning, visiting } from "./visit.ts";

// The polls of an integration, read in a night as they are written: on a schedule, with their own cursors, across crashes. The records of the night appear
// in simulated sources, which answer what the user's code asks for; in the morning each of them has to be in the ledger, whatever became of the readings.
//
// A reading is complete once a run has begun after the last record appeared and everything went well again, has ended, and has brought nothing new.

export interface ReadingOptions {
  readonly integration: Integration;
  readonly plan: Plan;
  /** Polls are read; otherwise all records are handed in. */
  readonly reads: boolean;
  /** Of the night itself. */
  readonly clock: Clock;
  readonly elapsedMs: () => number;
  readonly fate: (system: string) => FateOptions;
  /** Counts sendings and acknowledgements. */
  readonly moment: () => number;
  readonly say: (what: string, record?: string) => void;
  readonly count: (what: string) => void;
}

/** What came of it. */
export interface Read {
  readonly acknowledged: readonly Acknowledged[];
  readonly broken: readonly Broken[];
  /** Why it could not be rehearsed. */
  readonly unread: string | undefined;
}

/** A schedule that is longer would come to its end before anything went wrong. */
const everyMsMax = 60_000;
/** Nothing new comes any more. */
const restMs = 86_400_000;
/** So long after everything went well again a reading has to be complete. */
const hopelessMs = 3 * 3_600_000;
/** By so much the source's clock may differ from that of this machine. */
const skewMs = 90_000;

/** One simulated source, and how far its reading has come. */
interface Station {
  readonly source: SimulatedSource;
  readonly rows: readonly Row[];
  readonly lastAtMs: number;
  /** New ones in the run that goes on. */
  fresh: number;
  /** When the run that goes on asked first. */
  beganMs: number | undefined;
  complete: boolean;
  failed: string | undefined;
}

export class Reading {
  /** The integration as it is rehearsed. */
  readonly integration: Integration;
  /** What no source shows: whoever sends it hands it in. */
  readonly handedIn: readonly Planned[];
  readonly #options: ReadingOptions;
  readonly #stations = new Map<string, Station>();
  /** By tenant and content: when it was first returned by the user's code. */
  readonly #returned = new Map<string, number>();
  /** By record: when its page was durable. */
  readonly #durable = new Map<string, number>();
  #unread: string | undefined;
  #fetches = 0;

  constructor(options: ReadingOptions) {
    const { integration, plan } = options;
    this.#options = options;
    const { definition } = integration;
    const polls = options.reads ? definition.sources.filter((one) => one.kind === "poll") : [];
    const others = definition.sources.length > polls.length;
    const rowsOf = new Map<SourceDefinition, Row[]>(polls.map((one) => [one, []]));
    this.handedIn = plan.deliveries.filter((planned) => {
      const at = between(0, polls.length - (others ? 0 : 1), plan.seed, "source", planned.nth);
      // A body that is broken as a whole is no row of any list.
      if (planned.body !== undefined) return true;
      const row = polls[at] === undefined ? undefined : rowOf(planned);
      if (row !== undefined) rowsOf.get(polls[at] as SourceDefinition)?.push(row);
      return polls.length === 0 || polls[at] === undefined;
    });
    const replaced = new Map(polls.map((poll) => [poll, this.#read(poll, definition, rowsOf.get(poll) ?? [])]));
    const sources = definition.sources.map((one) => replaced.get(one as PollDefinition) ?? one);
    this.integration = polls.length === 0 ? integration : { ...integration, definition: { ...definition, sources } };
  }

  /** Records appear, one after the other. */
  begin(): void {
    const { clock, say, count, plan } = this.#options;
    for (const { source, rows } of this.#stations.values())
      for (const { planned } of rows)
        clock.after(planned.atMs, () => {
          for (const fault of planned.faults) count(`fault ${fault}`);
          say(`${source.name} has record ${planned.nth + 1}${planned.mess === undefined ? "" : ` (${planned.mess})`}`);
        });
    clock.after(plan.calmAtMs + hopelessMs, () => {
      for (const station of this.#stations.values()) {
        if (!station.complete) station.failed ??= "it came to no end";
        station.complete = true;
      }
    });
  }

  /** Whatever its sources show was read to the end, or never will be. */
  get isComplete(): boolean {
    return this.#unread !== undefined || [...this.#stations.values()].every(({ complete }) => complete);
  }

  /** Answers in place of a system what the code of a source asks for. */
  standsIn(change: HttpChange, system: Pick<Destination, "handle">): Pick<Destination, "handle"> {
    const source = sourceAsking(change);
    if (source === undefined) return system;
    return {
      handle: (request, nowMs, tags) => {
        const answer = source.answer(listingAsked(request as WireRequest, change));
        if (this.#unread !== undefined) return unanswered;
        return answer ?? system.handle(request, nowMs, tags);
      },
    };
  }

  /** What user code fetches by itself: from a simulated source, where the code of a source does. */
  fetched(request: Request, otherwise: () => Promise<Response>): Promise<Response> {
    const source = sourceRunning();
    if (source === undefined) return otherwise();
    const { clock, fate, count } = this.#options;
    this.#fetches += 1;
    const options = { clock, nth: this.#fetches, fate: fate(new URL(request.url).origin), otherwise };
    return listingFetched(source, request, { ...options, onFault: (fault) => count(`fault ${fault}`) });
  }

  event(event: WaybillEvent): void {
    if (event.event === "intake.taken") this.#taken(event);
    if (event.event !== "source.done" && event.event !== "source.failed") return;
    const station = this.#stations.get(event.source);
    if (station === undefined || station.complete) return;
    const { calmAtMs } = this.#options.plan;
    const { beganMs, fresh, lastAtMs } = station;
    station.beganMs = undefined;
    station.fresh = 0;
    if (event.event === "source.failed") {
      if (station.failed !== event.why) this.#options.say(`${event.source} could not be read: ${event.why}`);
      station.failed = event.why;
      return;
    }
    station.failed = undefined;
    if (beganMs !== undefined && beganMs > Math.max(calmAtMs, lastAtMs) && fresh === 0) {
      station.complete = true;
      this.#options.say(`${event.source} has been read to its end`);
    }
  }

  /**
   * What came of it, held against the ledger on the morning after.
   *
   * @param whole reads a record with its payload.
   */
  async account(
    records: readonly RecordRow[],
    whole: (record: RecordRow["record"]) => Promise<RecordWhole | undefined> | undefined,
  ): Promise<Read> {
    if (this.#stations.size === 0) return { acknowledged: [], broken: [], unread: undefined };
    const { definition } = this.#options.integration;
    const stations = [...this.#stations.values()];
    const books = new ReadBooks(
      stations.flatMap(({ rows }) => rows),
      definition,
    );
    const acknowledged = await Promise.all(
      records.map(async (one): Promise<Acknowledged | undefined> => {
        const value = valueIn(await whole(one.record));
        const isRead = one.source.startsWith("poll:");
        const planned = books.found(one, value, isRead)?.planned;
        if (!isRead) return undefined;
        return {
          nth: planned?.nth ?? 0,
          record: one.record,
          duplicate: false,
          sent: this.#returned.get(`${one.tenant} ${contentOf(value)}`) ?? 0,
          acknowledged: this.#durable.get(one.record) ?? Number.POSITIVE_INFINITY,
          meets: await meets(definition, value),
          value,
          fresh: planned?.fresh ?? false,
        };
      }),
    );
    const duplicates = books.duplicates();
    const stuck = stations.filter(({ failed }) => failed !== undefined).map(neverRead);
    const unread = this.#unread ?? stations.map(unanswerable).find((why) => why !== undefined) ?? books.unread;
    const broken = stuck.length > 0 ? stuck : books.lost();
    return {
      acknowledged: [...acknowledged.filter((one) => one !== undefined), ...duplicates],
      broken: unread === undefined ? broken : [],
      unread,
    };
  }

  /** The same poll, of a simulated source for each tenant. */
  #read(poll: PollDefinition, definition: Definition, rows: readonly Row[]): PollDefinition {
    const { fetch, per } = poll;
    const feed = pollFeeds([definition]).find(({ source }) => source === poll);
    const nameFor = (id: string): string => {
      if (feed === undefined) return definition.name;
      return cursorName(per === undefined ? feed : { ...feed, tenant: { of: per.name, id } });
    };
    const tenants = per === undefined ? [undefined] : (per.list as readonly unknown[]);
    for (const tenant of tenants) {
      const id = per === undefined ? "" : String(per.id(tenant));
      this.#add(
        nameFor(id),
        poll,
        tenant,
        rows.filter(({ planned }) => planned.tenant === id),
      );
    }
    const everyMs = "everyMs" in poll.schedule ? Math.min(poll.schedule.everyMs, everyMsMax) : everyMsMax;
    const reading = this;
    return {
      ...poll,
      schedule: {
        get everyMs() {
          return reading.isComplete ? restMs : everyMs;
        },
      },
      fetch: async (tools) => {
        const id = per === undefined ? "" : String(per.id(tools.tenant));
        const station = this.#stations.get(nameFor(id));
        if (station === undefined) return fetch(tools);
        station.beganMs ??= this.#options.elapsedMs();
        const page = await visiting(station.source, tools.call, async (call) => fetch({ ...tools, call }));
        this.#returns(id, page);
        return page;
      },
    };
  }

  #add(name: string, { simulate }: PollDefinition, tenant: unknown, of: readonly Row[]): void {
    const { plan, elapsedMs, say, count } = this.#options;
    const rows = of.toSorted((one, other) => one.planned.atMs - other.planned.atMs);
    const source = new SimulatedSource({
      name,
      seed: plan.seed,
      mix: plan.mix,
      rows,
      simulate,
      tenant,
      elapsedMs,
      wallMs: plan.wallMs + between(-skewMs, skewMs, plan.seed, "clock of the source"),
      isCalm: () => elapsedMs() >= plan.calmAtMs,
      onUnread: (why) => {
        this.#unread ??= why;
      },
      onFault: (fault) => count(`fault ${fault}`),
      say,
    });
    const lastAtMs = rows.at(-1)?.planned.atMs ?? 0;
    this.#stations.set(name, {
      source,
      rows,
      lastAtMs,
      fresh: 0,
      beganMs: undefined,
      complete: false,
      failed: undefined,
    });
  }

  #returns(tenant: string, page: unknown): void {
    const { records } = (page ?? {}) as { readonly records?: unknown };
    if (!Array.isArray(records)) return;
    const now = this.#options.moment();
    for (const one of records) {
      const content = `${tenant} ${contentOf(one)}`;
      if (!this.#returned.has(content)) this.#returned.set(content, now);
    }
  }

  #taken({ source, tenant, record, duplicate, state }: Extract<WaybillEvent, { event: "intake.taken" }>): void {
    const station = this.#stations.get(source) ?? this.#stations.get(`${source}@${tenant}`);
    if (station === undefined) return;
    if (!duplicate) {
      station.fresh += 1;
      this.#options.say(`it is taken: ${state}`, record);
    }
    if (!this.#durable.has(record)) this.#durable.set(record, this.#options.moment());
  }
}

/** Nobody could tell what it is to be answered. */
function unanswerable({ source, rows, failed }: Station): string | undefined {
  if (rows.length === 0 || source.answered) return undefined;
  if (source.asked > 0) return "what it expects of an answer is no list of records";
  return failed === undefined ? "it asks no system" : undefined;
}

function neverRead({ source, failed }: Station): Broken {
  return {
    promise: "what the source showed is not lost",
    what: `${source.name} was not read to its end in three hours in which nothing was wrong: ${failed}`,
  };
}
