import type { ByKey, ByLookup, Natural } from "../define/idempotency.ts";
import type { HttpChange } from "../define/request.ts";
import { durationText } from "../model/duration.ts";
import type { Outcome } from "../model/outcome.ts";
import type { StoredRequest } from "../systems/port.ts";
import { sleep } from "../world/clock.ts";
import { type Answered, sentText, untilAnswered } from "./answered.ts";
import { likenessOf, nameOf } from "./likeness.ts";
import { type Look, watchLookup } from "./lookup.ts";
import type { Check } from "./report.ts";
import type { Sandbox } from "./sandbox.ts";

// One effect, made in the sandbox as often as its declaration says that it may be made, and what that shows. The first answer is the effect's own: the code
// goes on with it.

/** What is found, without whose effect it is. */
export type Found = Omit<Check, "integration" | "effect" | "request">;

export interface ProbeOptions {
  readonly sandbox: Sandbox;
  readonly change: HttpChange;
  readonly key: string;
  /** Finds what was made: that of its idempotency, or of the item that it carries. */
  readonly lookup: ByLookup<unknown> | undefined;
  readonly look: Look;
  /** The record is a new one, so nothing of it can be there before. */
  readonly isNew: boolean;
  readonly patienceMs: number;
  readonly note: (found: Found) => void;
}

/** Sends an effect, and what its declaration says may be sent again. Answers what the first came to. */
export async function probe(options: ProbeOptions): Promise<Outcome> {
  const { sandbox, change, key, lookup, note } = options;
  if (change.kind === "read") return sandbox.read(change);
  const stored = sandbox.prepare(change, key);
  const looked = lookup === undefined || !(await findsNothing(options, lookup)) ? undefined : lookup;
  const first = await asked(options, stored);
  const { outcome } = first;
  if (outcome.name !== "done") {
    note({ declared: howText(change), ...notDone(first) });
    return outcome;
  }
  if (outcome.unexpected !== undefined)
    note({
      declared: "expect",
      verdict: "contradicted",
      seen: `it was done, and its answer is not as expected: ${outcome.unexpected}`,
    });
  const seen = looked === undefined ? undefined : await seenBy(options, looked, first);
  await repeatIt(options, stored, first, seen === true ? looked : undefined);
  assume(options);
  return outcome;
}

/** Sends it, and again where its answer is lost and it is declared that this is harmless. */
async function asked({ sandbox, change, key }: ProbeOptions, stored: StoredRequest, before = false): Promise<Answered> {
  const send = (again: boolean): Promise<Outcome> => sandbox.send(change, stored, { key, again: again || before });
  if (repeats(change)) return untilAnswered(send, sandbox.clock);
  const outcome = await send(false);
  return { outcome, asked: 1, lost: outcome.name === "in-doubt" ? [outcome.why] : [] };
}

const repeats = ({ idempotency: { how } }: HttpChange): boolean => how === "byKey" || how === "natural";

function notDone({ outcome, asked: times, lost }: Answered): Pick<Found, "verdict" | "seen" | "unanswered"> {
  const why = outcome.name === "done" ? "" : outcome.why;
  const verdict = "unchecked";
  if (outcome.name === "in-doubt")
    return {
      verdict,
      seen: `${sentText(times, [])}, and whether it was done no answer tells: ${why}`,
      unanswered: true,
    };
  if (lost.length === 0) return { verdict, seen: `it was not done, so nothing could be repeated: ${why}` };
  return { verdict, seen: `${sentText(times, lost)}, and then not done: ${why}; whether it was before, nobody knows` };
}

/** Sends it again, where it is declared that this is harmless, and compares the answers. What they do not tell, a lookup may count. */
async function repeatIt(
  options: ProbeOptions,
  stored: StoredRequest,
  first: Answered,
  lookup: ByLookup<unknown> | undefined,
): Promise<void> {
  const { change, note } = options;
  const { idempotency, method } = change;
  if (idempotency.how !== "byKey" && idempotency.how !== "natural") return;
  const declared = howText(change);
  const second = await asked(options, stored, true);
  const [one, two] = [first.outcome, second.outcome];
  if (two.name !== "done") return note({ declared, ...refusedRepeat(idempotency, two, second) });
  const likeness = likenessOf(one.answer, two.answer, stored);
  const lost = [...first.lost, ...second.lost];
  const sent = sentText(first.asked + second.asked, lost);
  const answered = `${sent}, answered ${one.answer?.status} and ${two.answer?.status}`;
  if (likeness.kind === "other") {
    const made = lost.length === 0 ? "made twice" : "made more than once";
    return note({ declared, verdict: "contradicted", seen: `${sent}, and ${made}: ${likeness.why}` });
  }
  if (lookup !== undefined) {
    const count = await countedBy(options, lookup, likeness.kind === "silent");
    if (count !== undefined && count > 1)
      return note({ declared, verdict: "contradicted", seen: `${sent}, and its lookup finds ${count}` });
    if (count === 1) return note({ declared, verdict: "holds", seen: `${answered}, and its lookup finds one` });
  }
  if (likeness.kind === "same") return note({ declared, verdict: "holds", seen: `${answered}, ${likeness.why}` });
  // What a DELETE takes away has no name any more, and a PUT names its thing itself.
  const named = idempotency.how === "natural" && (method === "PUT" || method === "DELETE");
  if (named) return note({ declared, verdict: "holds", seen: answered });
  note({ declared, verdict: "assumed", seen: `${answered}, and ${likeness.why}` });
}

/** @param late only the count can tell, so it is taken when `visibleAfter` is over, or not at all where that is too long. */
async function countedBy({ sandbox, look, patienceMs }: ProbeOptions, lookup: ByLookup<unknown>, late: boolean) {
  if (late && lookup.visibleAfterMs > patienceMs) return undefined;
  if (late) await sleep(sandbox.clock, lookup.visibleAfterMs);
  const looked = await look(lookup);
  return looked.kind === "looked" ? looked.found.length : undefined;
}

type Done = Extract<Outcome, { name: "done" }>;

function refusedRepeat(
  { how }: ByKey<unknown> | Natural,
  two: Exclude<Outcome, Done>,
  { asked: times }: Answered,
): Pick<Found, "verdict" | "seen" | "unanswered"> {
  const refused = two.name === "failed-permanent" || (two.name === "in-doubt" && two.keyInFlight === true);
  if (two.name === "in-doubt" && !refused) {
    const seen = `it was done, and its repeat, ${sentText(times, [])}, got no answer that tells: ${two.why}`;
    return { verdict: "unchecked", seen, unanswered: true };
  }
  if (!refused) return { verdict: "unchecked", seen: `its repeat was not answered well: ${two.why}` };
  const then =
    how === "natural"
      ? "sent again after a lost answer, it would count as refused though it was done"
      : "after a lost answer nobody would learn what came of it";
  return { verdict: "contradicted", seen: `its repeat was refused: ${two.why}; ${then}` };
}

/** Looks before anything is sent. Whether what is found afterwards says anything. */
async function findsNothing({ look, isNew, note }: ProbeOptions, lookup: ByLookup<unknown>): Promise<boolean> {
  const before = await look(lookup);
  const declared = "byLookup(find)";
  switch (before.kind) {
    case "elsewhere":
      note({ declared, verdict: "unchecked", seen: `it asks ${before.what}, to which nothing is sent` });
      return false;
    case "failed": {
      const hint = before.refused ? "; where a 404 means that nothing is there, say orAbsent" : "";
      note({
        declared,
        verdict: before.refused ? "contradicted" : "unchecked",
        seen: `it failed before anything was sent: ${before.why}${hint}`,
      });
      return false;
    }
    case "looked": {
      if (before.found.length === 0) return true;
      const seen = isNew
        ? "it finds something before anything was sent, so it does not tell this effect from others"
        : "it finds something before anything was sent: give a sample that the sandbox has not seen";
      note({ declared, verdict: isNew ? "contradicted" : "unchecked", seen });
      return false;
    }
  }
}

/** Watches a lookup until it sees what was made. Whether it finds that, and nothing else. */
async function seenBy(options: ProbeOptions, lookup: ByLookup<unknown>, { outcome, lost }: Answered): Promise<boolean> {
  const { sandbox, look, note, patienceMs } = options;
  const { clock } = sandbox;
  const sinceMs = clock.monotonic();
  const declaredMs = lookup.visibleAfterMs;
  const declared = `visibleAfter ${durationText(declaredMs)}`;
  const { last, seenMs, late } = await watchLookup(look, lookup, { clock, sinceMs, patienceMs });
  if (last.kind !== "looked") {
    const seen = `its lookup failed after the effect was made: ${last.kind === "failed" ? last.why : last.what}`;
    note({ declared, verdict: "unchecked", seen });
    return false;
  }
  if (seenMs === undefined) {
    const waited = durationText(Math.round(clock.monotonic() - sinceMs));
    const more = late ? "" : ", which is as long as was waited";
    note({
      declared,
      verdict: late ? "contradicted" : "assumed",
      seen: `not found after ${waited}${more}`,
      declaredMs,
    });
    return false;
  }
  // What a lost answer spoke of was made earlier: then it was there for longer before it was looked for, and nobody knows how long.
  const early = lost.length > 0 ? "; an answer was lost before, so it may have taken longer" : "";
  const found = `found ${seenMs} ms after its answer${early}`;
  note({
    declared,
    verdict: late ? "contradicted" : lost.length > 0 ? "assumed" : "holds",
    seen: late ? `still not found when that was over; ${found}` : found,
    measuredMs: seenMs,
    declaredMs,
  });
  return isTheOne(options, last.found, outcome);
}

/** Whether what a lookup found is what was made, and nothing else. */
function isTheOne({ change, note }: ProbeOptions, found: readonly unknown[], first: Outcome): boolean {
  const declared = "byLookup(find)";
  if (found.length !== 1) {
    note({ declared, verdict: "contradicted", seen: `it finds ${found.length} where one was made` });
    return false;
  }
  const [made, name] = [nameOf(first.name === "done" ? first.value : undefined), nameOf(found[0])];
  if (made !== undefined && name !== undefined && made !== name) {
    note({ declared, verdict: "contradicted", seen: `it finds ${name} where ${made} was made` });
    return false;
  }
  if (change.idempotency.how !== "byKey") {
    const which = made === undefined || name === undefined ? "" : `, ${name}`;
    note({ declared, verdict: "holds", seen: `it found nothing before and one thing after${which}` });
  }
  return true;
}

/** What no test of a few seconds can tell. */
function assume({ change, lookup, note, sandbox }: ProbeOptions): void {
  const { idempotency } = change;
  const { name } = sandbox.system;
  if (idempotency.how === "byKey")
    note({
      declared: `window ${durationText(idempotency.windowMs)}`,
      verdict: "assumed",
      seen: `that "${name}" remembers a key for so long`,
    });
  if (idempotency.how === "atMostOnce" && lookup === undefined)
    note({
      declared: "atMostOnce",
      verdict: "assumed",
      seen: "nothing: it was sent once, and a lost answer is held for a person",
    });
}

function howText({ idempotency }: HttpChange): string {
  switch (idempotency.how) {
    case "byKey":
      return `byKey(${keyPlace(idempotency)})`;
    case "byLookup":
      return "byLookup(find)";
    default:
      return idempotency.how;
  }
}

function keyPlace({ header, query, body }: ByKey<unknown>): string {
  if (query !== undefined) return `query ${query}`;
  if (body !== undefined) return `body ${body}`;
  return header ?? "Idempotency-Key";
}
