import type { Disk } from "../../assembly/memory-disk.ts";
import { type BookResult, bookCounts, booksOf } from "../../flow/books.ts";
import type { WaybillEvent } from "../../model/events.ts";
import type { Broken } from "./promises.ts";
import { timeText } from "./time-text.ts";

// The books while the night goes on: what is wrong for a moment and right again in the morning is wrong, because a person may ask at any moment, and a
// process may die at any. They are read from the disk, beside the process that writes on it, so that nothing of the night is another one for it.
//
// After every commit one sum is asked for: what was received against what is accounted for. Every minute, and whenever a process begins, all of it is
// held against all of it, and whatever was acknowledged so far has to be there.

export interface StepBooksOptions {
  readonly disk: Disk;
  readonly elapsedMs: () => number;
  /** Everything that its sender was told is taken, in that order. */
  readonly acknowledged: readonly { readonly record: string }[];
  readonly say: (what: string, record?: string) => void;
}

const lookEveryMs = 60_000;

export class StepBooks {
  /** The same disk, looked at after each write. */
  readonly disk: Disk;
  readonly #options: StepBooksOptions;
  /** What Waybill has told that it has taken: how often, and as which records. */
  readonly #taken = { times: 0, duplicates: 0, records: new Set<string>() };
  #nextMs = 0;
  /** The first moment of each promise. */
  readonly #broken = new Map<string, Broken>();

  constructor(options: StepBooksOptions) {
    this.#options = options;
    const { disk } = options;
    this.disk = {
      ...disk,
      open: (clock, fate) => {
        this.#nextMs = 0;
        return disk.open(clock, {
          ...fate,
          after: () => {
            this.#committed();
            return fate.after();
          },
        });
      },
    };
  }

  /** What did not hold at some moment, told as it was at the first. */
  get broken(): readonly Broken[] {
    return [...this.#broken.values()];
  }

  event(event: WaybillEvent): void {
    if (event.event !== "intake.taken") return;
    this.#taken.times += 1;
    if (event.duplicate) this.#taken.duplicates += 1;
    this.#taken.records.add(event.record);
  }

  /** Whatever was to happen at this moment has happened. */
  step(): void {
    if (this.#options.elapsedMs() >= this.#nextMs) this.look();
  }

  /** Holds all of it against all of it. */
  look(): void {
    const { acknowledged, elapsedMs, disk } = this.#options;
    this.#nextMs = elapsedMs() + lookEveryMs;
    this.#areThere(new Set([...acknowledged.map(({ record }) => record), ...this.#taken.records]));
    const books = booksOf(disk.audit.books()).integrations;
    for (const book of books.filter(({ balanced }) => !balanced)) this.#unbalanced(bookText(book));
    const sum = (count: "received" | "duplicate" | "waiting" | "delivering"): number =>
      books.reduce((all, book) => all + book[count], 0);
    const { times, duplicates } = this.#taken;
    if (sum("received") < times || sum("duplicate") < duplicates)
      this.#unbalanced(
        `${times} deliveries were taken, ${duplicates} of them as duplicates, and the books know of ${sum("received")} and ${sum("duplicate")}`,
      );
    const queued = disk.audit.unsettled();
    if (queued !== sum("waiting") + sum("delivering"))
      this.#unbalanced(
        `${sum("waiting")} records wait and ${sum("delivering")} are being delivered, and the queues of the keys count ${queued}`,
      );
  }

  #committed(): void {
    const astray = this.#options.disk.audit.astray();
    if (astray !== 0)
      this.#unbalanced(
        astray > 0
          ? `${astray} more were received than are accounted for`
          : `${-astray} more are accounted for than were received`,
      );
  }

  #areThere(acknowledged: Iterable<string>): void {
    const [record] = this.#options.disk.audit.unknown(acknowledged);
    if (record !== undefined)
      this.#breaks({
        promise: "what was acknowledged is not lost",
        what: `${record} was acknowledged, and the ledger does not know it`,
        record,
      });
  }

  #unbalanced(what: string): void {
    this.#breaks({ promise: "the books balance", what: `the books do not balance: ${what}` });
  }

  #breaks({ promise, what, record }: Broken): void {
    if (this.#broken.has(promise)) return;
    const { say, elapsedMs } = this.#options;
    say(what, record);
    this.#broken.set(promise, { promise, what: `at ${timeText(elapsedMs())} ${what}`, record });
  }
}

/** A book that does not balance, as a story tells it: `of "orders", received 1: waiting 1, delivering 1`. */
export function bookText(book: BookResult): string {
  const counted = bookCounts.filter((name) => name !== "received" && name !== "refused" && book[name] !== 0);
  const whose = book.tenant === undefined ? "" : ` for ${book.tenant}`;
  return `of "${book.name}"${whose}, received ${book.received}: ${counted.map((name) => `${name} ${book[name]}`).join(", ")}`;
}
