import type { Hash } from "../ledger.ts";
import type { Cell, Prepare } from "./cells.ts";

// Marks are found by their hash, and hashes fall anywhere: sorted in one by one, each would change a page of its own, and changed pages are what a commit
// costs (two thirds of an intake, measured on 100,000 orders). So a new mark is appended to `young_marks`, and this thread remembers where each young mark
// is. When a generation of them has come, it is sorted in among the others in the order of the hashes, a slice in every few commits: neighbours share
// their pages, so that a page is changed once for many marks.
//
// A mark is in one of the two tables at any time, or in both while its generation is being sorted in. The transaction that sorts a slice in also writes how
// far that has come; what is remembered here can be read again from the tables at any time, and is, when another process has written or a transaction
// was rolled back. Guests append; only the owner sorts.

export interface YoungMarksOptions {
  /** How many marks make a generation. */
  readonly generation: number;
  /** How many are sorted in at a time. */
  readonly slice: number;
}

export const youngMarksDefault: YoungMarksOptions = { generation: 65_536, slice: 512 };

export interface YoungMarks {
  /** Where a young mark is, unless it has been sorted in since; undefined for one that is sorted in, and for one that never came. */
  find(mark: Hash): number | undefined;
  /** `cells` as the table has them after the mark. */
  add(mark: Hash, cells: readonly Cell[]): void;
  remove(mark: Hash): void;
  /** Sorts a slice in when it is time, before the commit. The owner's, and nobody else's. */
  sort(): void;
  /** Another process has written: what it added is read before the next look. */
  lookAgain(): void;
  /** Everything is read again before the next look. */
  forget(): void;
}

const columns = "mark, book, record, key_hash, raw_hash, fingerprint, contract";
const deletedAtOnce = 4_096;

/** Sixteen characters sort as the sixteen bytes do. */
const keyOf = (mark: Uint8Array): string =>
  Buffer.from(mark.buffer, mark.byteOffset, mark.byteLength).toString("latin1");

export function keepYoungMarks(prepare: Prepare, options: YoungMarksOptions = youngMarksDefault): YoungMarks {
  const state = prepare("select sorting_to, sorted_to from ledger");
  const setState = prepare("update ledger set sorting_to = ?, sorted_to = ?");
  const insert = prepare(`insert into young_marks (n, ${columns}) values (?, ?, ?, ?, ?, ?, ?, ?)`);
  const readAfter = prepare("select n, mark from young_marks where n > ?");
  const readUnsorted = prepare("select n, mark from young_marks where n <= ? and mark > ?");
  const sortIn = prepare(
    `insert into marks (${columns}) select y.mark, y.book, y.record, y.key_hash, y.raw_hash, y.fingerprint, y.contract
     from json_each(?) j join young_marks y on y.n = j.value where true on conflict do nothing`,
  );
  const clear = prepare(
    "delete from young_marks where n in (select n from young_marks where n <= ? order by n limit ? + 0)",
  );
  const removeOne = prepare("delete from young_marks where n = ?");

  /** Where young marks are, by key. Some of another owner's may have been sorted in meanwhile: then they are found there. */
  const places = new Map<string, number>();
  let loaded = false;
  let stale = false;
  /** The last one that is known here. */
  let last = 0;
  /** The generation that is being sorted in: those up to here. */
  let sortingTo = 0;
  /** The keys of that generation in order, and how far they have been sorted in. */
  let order: string[] = [];
  let position = 0;
  let debt = 0;

  function load(): void {
    const [to, sortedTo] = state.get() as [number, Uint8Array];
    if (!loaded) {
      places.clear();
      const unsorted = readUnsorted.all(to, sortedTo) as [number, Uint8Array][];
      for (const [n, mark] of unsorted) places.set(keyOf(mark), n);
      order = [...places.keys()].sort();
      position = 0;
      last = to;
    } else if (to !== sortingTo) {
      for (const [key, n] of places) if (n <= sortingTo) places.delete(key);
    }
    sortingTo = to;
    for (const [n, mark] of readAfter.all(last) as [number, Uint8Array][]) {
      places.set(keyOf(mark), n);
      last = n;
    }
    loaded = true;
    stale = false;
  }

  function known(): Map<string, number> {
    if (!loaded || stale) load();
    return places;
  }

  /** A generation is full: what has come so far is what will be sorted in. */
  function startSorting(): void {
    order = [...places.keys()].sort();
    position = 0;
    sortingTo = last;
    setState.run(sortingTo, new Uint8Array(0));
  }

  function sortSlice(): void {
    const slice = order.slice(position, position + options.slice);
    position += slice.length;
    sortIn.run(JSON.stringify(slice.map((key) => places.get(key)).filter((n) => n !== undefined)));
    for (const key of slice) places.delete(key);
    setState.run(sortingTo, Buffer.from(slice.at(-1) ?? "", "latin1"));
  }

  return {
    find: (mark) => known().get(keyOf(mark)),
    add(mark, cells) {
      const map = known();
      last++;
      insert.run(last, mark, ...cells);
      map.set(keyOf(mark), last);
      debt += 2;
    },
    remove(mark) {
      const key = keyOf(mark);
      const n = known().get(key);
      if (n === undefined) return;
      removeOne.run(n);
      places.delete(key);
    },
    sort() {
      if (debt < options.slice) return;
      debt = 0;
      known();
      if (position < order.length) sortSlice();
      else if (sortingTo > 0 && clear.run(sortingTo, deletedAtOnce) > 0) return;
      else if (places.size >= options.generation) startSorting();
    },
    lookAgain() {
      stale = true;
    },
    forget() {
      loaded = false;
      debt = 0;
    },
  };
}
