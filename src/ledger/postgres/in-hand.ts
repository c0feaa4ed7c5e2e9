import type { Call, Calls } from "../desk/calls.ts";
import { recordNumber } from "../desk/numbers.ts";
import type { Claimed, RunWrite, WriteResult } from "../ledger.ts";
import type { Page } from "./page.ts";
import type { EffectHere } from "./rows.ts";

// What records in this worker's hands have done so far. While they are there, nobody else writes about them, so what this worker wrote last is what stands
// in the ledger: it need not be read back before the next thing is written. Only what has been committed is kept, and nothing of it outlives the number
// under which the worker had the records (see lanes.ts), a commit of which nobody knows what became, or the connection over which it was written.
export class InHand {
  readonly #effects = new Map<number, readonly EffectHere[]>();
  #worker: number | undefined;

  /** Under another number, nothing is in hand. */
  under(worker: number | undefined): void {
    if (this.#worker !== worker) this.forgetAll();
    this.#worker = worker;
  }

  forgetAll(): void {
    this.#effects.clear();
  }

  /** Undefined where it has to be read. */
  of(record: number): readonly EffectHere[] | undefined {
    return this.#effects.get(record);
  }

  /** A batch was committed. */
  committed(calls: readonly Call[], answers: readonly unknown[], page: Page): void {
    for (const [index, call] of calls.entries()) {
      const answer = answers[index];
      if (call.name === "claim" || call.name === "intake")
        this.#took(answer as { readonly claimed?: readonly Claimed[] });
      else if (call.name === "write") this.#wrote(call.input, answer as WriteResult, page);
      else this.#letGo(call);
    }
  }

  /** Whether a batch was committed is not known. */
  unknown(calls: readonly Call[]): void {
    for (const call of calls) this.#letGo(call);
  }

  #took({ claimed = [] }: { readonly claimed?: readonly Claimed[] }): void {
    for (const { record, effects } of claimed) if (effects.length === 0) this.#effects.set(recordNumber(record), []);
  }

  #wrote({ record, settlement }: RunWrite, { kind }: WriteResult, page: Page): void {
    const number = recordNumber(record);
    if (kind === "revoked" || settlement !== undefined || !page.effects.has(number)) this.#effects.delete(number);
    else this.#effects.set(number, page.effects.get(number) ?? []);
  }

  #letGo(call: Call): void {
    for (const record of recordsOf(call)) this.#effects.delete(recordNumber(record));
  }
}

function recordsOf({ name, input }: Call): readonly string[] {
  if (name === "write") return [(input as Calls["write"][0]).record];
  if (name === "writeShared") return (input as Calls["writeShared"][0]).runs.map(({ record }) => record);
  if (name === "unclaim") return (input as Calls["unclaim"][0]).map(({ record }) => record);
  return [];
}
