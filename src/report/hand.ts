import type { Deeds, JournalEntry, JournalWhat, MovesByHand } from "../ledger/ledger.ts";
import type { TimelineWhat } from "../model/timeline.ts";
import type { HandLine } from "./report.ts";
import { brief, many } from "./words.ts";

// What persons did, in words.

type Redact = (text: string) => string;

const moved: Readonly<Partial<Record<TimelineWhat, string>>> = {
  released: "released",
  rechecked: "read again",
  edited: "edited the content of",
  replayed: "delivered once more",
  resolved: "resolved",
  redone: "did effects again of",
  "undo-asked": "had undone",
  forgotten: "erased what was held of",
  discarded: "discarded",
  ended: "ended",
};

/** What nobody did is not told here. */
type Deed = Exclude<JournalWhat, "clock-set-back">;

const said: Readonly<Record<Deed, string>> = {
  paused: "paused",
  resumed: "let go on",
  "cursor-set": "set the cursor of",
  restored: "restored this ledger from a copy",
  moved: "moved this ledger from a file to PostgreSQL",
  "new-trusted": "said that nothing new was lost by the restore",
  pruned: "let go of what is older than it is kept",
  forgotten: "had forgotten what is held about an entity",
  acknowledged: "acknowledged the alert",
  muted: "muted the alert",
  unmuted: "took back what was said of the alert",
};

/** Whether the thing that a journal entry is about belongs to its sentence. */
const aboutNothing: ReadonlySet<Deed> = new Set(["restored", "moved", "new-trusted", "pruned", "forgotten"] as const);

/** Newest first. */
export function handLines({ moves, journal }: Deeds, redact: Redact): readonly HandLine[] {
  return [...moves.map((one) => ofMoves(one, redact)), ...journal.flatMap((one) => ofEntry(one, redact))].toSorted(
    (one, other) => Date.parse(other.at) - Date.parse(one.at),
  );
}

function ofMoves({ integration, tenant, what, actor, count, lastAtMs, detail }: MovesByHand, redact: Redact): HandLine {
  const whose = tenant === "" ? integration : `${integration} (${tenant})`;
  return {
    at: new Date(lastAtMs).toISOString(),
    actor: brief(redact(actor)),
    words: brief(redact(`${moved[what] ?? what} ${many(count, "record")} of ${whose}`)),
    why: whyIn(detail, redact),
  };
}

function ofEntry({ atMs, what, about, actor, why }: JournalEntry, redact: Redact): HandLine[] {
  if (what === "clock-set-back") return [];
  const words = aboutNothing.has(what) || about === "" ? said[what] : `${said[what]} ${about}`;
  return [
    {
      at: new Date(atMs).toISOString(),
      actor: brief(redact(actor)),
      words: brief(redact(words)),
      why: why === undefined ? null : brief(redact(why)),
    },
  ];
}

function whyIn(detail: string | undefined, redact: Redact): string | null {
  try {
    const { why } = JSON.parse(detail ?? "{}") as { why?: unknown };
    return typeof why === "string" && why !== "" ? brief(redact(why)) : null;
  } catch {
    return null;
  }
}
