import { isBalanced } from "../../flow/books.ts";
import type { Book, Ledger } from "../../ledger/ledger.ts";
import type { Clock } from "../../world/clock.ts";
import type { Observation } from "../rules/observation.ts";

// Whether the books balance is found by counting every record, which no look may do. So it is done beside the looks, seldom, and the less often the
// longer it takes: at most a hundredth of the time goes into it.

const everyMs = 600_000;
const share = 100;

type Unbalanced = Observation["unbalanced"];

/** What was found when the books were last compared. */
export function watchBalance(ledger: Pick<Ledger, "balance">, clock: Clock): () => Unbalanced {
  let found: Unbalanced = [];
  let dueMs = clock.monotonic();
  let counting = false;

  async function count(): Promise<void> {
    const beganMs = clock.monotonic();
    counting = true;
    try {
      found = (await ledger.balance(undefined)).filter((book) => !isBalanced(book)).map(offOf);
    } catch {
      // A ledger that cannot be read has an alert of its own.
    } finally {
      counting = false;
      dueMs = clock.monotonic() + Math.max(everyMs, share * (clock.monotonic() - beganMs));
    }
  }

  return () => {
    if (!counting && clock.monotonic() >= dueMs) void count();
    return found;
  };
}

function offOf(book: Book): Unbalanced[number] {
  const { integration, tenant, received, refused: _, ...accounted } = book;
  const sum = Object.values(accounted).reduce((total, count) => total + count, 0);
  return { integration, tenant, off: received - sum };
}
