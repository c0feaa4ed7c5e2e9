// The states of a record and the moves between them. This is the whole state machine; the ledger's constraints repeat it.

/** Where a record is. Every record is in exactly one of these. */
export type State =
  | "waiting"
  | "delivering"
  | "delivered"
  | "quarantined"
  | "dead"
  | "held"
  | "superseded"
  | "filtered"
  | "discarded";

export const allStates: readonly State[] = Object.freeze([
  "waiting",
  "delivering",
  "delivered",
  "quarantined",
  "dead",
  "held",
  "superseded",
  "filtered",
  "discarded",
]);

/** States in which a record waits for a person. */
export type Inbox = "quarantined" | "dead" | "held";

/** Why a record is where it is. Closed: the three inboxes group by it. */
export type Cause =
  // quarantined: it breaks the contract
  | "contract"
  | "contract-failed"
  | "identity"
  | "accept-failed"
  | "conflict"
  | "contract-changed"
  | "edited"
  | "same-as"
  // dead: it cannot be delivered
  | "refused"
  | "permanent"
  | "gave-up"
  | "ended"
  // held: an effect needs a person
  | "in-doubt"
  | "answer-unexpected"
  | "effect-changed"
  | "effect-orphaned"
  | "entity-held"
  | "unconfirmed"
  | "undo-failed"
  // final
  | "not-accepted"
  | "unchanged"
  | "newer-version"
  | "duplicate"
  | "by-person"
  // waiting, with a reason
  | "retrying"
  | "deferred"
  | "loading"
  | "undoing";

/** Which state may follow which. `delivering` back to `waiting` is a retry, a deferral, or a recovery after a crash. */
export const moves: Record<State, readonly State[]> = {
  waiting: ["delivering", "superseded", "filtered", "quarantined", "dead", "held", "discarded"],
  delivering: ["waiting", "delivered", "quarantined", "dead", "held", "superseded", "filtered", "discarded"],
  delivered: ["waiting"],
  quarantined: ["waiting", "filtered", "superseded", "discarded", "quarantined"],
  dead: ["waiting", "discarded", "superseded"],
  held: ["waiting", "discarded", "superseded", "dead", "held"],
  superseded: ["waiting"],
  filtered: ["waiting"],
  discarded: ["waiting"],
};

export function mayMove(from: State, to: State): boolean {
  return moves[from].includes(to);
}

/** What broke the contract: where, which rule, and what was found there. */
export interface Issue {
  /** Dotted path into the payload, `""` for the whole. */
  readonly path: string;
  /** The rule in words, as the schema says it. */
  readonly message: string;
  /** What stood there, shortened to 200 characters of JSON. */
  readonly found: string;
}
