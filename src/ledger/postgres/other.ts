import type { CallName, Calls } from "../desk/calls.ts";
import type { Sql } from "./line.ts";

/** What a call that does not go through the desk knows of who asks. */
export interface Here {
  readonly worker: number;
  /** How this process is known to the others. */
  readonly name: string;
  readonly ledgerId: string;
  /** How far this process has come on its walks through the ledger, by their names: a step of a walk goes on where the last one stopped. */
  readonly walks: Map<string, Position>;
  /** By this process's clock. */
  nowMs(): number;
  /** Numbers that grow: of an entry among its neighbours. */
  nextEntry(): number;
}

export type Position = number | Uint8Array;

/** What goes through the desk, in batches. */
export type DeskName = "own" | "intake" | "claim" | "write" | "writeShared" | "unclaim" | "move" | "foresee";
export type OtherName = Exclude<CallName, DeskName>;

export interface Other<Name extends OtherName> {
  readonly writes: boolean;
  run(sql: Sql, input: Calls[Name][0], here: Here): Promise<Calls[Name][1]>;
}

export type Others = { readonly [Name in OtherName]: Other<Name> };

type Run<Name extends OtherName> = Other<Name>["run"];

export const reads = <Name extends OtherName>(run: Run<Name>): Other<Name> => ({ writes: false, run });
export const writes = <Name extends OtherName>(run: Run<Name>): Other<Name> => ({ writes: true, run });
