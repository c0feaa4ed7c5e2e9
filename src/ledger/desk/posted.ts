import type { Ask, JournalEntry, Pause, Restore, Stop } from "../ledger.ts";
import { value } from "./stored.ts";

// What is posted on a ledger, from its rows.

/** Answers stand this long for whoever asked; then they are taken down. */
export const answersKeptMs = 3_600_000;
/** Entries of a journal: as many as a person reads. */
export const journalMax = 100;

export function pauseOf([kind, name, at, actor, why]: readonly unknown[]): Pause {
  return {
    kind: kind as Pause["kind"],
    name: name as string,
    atMs: at as number,
    actor: actor as string,
    why: value<string>(why),
  };
}

export function stopOf([system, tenant, kind, at, until, open, why]: readonly unknown[]): Stop {
  return {
    system: system as string,
    tenant: tenant as string,
    kind: kind as Stop["kind"],
    atMs: at as number,
    untilMs: until as number,
    openMs: value<number>(open),
    why: why as string,
  };
}

export function restoreOf([epoch, at, copiedAt, until]: readonly unknown[]): Restore {
  return {
    epoch: epoch as number,
    atMs: at as number,
    copiedAtMs: copiedAt as number,
    doubtNewUntilMs: until as number,
  };
}

export function askOf([number, what, about, input, askedAt, progress, answer]: readonly unknown[]): Ask {
  return {
    ask: number as number,
    what: what as Ask["what"],
    about: about as string,
    input: input as string,
    askedAtMs: askedAt as number,
    progress: value<string>(progress),
    answer: value<string>(answer),
  };
}

export function journalEntryOf([at, what, about, actor, why, detail]: readonly unknown[]): JournalEntry {
  return {
    atMs: at as number,
    what: what as JournalEntry["what"],
    about: about as string,
    actor: actor as string,
    why: value<string>(why),
    detail: value<string>(detail),
  };
}
