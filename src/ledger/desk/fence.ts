import type { Claimed, RunWrite, WriteResult } from "../ledger.ts";
import type { Answer, CallName, Calls } from "./calls.ts";
import type { Desk } from "./desk.ts";
import { recordNumber } from "./numbers.ts";
import { writingShared } from "./shared-calls.ts";
import { unclaiming } from "./unclaim.ts";
import { writing } from "./write.ts";

// The fence, where several may work with one ledger. Whoever stood still for too long counts as dead, and its records are given to others. It may not know
// that when it goes on, so what it writes about a run is held against the number under which the record came into its hands.

type Fenced = {
  readonly [Name in ("write" | "writeShared" | "unclaim") & CallName]: (input: Calls[Name][0]) => Calls[Name][1];
};

/**
 * @param holder the number under which this worker lives. Without one, and about what came into hand under another, nothing is written: a write may have
 *   waited for the ledger for so long that its record was given to somebody else, or begun again here. Undefined where only one can ever be at work.
 */
export function fenced(desk: Desk, holder: (() => number | undefined) | undefined): Fenced {
  const written = writing(desk);
  const unclaim = unclaiming(desk);
  const isMine = (one: Pick<RunWrite, "holder">): boolean =>
    holder === undefined || (holder() !== undefined && one.holder === holder());
  const write = (run: RunWrite): WriteResult => (isMine(run) ? written(run) : refuse(desk, run));
  const writeShared = writingShared(desk, write, isMine);
  return {
    write,
    writeShared: (shared) => {
      if (holder === undefined || holder() !== undefined) return writeShared(shared);
      for (const run of shared.runs) refuse(desk, run);
      return { revoked: shared.runs.map(({ record }) => record) };
    },
    unclaim: (claimed) => {
      unclaim(claimed.filter(isMine));
      return undefined;
    },
  };
}

function refuse({ timeline }: Desk, { record, settlement }: RunWrite): WriteResult {
  if (settlement !== undefined) {
    const detail = JSON.stringify({ why: "it had been given to another worker", to: settlement.to });
    timeline.add(recordNumber(record), [{ atMs: settlement.atMs, what: "refused-late", actor: undefined, detail }]);
  }
  return { kind: "revoked", why: "this worker counts as dead, and the record was given to another one" };
}

/** What was claimed, and intake claims too, as it is to be answered. */
export function withClaimed(given: Answer, as: (one: Claimed) => Claimed | undefined): Answer {
  const { claimed } = (given.answer ?? {}) as { readonly claimed?: readonly Claimed[] };
  if (!Array.isArray(claimed) || claimed.length === 0) return given;
  return { answer: { ...(given.answer as object), claimed: claimed.flatMap((one) => as(one) ?? []) } };
}
