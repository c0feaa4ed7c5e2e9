import type { Book } from "../ledger.ts";

/** A book while it is added up. */
export type OpenBook = { -readonly [Name in keyof Book]: Book[Name] };

export const emptyBook = {
  filtered: 0,
  quarantined: 0,
  waiting: 0,
  delivering: 0,
  delivered: 0,
  superseded: 0,
  dead: 0,
  held: 0,
  discarded: 0,
};
