import type { JournalEntry, Ledger } from "../ledger/ledger.ts";
import { Ages, type SetBack } from "../world/ages.ts";
import type { World } from "../world/transport.ts";

// A clock that was set back is known only to a process that saw it. It writes it down for those that come after it and, in a fleet, for those beside it:
// what was noted before is older than their clocks say, and a key must not be used when its system has forgotten it.

/** No name of a source, a system or an integration. */
const about = "(clock)";
/** Seen with every record that is taken in hand, and by one that has nothing to do after so long. */
const lookEveryMs = 9_000;

export interface SetBacksKept {
  readonly ledger: Pick<Ledger, "journal" | "post" | "facts">;
  readonly world: Pick<World, "clock" | "random">;
  /** Ends the looking. */
  readonly signal: AbortSignal;
}

/** Ages by this process's clock, which know of the set-backs that others have seen. */
export async function agesKept({ ledger, world: { clock, random }, signal }: SetBacksKept): Promise<Ages> {
  const seenBy = random.uuid();
  const unwritten: SetBack[] = [];
  const onSetBack = (seen: SetBack): void => {
    unwritten.push(seen);
    void write();
  };
  const ages = new Ages(clock, { seenBy, onSetBack });
  let writing = false;

  /** What cannot be written now is written at the next look. */
  async function write(): Promise<void> {
    if (writing) return;
    writing = true;
    try {
      for (let seen = unwritten[0]; seen !== undefined; seen = unwritten[0]) {
        await ledger.post({ post: "entry", ...entryOf(seen, clock.now()) });
        unwritten.shift();
      }
    } catch {
      // A ledger that fails is told by whoever works with it.
    } finally {
      writing = false;
    }
  }

  const learn = async (): Promise<void> => ages.learn((await ledger.journal(about)).flatMap(setBackOf));

  function look(): void {
    ages.now();
    if (unwritten.length > 0) void write();
    if (ledger.facts.fleet) void learn().catch(() => undefined);
    cancel = clock.after(lookEveryMs, look, { idle: true });
  }

  await learn();
  let cancel = clock.after(lookEveryMs, look, { idle: true });
  signal.addEventListener("abort", () => cancel(), { once: true });
  return ages;
}

function entryOf(seen: SetBack, atMs: number): JournalEntry {
  return { atMs, what: "clock-set-back", about, actor: "waybill", why: undefined, detail: JSON.stringify(seen) };
}

function setBackOf({ what, detail }: JournalEntry): SetBack[] {
  return what === "clock-set-back" && detail !== undefined ? [JSON.parse(detail) as SetBack] : [];
}
