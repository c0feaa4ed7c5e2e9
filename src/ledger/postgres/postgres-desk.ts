import type { Desk } from "../desk/desk.ts";
import { keepDue } from "../desk/due.ts";
import type {
  Backlog,
  Books,
  Counter,
  Cursors,
  Effects,
  Outbox,
  SharedCalls,
  Timeline,
  Words,
} from "../desk/keepers.ts";
import type { Mark, Marks, NewMark } from "../desk/marks.ts";
import { numberAt, numberedAtMs } from "../desk/numbers.ts";
import { keepOvertaken, type PassedTable } from "../desk/overtaken.ts";
import { keepUniques, type UniqueTable } from "../desk/uniques.ts";
import { keepVersions } from "../desk/versions.ts";
import type { Hash, SharedCall, StoredEffect } from "../ledger.ts";
import type { EntityNumbers } from "./entity-numbers.ts";
import { dueTable } from "./keep-due.ts";
import { keepEntities } from "./keep-entities.ts";
import { keepRecords } from "./keep-records.ts";
import type { Page } from "./page.ts";
import type { EffectHere } from "./rows.ts";
import { hashKey } from "./shelf.ts";

/** What is drawn outside a transaction: numbers that nobody else draws. */
export interface Drawing {
  /** The next number of a record: larger than the last one and than `floor`, and from `nowMs` on. */
  number(nowMs: number, floor: number): number;
  entity(): number;
  entry(nowMs: number): number;
}

/** The desk over one page. */
export function layDesk(page: Page, drawing: Drawing): Desk {
  const floor = (): number => page.due.laid().reduce((most, { newest }) => Math.max(most, newest), 0);
  let lowest: number | undefined;
  const numbers = {
    next(nowMs: number): number {
      lowest ??= floor();
      return drawing.number(nowMs, lowest);
    },
  };
  const due = keepDue(dueTable(page));
  const uniques = keepUniques(uniqueTable(page));
  const records = keepRecords(page, uniques);
  const entities = keepEntities(page, drawing.entity);
  const effects = keepEffects(page);
  const backlog = keepBacklog(page);
  return {
    numbers,
    books: keepBooks(page),
    words: keepWords(page),
    records,
    due,
    backlog,
    marks: keepMarks(page),
    overtaken: keepOvertaken(passedTable(page), due),
    entities,
    effects,
    timeline: keepTimeline(page, drawing),
    traces: { keep: (record, traceparent) => void page.traces.set(record, traceparent) },
    uniques,
    pauses: {
      holds: (integration, tenant) =>
        page.header?.paused.integrations.has(integration) === true ||
        (tenant !== "" && page.header?.paused.tenants.has(tenant) === true),
    },
    versions: keepVersions({ records, due, backlog, entities, effects }),
    cursors: keepCursors(page),
    outbox: keepOutbox(page),
    sharedCalls: keepSharedCalls(page),
  };
}

/** New records join the queue of their key at once. One that would be begun as it comes lets those go first that are due already. */
function keepBacklog(page: Page): Backlog {
  return {
    kept: false,
    line: () => 0,
    before: () => false,
    waits: (book, record) => page.joined.has(book) || (page.firstDue.get(book) ?? Infinity) <= numberedAtMs(record),
    add: () => undefined,
  };
}

function keepBooks(page: Page): Books {
  return {
    open(integration, tenant) {
      const book = page.books.get(`${integration}\n${tenant}`);
      if (book === undefined) throw new Error(`the book of ${integration} was not opened`);
      return book;
    },
    byNumber(book) {
      const found = page.bookNames.get(book);
      if (found === undefined) throw new Error(`there is no book ${book}`);
      return found;
    },
    count({ book }, counter: Counter, by) {
      const counted = page.counts.get(book) ?? { received: 0, duplicate: 0, pruned: 0, refused: 0 };
      counted[counter] += by;
      page.counts.set(book, counted);
    },
    remember(book) {
      if (book.remembers) return;
      page.remembered.add(book.book);
    },
  };
}

function keepWords(page: Page): Words {
  return {
    number: (text) => page.words.get(text) as number,
    text: (word) => page.wordTexts.get(word) as string,
  };
}

function keepMarks(page: Page): Marks {
  const of = (mark: Hash): Mark | undefined => page.marks.get(hashKey(mark));
  function addNew(mark: Hash, made: NewMark): boolean {
    const key = hashKey(mark);
    if (page.marks.get(key) !== undefined) return false;
    page.marks.set(key, made);
    return true;
  }
  function change(mark: Hash, changes: Partial<NewMark>): void {
    const key = hashKey(mark);
    const row = page.marks.get(key);
    if (row !== undefined) page.marks.set(key, { ...row, ...changes });
  }
  return {
    of,
    add: (mark, made) => of(mark) === undefined && addNew(mark, made),
    addNew,
    pass: (mark, record) => change(mark, { record }),
    reread: (mark, fingerprint, contract) => change(mark, { fingerprint, contract }),
  };
}

function keepEffects(page: Page): Effects {
  const all = (owner: number): readonly EffectHere[] => page.effects.get(owner) ?? [];
  function put(owner: number, effect: StoredEffect): void {
    const now = all(owner);
    const found = now.findIndex((one) => one.effect.name === effect.name);
    const n = (found === -1 ? now.at(-1)?.n : undefined) ?? 0;
    page.effects.set(
      owner,
      found === -1
        ? [...now, { n: n + 1, effect }]
        : now.map((one, index) => (index === found ? { n: one.n, effect } : one)),
    );
  }
  return {
    of: (owner) => all(owner).map(({ effect }) => effect),
    intend(owner, { mode, effect }) {
      const stored = mode === "again" ? undefined : all(owner).find((one) => one.effect.name === effect.name)?.effect;
      if (stored === undefined) put(owner, effect);
      return stored;
    },
    put,
    drop(owner, name) {
      page.effects.set(
        owner,
        all(owner).filter((one) => one.effect.name !== name),
      );
    },
    begun: (owner) =>
      all(owner).some(
        ({ effect: { how, state } }) => how !== "natural" && state !== "refused" && state !== "not-applied",
      ),
  };
}

function keepTimeline(page: Page, drawing: Drawing): Timeline {
  return {
    add(record, entries) {
      for (const { atMs, what, actor, detail } of entries)
        page.timeline.push({ record, entry: drawing.entry(atMs), atMs, what, actor, detail });
    },
  };
}

function keepCursors(page: Page): Cursors {
  return {
    now: (source) => page.cursors.get(source)?.cursor,
    set(source, cursor, atMs) {
      page.cursors.set(source, { cursor, atMs });
    },
  };
}

function keepOutbox(page: Page): Outbox {
  return {
    holds: (numbers) => numbers.every((number) => page.outbox.get(number) === true),
    take(numbers) {
      for (const number of numbers) page.outbox.set(number, undefined);
    },
  };
}

function keepSharedCalls(page: Page): SharedCalls {
  return {
    put(call: SharedCall) {
      page.sharedCalls.set(call.key, call);
    },
    remove(key) {
      page.sharedCalls.set(key, undefined);
    },
  };
}

function uniqueTable(page: Page): UniqueTable {
  return {
    inUse: () => page.header?.uniquesInUse === true || [...page.claims.now()].length > 0,
    holder: (value) => page.uniques.get(hashKey(value)),
    take(value, entity, record) {
      if (page.uniques.get(hashKey(value)) === undefined) page.uniques.set(hashKey(value), { entity, record });
    },
    valueOf: (record) => page.claims.get(record)?.value,
    before(entityHash, record) {
      const key = hashKey(entityHash);
      const fresh = [...page.claims.now()].flatMap(([one, claim]) =>
        claim !== undefined && hashKey(claim.entityHash) === key ? [one] : [],
      );
      return [...new Set([...(page.claimsOf.get(key) ?? []), ...fresh])].flatMap((earlier) => {
        const claim = earlier < record ? page.claims.get(earlier) : undefined;
        return claim === undefined ? [] : [{ record: earlier, value: claim.value }];
      });
    },
    claim(record, value, entityHash) {
      page.claims.set(record, { value, entityHash });
    },
    giveUp(record, value) {
      page.claims.set(record, undefined);
      const key = hashKey(value);
      const others = [...page.claims.now()].flatMap(([one, claim]) =>
        claim !== undefined && hashKey(claim.value) === key ? [one] : [],
      );
      const stored = page.uniques.get(key) === undefined ? [] : (page.claimants.get(key) ?? []);
      const has = (one: number): boolean => {
        const claim = page.claims.has(one) ? page.claims.get(one) : { value };
        return claim !== undefined && hashKey(claim.value) === key;
      };
      if (others.length === 0 && !stored.some(has)) page.uniques.set(key, undefined);
    },
  };
}

function passedTable(page: Page): PassedTable {
  const watching = (): boolean => page.header?.anyPassed === true || page.watched.size > 0;
  return {
    watch(keyHash) {
      page.watched.add(keyHash);
    },
    pass(keyHash, record) {
      if (watching()) page.passing.set(keyHash, Math.max(record, page.passing.get(keyHash) ?? 0));
    },
    newest(keyHash) {
      const stored = page.passed.get(keyHash);
      const now = page.passing.get(keyHash);
      if (stored === undefined && !page.watched.has(keyHash)) return undefined;
      return Math.max(stored ?? 0, now ?? 0);
    },
    search: (keyHash, record, most) => page.searches.get(`after ${keyHash} ${record} ${most}`) ?? [],
    between: (keyHash, record, newest, most) =>
      page.searches.get(`between ${keyHash} ${record} ${newest} ${most}`) ?? [],
  };
}

/**
 * Draws numbers for one worker. Of records, its own residue of sixteen: so two of them seldom draw the same, and whoever comes second finds it taken, and
 * draws another.
 */
export function drawing(worker: number, entities: Pick<EntityNumbers, "next">): Drawing {
  const step = 16;
  let last = 0;
  let entry = 0;
  return {
    number(nowMs, floor) {
      const least = Math.max(numberAt(nowMs), last + 1, floor + 1);
      last = least + ((((worker - least) % step) + step) % step);
      return last;
    },
    entity: () => entities.next(),
    entry(nowMs) {
      entry = Math.max(numberAt(nowMs), entry + 1);
      return entry;
    },
  };
}
