import type { Definition } from "../define/integration.ts";
import type {
  Arrival,
  AskWithin,
  Claimed,
  CompareRow,
  CursorMove,
  IntakeResult,
  IntakeRow,
  Ledger,
  Taken,
} from "../ledger/ledger.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { State } from "../model/record.ts";
import { during, type IntakeSpan, type Tracing } from "../model/tracing.ts";
import { type Feed, pushFeed } from "../sources/feeds.ts";
import type { Item } from "../sources/item.ts";
import { itemHandedIn } from "../sources/push.ts";
import type { World } from "../world/transport.ts";
import { arrivalOf, keptOnly } from "./arrivals.ts";
import { type Gate, readKept } from "./boundary.ts";

// Intake: what came goes through the boundary of every integration that its source feeds, and is on disk before anybody is told so.
//
// A ledger that is full or failing rejects all of it, and the sender comes again. A ledger that works and still refuses a batch refuses something in it:
// then the batch is halved until the bad item stands alone, and of that one only what came is kept, in the quarantine.

/** What became of one item for one integration. */
export interface TakenRow extends Taken {
  readonly integration: string;
}

/** Per item, a row for each integration that the source feeds. */
export type ItemTaken = readonly TakenRow[];

export type TakeResult =
  | { readonly kind: "taken"; readonly items: readonly ItemTaken[] }
  /** Nothing was taken, or only a part: the cursor stands elsewhere. */
  | { readonly kind: "cursor-moved"; readonly cursor: string | undefined };

export interface TakeOptions {
  readonly tenant?: string | undefined;
  /** Moves with the last of the items. */
  readonly cursor?: CursorMove | undefined;
  /** What its sender claims to be its trace, where it came over HTTP: `""` for nothing. It is linked, and trusted in nothing. */
  readonly traceparent?: string | undefined;
  /** It is a part of what the caller does, for whoever records traces. */
  readonly inside?: boolean | undefined;
}

export interface Intake {
  /**
   * Takes what came from a source. Resolves once all of it is durable.
   *
   * @throws {WaybillError} `ledger-full`, `ledger-failed`, `ledger-closed`: the source should come again.
   */
  take(feed: Feed, items: readonly Item[], options?: TakeOptions): Promise<TakeResult>;
  /**
   * Takes one record that a program hands in.
   *
   * @throws {WaybillError} as `take`, and `effect-misused` when it holds what cannot be stored.
   */
  send(
    definition: Definition,
    record: unknown,
    tenant?: string,
  ): Promise<{ readonly record: string; readonly state: State }>;
  /**
   * Takes down one record within a transaction of the program's own: a record comes of it when that commits.
   *
   * @throws {WaybillError} as `send` for a record that cannot be stored, and as the ledger's `sendWithin`.
   */
  sendWithin(ask: AskWithin, definition: Definition, record: unknown, tenant: string): Promise<SentWithin>;
}

/** What was taken down within a transaction. */
export interface SentWithin {
  /** The record's id, under which it is found once a worker has taken it in; undefined where it has none, such as when it breaks the contract. */
  readonly id: string | undefined;
  /** Where it will be, as this process reads it: a duplicate is only known when it is taken in. */
  readonly state: "waiting" | "filtered" | "quarantined";
}

export interface IntakeParts {
  readonly ledger: Ledger;
  readonly world: Pick<World, "clock" | "passing">;
  /** With the name of each one's present contract. */
  readonly integrations: ReadonlyMap<string, { readonly definition: Definition; readonly release: string }>;
  /** Records that intake has put into this worker's hands. */
  readonly onTaken: (claimed: readonly Claimed[]) => void;
  /** How many more records of an integration and tenant this worker can hold. */
  readonly claimRoom: (integration: string, tenant: string) => number;
  /** New records of these wait that were not claimed. */
  readonly onWaiting: (integration: string, tenant: string) => void;
  readonly emit: Emit;
  /** Replaces every known secret in a text. */
  readonly redact: (text: string) => string;
  /** Where spans are told; without it nowhere. */
  readonly tracing?: () => Tracing | undefined;
  /** Sees what was taken, once it is durable; never throws. */
  readonly onDurable?: (feed: Feed, items: readonly Item[], became: readonly ItemTaken[]) => void;
}

/** What the ledger says once nothing is left to compare. */
type Settled = Exclude<IntakeResult, { kind: "compare" }>;

/** One commit carries at most so many items and bytes. */
const itemsMax = 1_000;
const bytesMax = 8_000_000;
/** A known record is compared again only when another one has taken its place meanwhile. */
const comparesMax = 5;

export function createIntake(parts: IntakeParts): Intake {
  const { ledger, world, emit } = parts;
  let claiming = 0;

  const gates = new Map<string, Gate>();
  for (const [name, { definition, release }] of parts.integrations) {
    gates.set(name, { definition, tenant: "", contract: release, clock: world.clock, redact: parts.redact });
  }

  function gateOf(name: string, tenant: string): Gate {
    const gate = gates.get(name);
    if (gate === undefined) throw new WaybillError("unknown-integration", `There is no integration "${name}".`);
    return tenant === "" ? gate : { ...gate, tenant };
  }

  async function commit(arrivals: readonly Arrival[], cursor: CursorMove | undefined): Promise<Settled> {
    let asked = arrivals;
    for (let tries = 0; tries < comparesMax; tries++) {
      const claimUpTo = Math.max(0, Math.min(rowCount(asked), roomFor(asked) - claiming));
      claiming += claimUpTo;
      let result: IntakeResult;
      try {
        world.passing("before-intake-commit");
        result = await ledger.intake({ arrivals: asked, cursor, claimUpTo });
      } finally {
        claiming -= claimUpTo;
      }
      if (result.kind === "taken") {
        if (result.claimed.length > 0) parts.onTaken(result.claimed);
        return result;
      }
      if (result.kind === "cursor-moved") return result;
      asked = await compared(asked, result.rows);
    }
    throw new WaybillError(
      "ledger-failed",
      "What came could not be compared with what is there, which keeps changing.",
    );
  }

  /** Of the integrations that one source feeds, the one with the least room decides. */
  function roomFor(arrivals: readonly Arrival[]): number {
    const rooms = arrivals[0]?.rows.map(({ integration, tenant }) => parts.claimRoom(integration, tenant));
    return rooms === undefined || rooms.length === 0 ? 0 : Math.min(...rooms);
  }

  /** Reads the first one's raw content with the present contract: the same, or other content under the same id? */
  async function compared(arrivals: readonly Arrival[], rows: readonly CompareRow[]): Promise<readonly Arrival[]> {
    const answered = arrivals.map((arrival) => ({ ...arrival, rows: [...arrival.rows] }));
    for (const { arrival: at, row: rowAt, record, raw } of rows) {
      const arrival = answered[at];
      const row = arrival?.rows[rowAt];
      if (arrival === undefined || row === undefined) continue;
      arrival.rows[rowAt] = { ...row, compared: { record, equal: await isSame(arrival.source, row, raw) } };
    }
    return answered;
  }

  async function isSame(source: string, row: IntakeRow, raw: Uint8Array | undefined): Promise<boolean> {
    if (raw === undefined || row.identity === undefined) return false;
    const first = await readKept(gateOf(row.integration, row.tenant), source, raw);
    const fingerprint = first.reading?.identity.fingerprint;
    return fingerprint !== undefined && Buffer.compare(fingerprint, row.identity.fingerprint) === 0;
  }

  /** Commits all of it, or finds the one item that the ledger cannot take. */
  async function commitWhole(arrivals: readonly Arrival[], cursor: CursorMove | undefined): Promise<Settled> {
    try {
      return await commit(arrivals, cursor);
    } catch (error) {
      if (!(await isOneRowsFault(error))) throw error;
      const [only] = arrivals;
      if (only === undefined) throw error;
      // One that was gone for a moment may be there again: only what it refuses twice is at fault itself.
      if (arrivals.length === 1)
        return commit([only], cursor).catch(async (again) => {
          if (!(await isOneRowsFault(again))) throw again;
          return commit([keptOnly(only, said(again))], cursor);
        });
      const middle = arrivals.length >> 1;
      const first = await commitWhole(arrivals.slice(0, middle), undefined);
      const second = await commitWhole(arrivals.slice(middle), cursor);
      if (first.kind === "cursor-moved") return first;
      if (second.kind === "cursor-moved") return second;
      return { kind: "taken", arrivals: [...first.arrivals, ...second.arrivals], claimed: [] };
    }
  }

  /** A ledger that takes something else is not failing. */
  async function isOneRowsFault(error: unknown): Promise<boolean> {
    if (error instanceof WaybillError && error.code !== "ledger-failed") return false;
    try {
      await ledger.probe();
      return true;
    } catch {
      return false;
    }
  }

  function take(feed: Feed, items: readonly Item[], options: TakeOptions = {}): Promise<TakeResult> {
    const { tenant = "", traceparent, inside = false } = options;
    const tracing = parts.tracing?.();
    if (tracing?.recording !== true) return takeAll(feed, items, options, undefined);
    const span = tracing.intake({ source: feed.name, tenant, items: items.length, inside, claimed: traceparent });
    if (span === undefined) return takeAll(feed, items, options, undefined);
    return during(span, () => tracedTake(feed, items, options, span));
  }

  async function tracedTake(
    feed: Feed,
    items: readonly Item[],
    options: TakeOptions,
    span: IntakeSpan,
  ): Promise<TakeResult> {
    try {
      const result = await takeAll(feed, items, options, span);
      if (result.kind === "taken") span.taken(result.items);
      else span.failed(result.kind);
      return result;
    } catch (error) {
      span.failed(error instanceof WaybillError ? error.code : "ledger-failed");
      throw error;
    }
  }

  async function takeAll(
    feed: Feed,
    items: readonly Item[],
    { tenant = "", cursor }: TakeOptions,
    span: IntakeSpan | undefined,
  ): Promise<TakeResult> {
    const receivedAtMs = world.clock.now();
    const gate = ({ name }: Definition): Gate => gateOf(name, tenant);
    const taken: ItemTaken[] = [];
    const parcels = parcelled(items);
    for (const [index, parcel] of parcels.entries()) {
      const coming = parcel.map((item) => arrivalOf({ feed, item, receivedAtMs }, gate));
      const arrived = coming.some((one) => one instanceof Promise) ? await Promise.all(coming) : (coming as Arrival[]);
      const from = taken.length;
      const arrivals =
        span === undefined ? arrived : arrived.map((one, at) => ({ ...one, trace: span.traceparent(from + at) }));
      let result: Settled;
      try {
        result = await commitWhole(arrivals, index === parcels.length - 1 ? cursor : undefined);
      } catch (error) {
        const code = error instanceof WaybillError ? error.code : "ledger-failed";
        emit({ event: "intake.failed", source: feed.name, code, why: said(error) });
        throw error;
      }
      if (result.kind === "cursor-moved") return result;
      const became = told(feed, arrivals, result.arrivals, tenant);
      parts.onDurable?.(feed, parcel, became);
      taken.push(...became);
    }
    world.passing("before-acknowledgement");
    return { kind: "taken", items: taken };
  }

  async function send(
    definition: Definition,
    record: unknown,
    tenant?: string,
  ): Promise<{ readonly record: string; readonly state: State }> {
    const result = await take(pushFeed(definition), [itemHandedIn(record)], { tenant, inside: true });
    const row = result.kind === "taken" ? result.items[0]?.[0] : undefined;
    if (row === undefined) throw new WaybillError("broken-promise", "The ledger took a record and did not say which.");
    return { record: row.record, state: row.state };
  }

  async function sendWithin(
    ask: AskWithin,
    definition: Definition,
    record: unknown,
    tenant: string,
  ): Promise<SentWithin> {
    const item = itemHandedIn(record);
    const receivedAtMs = world.clock.now();
    const { raw, rows } = await arrivalOf({ feed: pushFeed(definition), item, receivedAtMs }, ({ name }) =>
      gateOf(name, tenant),
    );
    await ledger.sendWithin(ask, { integration: definition.name, tenant, raw: String(raw) });
    const [row] = rows;
    return { id: row?.identity?.id, state: row?.state ?? "waiting" };
  }

  return { take, send, sendWithin };

  /** Emits what became of each row, and names its integration. */
  function told(
    feed: Feed,
    arrivals: readonly Arrival[],
    taken: readonly (readonly Taken[])[],
    tenant: string,
  ): readonly ItemTaken[] {
    const waiting = new Set<string>();
    const rows = taken.map((ofItem, at) =>
      ofItem.map(({ record, state, duplicate }, rowAt): TakenRow => {
        const integration = arrivals[at]?.rows[rowAt]?.integration ?? "";
        // A duplicate too: what came again and passes now has released the first one from the quarantine.
        if (state === "waiting") waiting.add(integration);
        emit({ event: "intake.taken", source: feed.name, integration, tenant, record, state, duplicate });
        return { integration, record, state, duplicate };
      }),
    );
    for (const integration of waiting) parts.onWaiting(integration, tenant);
    return rows;
  }
}

function rowCount(arrivals: readonly Arrival[]): number {
  let count = 0;
  for (const { rows } of arrivals) count += rows.length;
  return count;
}

/** Items in commits of a bearable size. Without items there is still one commit: the cursor may move alone. */
function parcelled(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length <= 1) return [items];
  const parcels: Item[][] = [];
  let parcel: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    if (parcel.length > 0 && (parcel.length >= itemsMax || bytes + item.raw.length > bytesMax)) {
      parcels.push(parcel);
      parcel = [];
      bytes = 0;
    }
    parcel.push(item);
    bytes += item.raw.length;
  }
  parcels.push(parcel);
  return parcels;
}
