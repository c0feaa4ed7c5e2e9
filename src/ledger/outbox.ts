// The outbox holds what a program took down for the ledger within a transaction of its own, in the same database: it is there once that transaction has
// committed, and no worker has taken it in yet. So it is in no book. A worker reads what is oldest, takes it through the ordinary intake, and the row goes
// in the transaction of the intake.

/** Asks something within the user's transaction: a statement with `$1`, `$2`, … once each and in their order, and their values. */
export type AskWithin = (text: string, values: readonly string[]) => PromiseLike<unknown>;

/** What is to be taken down. */
export interface Outgoing {
  readonly integration: string;
  readonly tenant: string;
  /** As it will be kept. */
  readonly raw: string;
}

/** What waits to be taken in. */
export interface OutboxRow extends Outgoing {
  readonly number: number;
}

/** How much of an integration and tenant waits to be taken in, counted as far as `countMax`, and since when. */
export interface OutboxWait {
  readonly integration: string;
  readonly tenant: string;
  readonly count: number;
  readonly sinceMs: number;
}
