/** One of those who share a ledger, or did within the last days. Times are the ledger's, in milliseconds since 1970. */
export interface WorkerRow {
  /** Of its machine, where nobody gave it one: several may have the same. */
  readonly name: string;
  readonly pid: number;
  /** Of the user's code. */
  readonly release: string;
  /** `left`: by itself. `lost`: the others declared it dead. */
  readonly state: "alive" | "leaving" | "left" | "lost";
  readonly joinedAtMs: number;
  /** Lanes that it owns now. */
  readonly lanes: number;
  /** Records in its hands now; of one that was lost, those that were in its hands then. */
  readonly inHand: number;
  /** Of one that was lost: when it was last seen to move. */
  readonly movedAtMs: number | undefined;
  /** When it had left, or was declared dead. */
  readonly endedAtMs: number | undefined;
}
