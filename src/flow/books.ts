import type { Book, Ledger } from "../ledger/ledger.ts";

/** What a book counts. */
export type BookCount = Exclude<keyof Book, "integration" | "tenant">;

/** In the order in which they are shown: what came and what became of it, then what needs a person, then the rest. */
export const bookCounts: readonly BookCount[] = [
  "received",
  "delivered",
  "waiting",
  "delivering",
  "quarantined",
  "dead",
  "held",
  "duplicate",
  "superseded",
  "filtered",
  "discarded",
  "pruned",
  "refused",
];

/** One integration's and tenant's accounts, as they are shown everywhere. */
export interface BookResult extends Readonly<Record<BookCount, number>> {
  readonly name: string;
  /** Only where there are tenants. */
  readonly tenant?: string;
  readonly balanced: boolean;
}

export interface BalanceResult {
  readonly balanced: boolean;
  readonly integrations: readonly BookResult[];
}

/** Everything that was received is accounted for. The ledger counts both sides independently, so this can fail, and a failure is a bug. */
export function isBalanced(book: Omit<Book, "integration" | "tenant">): boolean {
  const accounted =
    book.duplicate +
    book.filtered +
    book.quarantined +
    book.waiting +
    book.delivering +
    book.delivered +
    book.superseded +
    book.dead +
    book.held +
    book.discarded +
    book.pruned;
  return book.received === accounted;
}

/** The books that a ledger has, as they are shown. */
export function booksOf(books: readonly Book[]): BalanceResult {
  const shown = books.map(bookResult);
  return { balanced: shown.every(({ balanced }) => balanced), integrations: shown };
}

/** The books, those of integrations that have received nothing yet included. */
export async function balanceOf(
  ledger: Pick<Ledger, "balance">,
  names: Iterable<string>,
  only: string | undefined,
  tenant?: string,
): Promise<BalanceResult> {
  const shown = booksOf(await ledger.balance(only)).integrations.filter(
    (book) => tenant === undefined || (book.tenant ?? "") === tenant,
  );
  for (const name of tenant === undefined ? names : []) {
    if ((only === undefined || only === name) && !shown.some((book) => book.name === name)) {
      shown.push(bookResult({ ...empty, integration: name, tenant: "" }));
    }
  }
  shown.sort((a, b) => a.name.localeCompare(b.name) || (a.tenant ?? "").localeCompare(b.tenant ?? ""));
  return { balanced: shown.every(({ balanced }) => balanced), integrations: shown };
}

function bookResult({ integration, tenant, ...counts }: Book): BookResult {
  return { name: integration, ...(tenant === "" ? {} : { tenant }), balanced: isBalanced(counts), ...counts };
}

const empty = {
  received: 0,
  duplicate: 0,
  filtered: 0,
  quarantined: 0,
  waiting: 0,
  delivering: 0,
  delivered: 0,
  superseded: 0,
  dead: 0,
  held: 0,
  discarded: 0,
  pruned: 0,
  refused: 0,
} satisfies Omit<Book, "integration" | "tenant">;
