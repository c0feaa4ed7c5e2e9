import { type BookResult, balanceOf } from "../flow/books.ts";
import type { AlertRow, Ledger, Measures, RefusalRow } from "../ledger/ledger.ts";
import type { Clock } from "../world/clock.ts";

// What a scrape asks of the ledger, and a page that shows the books. To count the books is to read an index of all records: milliseconds for thousands, tenths of a second for a million.
// Who scrapes should not be able to keep a disk busy, however many records there are and however many scrape: reads that take long are held apart, so that
// they take at most a twentieth of the time, and a scrape that comes meanwhile gets what was read last, with the moment when it was read.

const share = 20;
/** Of scrapes: what takes less is always read anew; and so long they wait for what is being read, before they take what was read last. */
const forScrapes: Patience = { cheapMs: 50, patienceMs: 1_000 };
/** And so long where nothing has been read yet: Prometheus gives up after 10 s. */
const firstPatienceMs = 5_000;

/** Of pages: a person waits for them, and looks at what was read a moment ago rather than at nothing. */
export const forPages: Patience = { cheapMs: 250, patienceMs: 150 };

interface Patience {
  readonly cheapMs: number;
  readonly patienceMs: number;
}

/** So long for the refusals that are still to be counted. */
const flushPatienceMs = 500;

export interface LedgerFacts {
  readonly books: readonly BookResult[];
  readonly refused: readonly RefusalRow[];
  readonly measures: Measures;
  /** That are not resolved. */
  readonly alerts: readonly Pick<AlertRow, "rule" | "severity" | "state">[];
  /** When this was so. */
  readonly atMs: number;
}

/**
 * Answers what the ledger knows, as new as may be: undefined when it cannot be read, or has not answered yet.
 *
 * @param before.names of the integrations that have a book even where nothing came for them yet.
 * @param before.flush writes the refusals that are still to be counted.
 */
export function ledgerFacts(
  ledger: Pick<Ledger, "balance" | "refusals" | "measures" | "alerts">,
  clock: Clock,
  { names, flush }: { readonly names: () => Iterable<string>; readonly flush: () => Promise<void> },
  { cheapMs, patienceMs }: Patience = forScrapes,
): () => Promise<LedgerFacts | undefined> {
  let last: LedgerFacts | undefined;
  let reading: Promise<LedgerFacts | undefined> | undefined;
  let notBeforeMs = clock.monotonic();

  async function read(): Promise<LedgerFacts | undefined> {
    const beganMs = clock.monotonic();
    const atMs = clock.now();
    try {
      // Where nothing can be written, what stands there can mostly be read.
      await within(clock, flush(), flushPatienceMs, () => undefined);
      const [{ integrations: books }, refused, measures, alerts] = await Promise.all([
        balanceOf(ledger, names(), undefined),
        ledger.refusals(undefined),
        ledger.measures(),
        ledger.alerts({ resolvedSinceMs: Number.MAX_SAFE_INTEGER }),
      ]);
      last = { books, refused, measures, alerts, atMs };
    } catch {
      // Books of a ledger that fails are no books: whoever scrapes sees that they are gone, and why (waybill_ledger_up).
      last = undefined;
    } finally {
      const tookMs = clock.monotonic() - beganMs;
      notBeforeMs = clock.monotonic() + (tookMs > cheapMs ? tookMs * (share - 1) : 0);
      reading = undefined;
    }
    return last;
  }

  return () => {
    if (reading === undefined && last !== undefined && clock.monotonic() < notBeforeMs) return Promise.resolve(last);
    reading ??= read();
    return within(clock, reading, last === undefined ? firstPatienceMs : patienceMs, () => last);
  };
}

/** What is answered in time, or what there is otherwise. */
function within<T>(clock: Clock, answer: Promise<T>, waitMs: number, otherwise: () => T): Promise<T> {
  return new Promise((resolve) => {
    const cancel = clock.after(waitMs, () => resolve(otherwise()), { idle: true });
    void answer.then((value) => {
      cancel();
      resolve(value);
    });
  });
}
