import { internalPrefix } from "../../model/internal.ts";
import type { BookRow, Books, Counter, Words } from "../desk/keepers.ts";
import { type Prepare, value } from "./cells.ts";

/** The books of what users declared: not those that Waybill keeps for itself, such as the delivery of alerts. */
export const ofUsers: string = `b.integration not glob '${internalPrefix}*'`;

/** The books of the integration that a parameter of a statement names; where it is null, of all that users declared. */
export const askedFor = (parameter: string): string =>
  `((${parameter} is null and ${ofUsers}) or b.integration = ${parameter})`;

/** Books whose counters are added up until the commit. */
export interface CountedBooks extends Books {
  /** Writes the counters, before the commit. */
  flush(): void;
  forget(): void;
}

export function keepBooks(prepare: Prepare): CountedBooks {
  const find = prepare("select book, integration, tenant, remembers from books where integration = ? and tenant = ?");
  const read = prepare("select book, integration, tenant, remembers from books where book = ?");
  const insert = prepare("insert into books (integration, tenant) values (?, ?)");
  const add = prepare(
    "update books set received = received + ?, duplicate = duplicate + ?, pruned = pruned + ?, refused = refused + ? where book = ?",
  );
  const setRemembers = prepare("update books set remembers = 1 where book = ?");

  const byName = new Map<string, BookRow>();
  const byNumber = new Map<number, BookRow>();
  const counts = new Map<number, Record<Counter, number>>();
  const nameOf = (integration: string, tenant: string): string => `${integration}\n${tenant}`;

  function known(row: readonly unknown[]): BookRow {
    const [book, integration, tenant, remembers] = row as [number, string, string, number];
    const entry = { book, integration, tenant, remembers: remembers === 1 };
    byName.set(nameOf(integration, tenant), entry);
    byNumber.set(book, entry);
    return entry;
  }

  return {
    open(integration, tenant) {
      const cached = byName.get(nameOf(integration, tenant));
      if (cached !== undefined) return cached;
      const row = find.get(integration, tenant);
      if (row !== undefined) return known(row);
      insert.run(integration, tenant);
      return known(find.get(integration, tenant) ?? []);
    },
    byNumber(book) {
      return byNumber.get(book) ?? known(read.get(book) ?? []);
    },
    count(book, counter, by) {
      let counted = counts.get(book.book);
      if (counted === undefined) {
        counted = { received: 0, duplicate: 0, pruned: 0, refused: 0 };
        counts.set(book.book, counted);
      }
      counted[counter] += by;
    },
    remember(book) {
      if (book.remembers) return;
      setRemembers.run(book.book);
      book.remembers = true;
    },
    flush() {
      for (const [book, { received, duplicate, pruned, refused }] of counts)
        add.run(received, duplicate, pruned, refused, book);
      counts.clear();
    },
    forget() {
      byName.clear();
      byNumber.clear();
      counts.clear();
    },
  };
}

/** Words that are remembered. */
export interface KnownWords extends Words {
  forget(): void;
}

/** Contracts and releases change with every deploy: what is remembered is bounded. */
const wordsMax = 10_000;

export function keepWords(prepare: Prepare): KnownWords {
  const find = prepare("select word from words where text = ?");
  const read = prepare("select text from words where word = ?");
  const insert = prepare("insert into words (text) values (?)");
  const byText = new Map<string, number>();
  const byWord = new Map<number, string>();

  function keep(word: number, text: string): void {
    if (byText.size >= wordsMax) forget();
    byText.set(text, word);
    byWord.set(word, text);
  }
  function forget(): void {
    byText.clear();
    byWord.clear();
  }

  return {
    number(text) {
      const cached = byText.get(text);
      if (cached !== undefined) return cached;
      let word = value<number>(find.get(text)?.[0]);
      if (word === undefined) {
        insert.run(text);
        word = find.get(text)?.[0] as number;
      }
      keep(word, text);
      return word;
    },
    text(word) {
      const cached = byWord.get(word);
      if (cached !== undefined) return cached;
      const text = read.get(word)?.[0] as string;
      keep(word, text);
      return text;
    },
    forget,
  };
}
