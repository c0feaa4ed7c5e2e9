import type { GatheredChange } from "../define/request.ts";
import type { SharedCall, StoredEffect } from "../ledger/ledger.ts";
import { decode } from "../model/codec.ts";
import { said } from "../model/errors.ts";
import type { StoredRequest } from "../systems/port.ts";
import { type PartOutcome, readPart, requestOf } from "./batch-part.ts";

// One item of a call that carries the effects of several records, as values: its request, and what an answer says of it.

/** An item's request: the item, its place, and the key of the call that carried it last. */
export function itemRequest(change: GatheredChange, text: string, in_?: { key: string; at: number }): StoredRequest {
  return {
    system: change.system.name,
    method: "PART",
    path: change.batch.name,
    query: [],
    headers:
      in_ === undefined
        ? []
        : [
            ["call-at", String(in_.at)],
            ["call-key", in_.key],
          ],
    body: { kind: "json", text },
    ...(change.undoable === undefined ? {} : { undo: change.undoable }),
  };
}

/** The call that carried an item last, and its place there. */
export function callOf(stored: StoredEffect): { readonly key: string; readonly at: number } | undefined {
  const { method, headers } = requestOf(stored);
  const header = (name: string): string | undefined => headers.find(([one]) => one === name)?.[1] as string | undefined;
  const key = header("call-key");
  return method !== "PART" || key === undefined ? undefined : { key, at: Number(header("call-at") ?? 0) };
}

export type ItemOutcome = PartOutcome | { readonly state: "doubt"; readonly why: string };

/** What an answer says of each item of a call, in the order of the call. */
export function readItems(
  { each, count }: GatheredChange["batch"],
  answer: unknown,
  items: readonly unknown[],
): readonly ItemOutcome[] {
  const tooMany = overCount(count, answer, items.length);
  return items.map((item, at) => tooMany ?? readItem(each, answer, item, at));
}

export function readItem(
  each: GatheredChange["batch"]["each"],
  answer: unknown,
  item: unknown,
  at: number,
): ItemOutcome {
  const read = readPart({ part: each, what: "each" }, answer, item, at, false);
  return read.state === "unspoken" ? { state: "doubt", why: `it was sent with others, and ${read.why}` } : read;
}

/** An answer that speaks of more items than were sent: whose is which, nobody can tell. */
function overCount(count: GatheredChange["batch"]["count"], answer: unknown, sent: number): ItemOutcome | undefined {
  try {
    const spokenOf = count?.(answer) ?? (Array.isArray(answer) ? answer.length : 0);
    if (!(spokenOf > sent)) return undefined;
    return { state: "doubt", why: `the answer to its call speaks of ${spokenOf} items, and ${sent} were sent` };
  } catch (error) {
    return { state: "unexpected", why: `count() threw: ${said(error)}` };
  }
}

/** What the stored answer of a call says of one of its items; undefined when it was not answered whole. */
export function readStored(change: GatheredChange, call: SharedCall, at: number): ItemOutcome | undefined {
  if (call.state === "void") return { state: "not-applied", why: call.why ?? "its call was not applied", afterMs: 0 };
  if (call.state !== "done") return undefined;
  if (call.result === undefined)
    return { state: "unexpected", why: call.why ?? "the answer to its call breaks expect" };
  const answer = decode(call.result);
  const sent = (JSON.parse(call.request) as StoredRequest).parts?.length ?? 0;
  return overCount(change.batch.count, answer, sent) ?? readItem(change.batch.each, answer, change.item, at);
}
