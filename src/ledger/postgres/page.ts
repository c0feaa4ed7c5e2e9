import type { BookRow } from "../desk/keepers.ts";
import type { Hash } from "../ledger.ts";
import type { DueHere, EffectHere, EntityHere, MarkHere, RecordRowHere, Window } from "./rows.ts";
import { hashKey, NotFetched, Shelf, type WantKey, type WantKind } from "./shelf.ts";

/** What the whole batch may take for granted of the ledger. */
export interface Header {
  /** Any record has a value that no other may have. */
  readonly uniquesInUse: boolean;
  /** Any key is watched for what goes past those that wait for a person. */
  readonly anyPassed: boolean;
  readonly paused: { readonly integrations: ReadonlySet<string>; readonly tenants: ReadonlySet<string> };
  /** The number under which this process works with the ledger, until the transaction ends at least; undefined where it does not. */
  readonly holder: number | undefined;
  /** The lanes of which it begins records. */
  readonly lanes: ReadonlySet<number>;
}

/** A claim to a value that no other entity may have. */
export interface ClaimHere {
  readonly value: Hash;
  readonly entityHash: Hash;
}

/** Everything that one batch reads and changes. */
export class Page {
  header: Header | undefined;
  readonly due: Shelf<number, DueHere> = new Shelf<number, DueHere>("due");
  readonly records: Shelf<number, RecordRowHere> = new Shelf<number, RecordRowHere>("record");
  readonly raws: Shelf<number, Uint8Array | string> = new Shelf<number, Uint8Array | string>("raw");
  readonly marks: Shelf<string, MarkHere> = new Shelf<string, MarkHere>("mark");
  readonly entities: Shelf<string, EntityHere> = new Shelf<string, EntityHere>("entity");
  readonly effects: Shelf<number, readonly EffectHere[]> = new Shelf<number, readonly EffectHere[]>("effects");
  /** Of which entities the effects are laid, once the entity is. */
  readonly entityEffects: Shelf<string, true> = new Shelf<string, true>("entityEffects");
  readonly cursors: Shelf<string, { readonly cursor: string; readonly atMs: number }> = new Shelf<
    string,
    { readonly cursor: string; readonly atMs: number }
  >("cursor");
  readonly outbox: Shelf<number, true> = new Shelf<number, true>("outbox");
  readonly uniques: Shelf<string, { readonly entity: string; readonly record: number }> = new Shelf<
    string,
    { readonly entity: string; readonly record: number }
  >("unique");
  readonly claims: Shelf<number, ClaimHere> = new Shelf<number, ClaimHere>("claim");
  readonly passed: Shelf<number, number> = new Shelf<number, number>("passed");
  readonly queued: Shelf<number, Window> = new Shelf<number, Window>("queued");
  readonly blockers: Shelf<number, Window> = new Shelf<number, Window>("blockers");
  readonly versions: Shelf<string, Window> = new Shelf<string, Window>("versions");
  readonly held: Shelf<string, readonly number[]> = new Shelf<string, readonly number[]>("held");
  readonly claimsOf: Shelf<string, readonly number[]> = new Shelf<string, readonly number[]>("claimsOf");
  readonly claimants: Shelf<string, readonly number[]> = new Shelf<string, readonly number[]>("claimants");
  readonly unread: Shelf<number, boolean> = new Shelf<number, boolean>("unread");
  /** When what has been due longest of a book was due, of those that this worker could begin. */
  readonly firstDue: Shelf<number, number> = new Shelf<number, number>("firstDue");
  readonly searches: Shelf<string, readonly number[]> = new Shelf<string, readonly number[]>("search");
  readonly words: Shelf<string, number> = new Shelf<string, number>("word");
  readonly wordTexts: Shelf<number, string> = new Shelf<number, string>("wordText");
  readonly books: Shelf<string, BookRow> = new Shelf<string, BookRow>("book");
  readonly bookNames: Shelf<number, BookRow> = new Shelf<number, BookRow>("bookName");

  /** Records of this transaction by what lists of them ask for: a key, or an entity. */
  readonly touchedByKey: Map<number, Set<number>> = new Map<number, Set<number>>();
  readonly touchedByEntity: Map<string, Set<number>> = new Map<string, Set<number>>();
  /** How runs end for records whose rows nobody needed. */
  readonly ends: Map<number, RecordEnd> = new Map<number, RecordEnd>();
  readonly payloads: { readonly payload: number; readonly raw: Uint8Array | string }[] = [];
  readonly contents: Map<number, { readonly content: string | undefined; readonly raw: string | undefined }> = new Map<
    number,
    { readonly content: string | undefined; readonly raw: string | undefined }
  >();
  readonly timeline: TimelineRow[] = [];
  /** With which traces new records came. */
  readonly traces: Map<number, string> = new Map<number, string>();
  /** By what else records are found from now on; a new one has had nothing before. */
  readonly searched: Map<number, { readonly values: readonly string[]; readonly isNew: boolean }> = new Map<
    number,
    { readonly values: readonly string[]; readonly isNew: boolean }
  >();
  readonly sharedCalls: Map<string, unknown> = new Map<string, unknown>();
  readonly counts: Map<number, { received: number; duplicate: number; pruned: number; refused: number }> = new Map<
    number,
    { received: number; duplicate: number; pruned: number; refused: number }
  >();
  readonly remembered: Set<number> = new Set<number>();
  readonly passing: Map<number, number> = new Map<number, number>();
  readonly watched: Set<number> = new Set<number>();
  /** Books of which a new record waits. */
  readonly joined: Set<number> = new Set<number>();

  /** A record's row changes; lists that it may belong to from now on know of it. */
  setRecord(row: RecordRowHere): void {
    this.records.set(row.record, row);
    if (row.keyHash !== undefined) addTo(this.touchedByKey, row.keyHash, row.record);
    if (row.entityHash !== undefined) addTo(this.touchedByEntity, hashKey(row.entityHash), row.record);
  }

  /** A record's row as it is now. */
  record(record: number): RecordRowHere | undefined {
    if (this.ends.has(record)) throw new NotFetched("record", record);
    return this.records.get(record);
  }

  /** The records of a list, with those of this transaction; `undefined` in a row's place never happens: a list brings its rows. */
  listed(window: readonly number[], touched: ReadonlySet<number> | undefined): RecordRowHere[] {
    const all = touched === undefined ? window : new Set([...window, ...touched]);
    return [...all].map((record) => this.record(record)).filter((row) => row !== undefined);
  }

  lay(kind: WantKind, key: WantKey, row: unknown): void {
    (this.#shelf(kind) as Shelf<WantKey, unknown>).lay(key, row);
  }

  isLaid(kind: WantKind, key: WantKey): boolean {
    return (this.#shelf(kind) as Shelf<WantKey, unknown>).has(key);
  }

  /** Back to how everything was fetched, for another run. */
  reset(): void {
    for (const shelf of Object.values(this.#shelves)) shelf.reset();
    for (const map of [
      this.touchedByKey,
      this.touchedByEntity,
      this.ends,
      this.contents,
      this.traces,
      this.searched,
      this.sharedCalls,
      this.counts,
    ])
      map.clear();
    this.payloads.length = 0;
    this.timeline.length = 0;
    this.remembered.clear();
    this.passing.clear();
    this.watched.clear();
    this.joined.clear();
  }

  #shelf(kind: WantKind): unknown {
    return this.#shelves[kind];
  }

  get #shelves(): Readonly<Record<WantKind, Laid>> {
    return {
      due: this.due,
      queued: this.queued,
      blockers: this.blockers,
      record: this.records,
      raw: this.raws,
      mark: this.marks,
      entity: this.entities,
      effects: this.effects,
      entityEffects: this.entityEffects,
      versions: this.versions,
      held: this.held,
      unread: this.unread,
      cursor: this.cursors,
      outbox: this.outbox,
      word: this.words,
      wordText: this.wordTexts,
      book: this.books,
      bookName: this.bookNames,
      unique: this.uniques,
      claim: this.claims,
      claimsOf: this.claimsOf,
      claimants: this.claimants,
      passed: this.passed,
      firstDue: this.firstDue,
      search: this.searches,
    };
  }
}

/** What all shelves can do, whatever they hold. */
interface Laid {
  reset(): void;
}

/** How a run ended, for a row that is written without being read. */
export interface RecordEnd {
  readonly state: string;
  readonly cause: string | undefined;
  readonly reason: string | undefined;
  readonly issues: string | undefined;
  readonly settledAtMs: number | undefined;
  readonly attempts: number;
  readonly spentMs: number;
  readonly strict: boolean;
}

export interface TimelineRow {
  readonly record: number;
  readonly entry: number;
  readonly atMs: number;
  readonly what: string;
  readonly actor: string | undefined;
  readonly detail: string | undefined;
}

function addTo<Key>(sets: Map<Key, Set<number>>, key: Key, record: number): void {
  let set = sets.get(key);
  if (set === undefined) {
    set = new Set();
    sets.set(key, set);
  }
  set.add(record);
}
