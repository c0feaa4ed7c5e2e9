import type { Applied } from "./destination.ts";

export type Store = "sqlite" | "postgres";

/** What a version said of the ledger that is kept of it. */
export interface Kept {
  readonly version: string;
  /** What had been applied at the other systems, and under which keys. */
  readonly applied: readonly Applied[];
  /** `balance --json`. */
  readonly balance: { readonly integrations: readonly Readonly<Record<string, unknown>>[] };
  /** `export`. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
}
