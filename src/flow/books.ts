import type { Book, Ledger, OutboxWait } from "../ledger/ledger.ts";

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
  /** What was sent within transactions and is still to be taken in: not received yet, and in no book. Only where there is some. */
  readonly outbox?: readonly OutboxResult[];
}

/** What waits to be taken in for one integration and tenant, and since when. */
export interface OutboxResult {
  readonly name: string;
  readonly tenant?: string;
  readonly count: number;
  readonly since: string;
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
  ledger: Pick<Ledger, "balance" | "measures">,
  names: Iterable<string>,
  only: string | undefined,
  tenant?: string,
): Promise<BalanceResult> {
  const isAsked = (name: string, of: string): boolean =>
    (only === undefined || only === name) && (tenant === undefined || of === tenant);
  const [books, { outbox }] = await Promise.all([ledger.balance(only), ledger.measures()]);
  const shown = booksOf(books).integrations.filter((book) => isAsked(book.name, book.tenant ?? ""));
  const waits = outbox.filter((wait) => isAsked(wait.integration, wait.tenant)).map(outboxResult);
  for (const name of tenant === undefined ? names : []) {
    if ((only === undefined || only === name) && !shown.some((book) => book.name === name)) {
      shown.push(bookResult({ ...empty, integration: name, tenant: "" }));
    }
  }
  shown.sort((a, b) => a.name.localeCompare(b.name) || (a.tenant ?? "").localeCompare(b.tenant ?? ""));
  const balanced = shown.every((book) => book.balanced);
  return { balanced, integrations: shown, ...(waits.length === 0 ? {} : { outbox: waits }) };
}

function outboxResult({ integration, tenant, count, sinceMs }: OutboxWait): OutboxResult {
  return {
    name: integration,
    ...(tenant === "" ? {} : { tenant }),
    count,
    since: new Date(sinceMs).toISOString(),
  };
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
