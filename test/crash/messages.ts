import type { BookResult } from "../../src/flow/books.ts";
import type { How, StoredEffect } from "../../src/ledger/ledger.ts";
import type { Duration } from "../../src/model/duration.ts";
import type { Cause, State } from "../../src/model/record.ts";
import type { Point } from "../../src/world/points.ts";
import type { Order } from "./integration.ts";

// What the test says to the worker that it kills, and hears from it.

export interface Plan {
  readonly ledger: string;
  readonly destination: string;
  /** How long it waits for the destination. */
  readonly timeout?: Duration;
  /** So many requests a second does the destination bear. */
  readonly perSecond?: number | undefined;
  /** The worker kills itself when it passes this point for the nth time. */
  readonly arm: { readonly point: Point; readonly nth: number } | undefined;
  /** Before it works, it looks for effects that were left in doubt. */
  readonly looksFirst: boolean;
}

export type Told =
  | { readonly send: Order }
  /** From now on, as in its plan. */
  | { readonly arm: NonNullable<Plan["arm"]> }
  | { readonly settle: true }
  | { readonly audit: true }
  | { readonly stop: true };

export interface DoubtfulEffect {
  readonly record: string;
  readonly entity: string;
  readonly name: string;
  readonly how: How;
}

export interface AuditedRecord {
  readonly record: string;
  readonly id: string;
  readonly entity: string;
  readonly state: State;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly content: Order;
  readonly effects: readonly Pick<StoredEffect, "name" | "state" | "how" | "madeBy">[];
  readonly timeline: readonly string[];
}

export interface Audit {
  readonly books: BookResult;
  readonly records: readonly AuditedRecord[];
}

export type Heard =
  /** It runs. With every effect that the ledger, as the killed worker left it, holds without an outcome. */
  | { readonly ready: true; readonly inDoubt: readonly DoubtfulEffect[] }
  | { readonly acknowledged: Order }
  | { readonly refused: Order; readonly why: string }
  | { readonly settled: boolean; readonly why?: string }
  | { readonly audit: Audit }
  /** The ledger failed: an event. */
  | { readonly failed: string };
