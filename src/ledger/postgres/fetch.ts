import type { BookRow } from "../desk/keepers.ts";
import type { Hash } from "../ledger.ts";
import { openBooks } from "./books.ts";
import { type ByKey, byKey } from "./by-key.ts";
import { readEffects, readEffectsOfEntities } from "./effect-rows.ts";
import type { InHand } from "./in-hand.ts";
import type { Sql } from "./line.ts";
import type { Page } from "./page.ts";
import { type RecordRowHere, recordColumns, recordOf } from "./rows.ts";
import { hashKey, hashOf, type WantKey, type WantKind, type Wants } from "./shelf.ts";
import { openWords } from "./words.ts";

// Fetches what a page wants, all of it in one round trip. What is changed here is locked as it is read: the rows of keys first, in their order, which
// guard the records that stand in queues; then those of entities, records and cursors.

/** How much of a list is fetched at first. Whoever needs more asks again, and gets eight times as much. */
const windowFirst = 16;
const windowGrowth = 8;

/** What this process knows of rows that never change: numbers of words and books. */
export interface Known {
  readonly words: Map<string, number>;
  readonly texts: Map<number, string>;
  readonly books: Map<string, number>;
}

export class Fetching {
  readonly #limits = new Map<string, number>();
  readonly #opened = new Map<string, number>();
  readonly #sql: Sql;
  readonly #page: Page;
  readonly #known: Known;
  readonly #inHand: InHand | undefined;

  constructor(sql: Sql, page: Page, known: Known, inHand?: InHand) {
    this.#sql = sql;
    this.#page = page;
    this.#known = known;
    this.#inHand = inHand;
  }

  async fetch(wants: Wants): Promise<void> {
    const of = (kind: WantKind): WantKey[] =>
      wants.of(kind).filter((key) => this.#grows(kind) || !this.#page.isLaid(kind, key));
    await Promise.all([
      // Whoever comes second for these waits here, before anything else is locked.
      this.#byKey("outbox", of("outbox")),
      this.#byKey("due", of("due")),
      this.#entities(of("entity"), of("entityEffects")),
      this.#byKey("record", of("record")),
      this.#byKey("cursor", of("cursor")),
      this.#byKey("mark", of("mark")),
      this.#effects(of("effects") as number[]),
      this.#queued(of("queued") as number[]),
      this.#blockers(of("blockers") as number[]),
      this.#versions(of("versions") as string[]),
      this.#held(of("held") as string[]),
      this.#byKey("raw", of("raw")),
      this.#unread(of("unread") as number[]),
      this.#byKey("unique", of("unique")),
      this.#byKey("claim", of("claim")),
      this.#claimsOf(of("claimsOf") as string[]),
      this.#byKey("claimants", of("claimants")),
      this.#byKey("passed", of("passed")),
      this.#byKey("firstDue", of("firstDue")),
      this.#searches(of("search") as string[]),
      this.#words(of("word") as string[]),
      this.#texts(of("wordText") as number[]),
      this.#books(of("book") as string[]),
      this.#bookNames(of("bookName") as number[]),
    ]);
  }

  #grows(kind: WantKind): boolean {
    return kind === "queued" || kind === "blockers" || kind === "versions";
  }

  /** How much of these lists is fetched now. */
  #limit(kind: WantKind, keys: readonly WantKey[]): number {
    let most = windowFirst;
    for (const key of keys) {
      const name = `${kind} ${key}`;
      const limit = this.#page.isLaid(kind, key) ? (this.#limits.get(name) ?? windowFirst) * windowGrowth : windowFirst;
      this.#limits.set(name, limit);
      most = Math.max(most, limit);
    }
    return most;
  }

  /** Rows are laid by their keys, and the keys that have none as absent. */
  async #byKey(kind: ByKey, keys: readonly WantKey[]): Promise<void> {
    if (keys.length === 0) return;
    const { text, hashed, read } = byKey[kind];
    const rows = new Map<WantKey, unknown>((await this.#sql.rows(text, hashed ? keys.map(hashOf) : keys)).map(read));
    for (const key of keys) this.#page.lay(kind, key, rows.get(key));
  }

  async #entities(keys: readonly WantKey[], withEffects: readonly WantKey[]): Promise<void> {
    const [, effects] = await Promise.all([
      this.#byKey("entity", keys),
      readEffectsOfEntities(this.#sql, withEffects.map(hashOf)),
    ]);
    for (const key of withEffects) {
      this.#page.lay("entityEffects", key, true);
      const entity = this.#page.entities.before(key as string)?.entity;
      if (entity !== undefined && !this.#page.isLaid("effects", entity))
        this.#page.lay("effects", entity, effects.get(entity));
    }
  }

  async #effects(keys: readonly number[]): Promise<void> {
    const toRead: number[] = [];
    for (const key of keys) {
      const inHand = this.#inHand?.of(key);
      if (inHand === undefined) toRead.push(key);
      else this.#page.lay("effects", key, inHand);
    }
    const found = await readEffects(this.#sql, toRead);
    for (const key of toRead) this.#page.lay("effects", key, found.get(key));
  }

  #layRecord(row: RecordRowHere): void {
    if (!this.#page.isLaid("record", row.record)) this.#page.lay("record", row.record, row);
  }

  /** Lists that are ordered, each so far: the rows come with them. */
  async #windows(kind: WantKind, keys: readonly WantKey[], array: string, list: string): Promise<void> {
    if (keys.length === 0) return;
    const limit = this.#limit(kind, keys);
    const asked = array === "bytea" ? keys.map(hashOf) : keys;
    const rows = await this.#sql.rows(
      `select asked.key, ${recordColumns} from unnest($1::${array}[]) as asked (key) cross join lateral (${list} limit ${limit}) r`,
      asked,
    );
    const lists = new Map<WantKey, number[]>();
    for (const [key, ...cells] of rows) {
      const name = array === "bytea" ? hashKey(key as Hash) : (key as number);
      const row = recordOf(cells);
      this.#layRecord(row);
      lists.set(name, [...(lists.get(name) ?? []), row.record]);
    }
    for (const key of keys) {
      const records = lists.get(key) ?? [];
      this.#page.lay(kind, key, { records, more: records.length === limit });
    }
  }

  #queued(keys: readonly number[]): Promise<void> {
    const list = "select * from waybill.records where key_hash = asked.key and queued order by record";
    return this.#windows("queued", keys, "bigint", list);
  }

  #blockers(keys: readonly number[]): Promise<void> {
    const list = `select * from waybill.records where key_hash = asked.key and strict
      and state in ('quarantined', 'dead', 'held') order by record`;
    return this.#windows("blockers", keys, "bigint", list);
  }

  async #versions(keys: readonly string[]): Promise<void> {
    const list = `select * from waybill.records where entity_hash = asked.key and version is not null order by version desc`;
    const waiting =
      keys.length === 0
        ? []
        : this.#sql.rows(
            `select ${recordColumns} from waybill.records r
             where r.entity_hash = any($1::bytea[]) and r.version is not null and r.state = 'waiting'`,
            keys.map(hashOf),
          );
    await this.#windows("versions", keys, "bytea", list);
    for (const cells of await waiting) {
      const row = recordOf(cells);
      this.#layRecord(row);
      const key = hashKey(row.entityHash as Hash);
      const window = this.#page.versions.before(key);
      if (window !== undefined && !window.records.includes(row.record))
        this.#page.lay("versions", key, { ...window, records: [...window.records, row.record] });
    }
  }

  async #held(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const rows = await this.#sql.rows(
      `select ${recordColumns} from waybill.records r
       where r.cause = 'entity-held' and r.entity_hash = any($1::bytea[]) and r.state = 'held' order by r.record for update`,
      keys.map(hashOf),
    );
    const all = rows.map(recordOf);
    for (const row of all) this.#layRecord(row);
    for (const key of keys) {
      const records = all.filter((row) => hashKey(row.entityHash as Hash) === key).map(({ record }) => record);
      this.#page.lay("held", key, records);
    }
  }

  async #unread(keys: readonly number[]): Promise<void> {
    if (keys.length === 0) return;
    const rows = await this.#sql.rows(
      `select asked.book from unnest($1::integer[]) as asked (book) where exists (
         select 1 from waybill.records r where r.book = asked.book and r.state = 'quarantined'
           and r.cause in ('contract', 'contract-failed', 'identity'))`,
      keys,
    );
    const unread = new Set(rows.map(([book]) => book));
    for (const key of keys) this.#page.lay("unread", key, unread.has(key));
  }

  async #claimsOf(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const rows = await this.#sql.rows(
      "select record, value, entity_hash from waybill.unique_claims where entity_hash = any($1::bytea[]) order by record",
      keys.map(hashOf),
    );
    const lists = new Map<string, number[]>();
    for (const [record, hash, entityHash] of rows) {
      const key = hashKey(entityHash as Hash);
      if (!this.#page.isLaid("claim", record as number))
        this.#page.lay("claim", record as number, { value: hash, entityHash });
      lists.set(key, [...(lists.get(key) ?? []), record as number]);
    }
    for (const key of keys) this.#page.lay("claimsOf", key, lists.get(key) ?? []);
  }

  /** As far back as is worth looking for the names of those who went past. */
  async #searches(keys: readonly string[]): Promise<void> {
    const searchedMax = 5_000;
    await Promise.all(
      keys.map(async (key) => {
        const [what, ...numbers] = key.split(" ");
        const given = numbers.map(Number);
        const rows =
          what === "after"
            ? await this.#sql.rows(
                `select record from waybill.records where key_hash = $1 and record > $2 and state = 'delivered' order by record limit $3`,
                ...given,
              )
            : await this.#sql.rows(
                `select record from (
                   select record, key_hash, state from waybill.records where record > $2 and record <= $3
                   order by record desc limit ${searchedMax}
                 ) newest where (key_hash = $1 and state = 'delivered') or record = $3 order by record limit $4`,
                ...given,
              );
        this.#page.lay(
          "search",
          key,
          rows.map(([record]) => record as number),
        );
      }),
    );
  }

  async #words(texts: readonly string[]): Promise<void> {
    const missing = texts.filter((text) => !this.#known.words.has(text));
    const words = missing.length === 0 ? [] : await openWords(this.#sql, missing);
    missing.forEach((text, index) => {
      this.#opened.set(text, words[index] as number);
    });
    for (const text of texts) this.#page.lay("word", text, this.#known.words.get(text) ?? this.#opened.get(text));
  }

  /** What was committed stays as it is: the next batch need not ask. */
  remember(): void {
    for (const [text, word] of this.#opened) {
      this.#known.words.set(text, word);
      this.#known.texts.set(word, text);
    }
    for (const row of this.#page.books.laid()) this.#known.books.set(`${row.integration}\n${row.tenant}`, row.book);
  }

  async #texts(words: readonly number[]): Promise<void> {
    const missing = words.filter((word) => !this.#known.texts.has(word));
    const rows =
      missing.length === 0
        ? []
        : await this.#sql.rows("select word, text from waybill.words where word = any($1::integer[])", missing);
    const read = new Map(rows.map(([word, text]) => [word, text as string]));
    for (const word of words) this.#page.lay("wordText", word, this.#known.texts.get(word) ?? read.get(word));
  }

  async #books(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const missing = names.filter((name) => !this.#known.books.has(name));
    const asked = missing.map((name) => {
      const at = name.indexOf("\n");
      return { integration: name.slice(0, at), tenant: name.slice(at + 1) };
    });
    const numbers = missing.length === 0 ? [] : await openBooks(this.#sql, asked);
    const known = names.flatMap((name) => this.#known.books.get(name) ?? []);
    const rows = await readBooks(this.#sql, [...known, ...numbers]);
    for (const row of rows) this.#layBook(row);
  }

  async #bookNames(numbers: readonly number[]): Promise<void> {
    if (numbers.length === 0) return;
    for (const row of await readBooks(this.#sql, numbers)) this.#layBook(row);
  }

  #layBook(row: BookRow): void {
    this.#page.lay("book", `${row.integration}\n${row.tenant}`, row);
    this.#page.lay("bookName", row.book, row);
  }
}

export async function readBooks(sql: Sql, numbers: readonly number[]): Promise<BookRow[]> {
  const rows = await sql.rows(
    "select book, integration, tenant, remembers from waybill.books where book = any($1::integer[])",
    numbers,
  );
  return rows.map(([book, integration, tenant, remembers]) => ({ book, integration, tenant, remembers }) as BookRow);
}
