// What is posted on a ledger for everybody who works with it: what a person has paused, what a guest asks of the owner, what a restored backup cannot
// know, and where the owner listens. Short rows, read whole, and read again whenever somebody else has written.

import type { AlertDeed } from "./alerts.ts";
import type { Stop } from "./budgets.ts";
import type { RecordId } from "./identity.ts";

export type PauseKind = "integration" | "system" | "tenant";

/** A person said that it shall wait. */
export interface Pause {
  readonly kind: PauseKind;
  readonly name: string;
  readonly atMs: number;
  readonly actor: string;
  readonly why: string | undefined;
}

/** A backup was restored: what was sent between `copiedAtMs` and `atMs` this ledger cannot know. */
export interface Restore {
  readonly epoch: number;
  readonly atMs: number;
  readonly copiedAtMs: number;
  /** Until then, what is new to this ledger may be what it has lost. */
  readonly doubtNewUntilMs: number;
}

/** What a guest can ask of the owner. */
export type AskWhat = "run" | "set-cursor" | "prune" | "probe";

export interface Ask {
  readonly ask: number;
  readonly what: AskWhat;
  /** An integration, a source or a system. */
  readonly about: string;
  /** JSON, as are the next two. */
  readonly input: string;
  readonly askedAtMs: number;
  readonly progress: string | undefined;
  /** Undefined until the owner is done with it. */
  readonly answer: string | undefined;
}

export interface Bulletin {
  readonly pauses: readonly Pause[];
  readonly stops: readonly Stop[];
  readonly restores: readonly Restore[];
  readonly asks: readonly Ask[];
  /** Where the owner listens, or listened last. */
  readonly serverUrl: string | undefined;
}

export type JournalWhat =
  | "paused"
  | "resumed"
  | "cursor-set"
  | "restored"
  | "moved"
  | "new-trusted"
  | "pruned"
  | "forgotten"
  | "clock-set-back"
  | AlertDeed;

/** What happened to the ledger as a whole: what a person did, or the clock of a worker. */
export interface JournalEntry {
  readonly atMs: number;
  readonly what: JournalWhat;
  /** The integration, system or source, or an alert's id; `""` for all. */
  readonly about: string;
  readonly actor: string;
  readonly why: string | undefined;
  /** JSON. */
  readonly detail: string | undefined;
}

/** What may be posted. Each is one short transaction; the answer says whether it changed anything. */
export type Notice =
  | ({ readonly post: "pause" } & Pause)
  /** What waited for a system is due at once. */
  | ({ readonly post: "resume" } & Pause)
  /** What waits for a system or a tenant that was resumed is due at once. */
  | ({ readonly post: "hurry"; readonly atMs: number } & Pick<Pause, "kind" | "name">)
  /** Records that wait for a budget are due at once: permits would be left unused. Those that wait for something else, or are in hand, stay as they are. */
  | { readonly post: "call-in"; readonly records: readonly RecordId[]; readonly atMs: number }
  /** A system may not be called for now, or may be called again. */
  | ({ readonly post: "stop" } & Stop)
  | ({ readonly post: "lift" } & Pick<Stop, "system" | "tenant" | "kind">)
  /** Asks to be the one of several workers who finds out whether a system is back: its breaker stays open for `forMs`. Changes nothing where another one does. */
  | ({ readonly post: "probe"; readonly forMs: number; readonly openMs: number; readonly anyway: boolean } & Pick<
      Stop,
      "system" | "tenant" | "why"
    >)
  /** Nothing that is new from `atMs` on is what a restored backup has lost. */
  | { readonly post: "trust-new"; readonly atMs: number; readonly actor: string; readonly why: string | undefined }
  | { readonly post: "listening"; readonly url: string | undefined }
  | {
      readonly post: "ask";
      readonly ask: number;
      readonly what: AskWhat;
      readonly about: string;
      readonly input: string;
      readonly atMs: number;
    }
  | { readonly post: "progress"; readonly ask: number; readonly progress: string }
  | { readonly post: "answer"; readonly ask: number; readonly answer: string; readonly atMs: number }
  | { readonly post: "withdraw"; readonly ask: number }
  | ({ readonly post: "entry" } & JournalEntry);
