import type { Restore, StoredEffect } from "../ledger/ledger.ts";
import type { Run } from "./run.ts";

// A ledger that was restored from a backup has lost the time between the copy and its restore, and the destinations have not. Whatever was sent in that
// time is applied there and unknown here. So an effect that this ledger takes for unsent may have been made, under the very key that it would get now:
// keys hold nothing but identity, effect and generation. Three kinds of records have such effects.
//
// - Records that the copy knows. Whatever was not known to be done has been in doubt since the copy. There is no end to that: however long such a
//   record has waited, what may have been sent in the lost time may have been sent.
// - Records that came in the lost time. This ledger does not know them; when they come again (a poll reads on from the cursor of the copy, a sender
//   sends once more) they are new to it and their effects may be there. Nobody can tell them from records that are new to everybody, so for a declared
//   time after the restore everything new counts as such. A day by default: what was acknowledged is not sent again by itself, polls read again at
//   once, and people who ask a sender to send again do so on that day. `waybill restore --trust-new` ends it.
// - Effects that a person has asked for anew in the lost time (a replay, a redo): asked for again, they get the same generation. Like the second kind.
//
// Doubt is then resolved as ever. `natural` effects are simply made: repeating them is harmless. `byKey` is repeated under the same key, within the
// destination's window, which counts from the copy; past it, it is looked up, or held. `byLookup` looks before the first send. `atMostOnce` is held.
// What is known since the restore (an attempt was made, a person said so) is known: its last send lies after it.

/** The effect as one in doubt, where it may have been made in time that this ledger has lost; undefined where it is certainly not applied. */
export function lostDoubt(run: Run, effect: StoredEffect): StoredEffect | undefined {
  if (effect.how === "natural") return undefined;
  const restores = run.shop.restores().filter((restore) => mayBeLost(run, effect, restore));
  if (restores.length === 0) return undefined;
  const copiedAtMs = Math.min(...restores.map((restore) => restore.copiedAtMs));
  const atMs = Math.max(...restores.map((restore) => restore.atMs));
  return { ...effect, state: "doubt", why: lostWhy(copiedAtMs, atMs), firstSentMs: copiedAtMs, lastSentMs: atMs };
}

function mayBeLost({ claimed, nowMs }: Run, effect: StoredEffect, restore: Restore): boolean {
  if (effect.lastSentMs > restore.atMs) return false;
  if (nowMs < restore.doubtNewUntilMs) return true;
  return claimed.receivedAtMs <= restore.atMs && effect.generation === 1;
}

const mark = "it may have been made between ";

/** Why it is in doubt: stands in the ledger, and before people. */
function lostWhy(copiedAtMs: number, atMs: number): string {
  const iso = (ms: number): string => new Date(ms).toISOString();
  return `${mark}${iso(copiedAtMs)}, when the copy was made, and ${iso(atMs)}, when it was restored`;
}

export function isLost(effect: StoredEffect): boolean {
  return effect.why?.startsWith(mark) === true;
}
