import type { AnyChange, GatheredChange } from "../define/request.ts";
import type { SharedCall, StoredEffect } from "../ledger/ledger.ts";
import { encode } from "../model/codec.ts";
import { said, WaybillError } from "../model/errors.ts";
import { sharedKey } from "../model/identity.ts";
import type { Outcome } from "../model/outcome.ts";
import { type AttemptSpan, during } from "../model/tracing.ts";
import { enterTold } from "../systems/enter-told.ts";
import { limitedCall } from "../systems/limited-call.ts";
import { Deferred, type Permit, type StoredRequest } from "../systems/port.ts";
import { callOf, reportAttempt, waitMsMax } from "./call.ts";
import type { Run, Workshop } from "./run.ts";
import { itemRequest } from "./shared-item.ts";

// One call that carries the effects of several records, step by step: built from their items, let in by its system, written down together with the
// intents of all of them, sent, and judged. What follows for each record is told in gather.ts.

/** The effect of one record, on its way into a call. */
export interface Member {
  readonly run: Run;
  readonly change: GatheredChange;
  /** The item as JSON. */
  readonly text: string;
  effect: StoredEffect;
}

export interface Built {
  readonly change: AnyChange;
  readonly key: string;
  readonly request: StoredRequest;
}

/** The call for these members, as their batch makes it. @throws what `send` throws, and `effect-misused` when it makes no call. */
export function build(members: readonly Member[]): Built {
  const [first] = members as readonly [Member];
  const change = callMadeBy(
    first.change,
    members.map((member) => member.change.item),
  );
  const { systems } = first.run.shop;
  const key = sharedKey(
    first.change.system.name,
    first.change.batch.name,
    members.map(({ effect }) => effect.idempotencyKey),
  );
  const parts = members.map(({ run, effect }) => `${run.claimed.record} ${effect.name}`);
  return { change, key, request: { ...systems.prepare(change, key), parts } };
}

/** What `send` makes of some items, checked. */
export function callMadeBy({ system, batch }: GatheredChange, items: readonly unknown[]): AnyChange {
  const change = batch.send(items) as AnyChange | undefined;
  const misused = (what: string, hint: string): WaybillError =>
    new WaybillError("effect-misused", `The batch "${batch.name}" of "${system.name}": send ${what}.`, hint);
  if (typeof change !== "object" || change === null || change.kind !== "change")
    throw misused("makes no change", 'Return what a system makes, such as books.post("/invoices/batch", { … }).');
  if (change.system?.name !== system.name)
    throw misused(`makes a change of "${change.system?.name}"`, `Declare the batch with that system.`);
  if (change.confirming !== undefined)
    throw misused("makes a change that is confirmed", "A job is confirmed by an effect of its own.");
  const { idempotency } = change;
  if (idempotency.how === "byLookup" || (idempotency.how === "byKey" && idempotency.after !== undefined))
    throw misused(
      "looks up the whole call",
      'Let each item be looked up: effect("name", batch(item, { lookup: byLookup(…) })); and send with byKey() or atMostOnce.',
    );
  return change;
}

/** Lets one call through its system's limits, for all that it carries. */
export async function enterShared(shop: Workshop, change: AnyChange, of: Member, signal: AbortSignal): Promise<Permit> {
  const { run } = of;
  const { emit, world } = shop;
  const waiting = { for: run.claimed.record, system: change.system, tenant: run.tenant?.id, emit, clock: world.clock };
  return enterTold(shop.systems, waiting, {
    tenant: run.tenant,
    record: run.claimed.record,
    waitMsMax,
    signal,
    from: run.from,
    cost: change.cost,
    call: () => limitedCall(change, run.claimed.integration, run.content, run.tenant?.id),
  });
}

export function isDeferred(error: unknown): error is Deferred {
  return error instanceof Deferred;
}

/** The members as they are once the intent of their call is on disk. */
export function intended(members: readonly Member[], { change, key }: Built, nowMs: number): readonly StoredEffect[] {
  return members.map(({ change: own, text, effect, run }, at) => ({
    ...effect,
    state: "intended",
    how: change.idempotency.how,
    request: JSON.stringify(itemRequest(own, text, { key, at })),
    release: run.release,
    result: undefined,
    answer: undefined,
    firstSentMs: effect.firstSentMs === 0 ? nowMs : effect.firstSentMs,
    lastSentMs: nowMs + run.shop.systems.requestMsMax(change),
    attempts: effect.attempts + 1,
  }));
}

/** The call as it stands on disk from before it leaves. */
export function intentOf(shop: Workshop, { change, key, request }: Built, members: readonly Member[]): SharedCall {
  const nowMs = shop.ages.now();
  return {
    key,
    request: JSON.stringify(request),
    state: "doubt",
    how: change.idempotency.how,
    result: undefined,
    answer: undefined,
    why: undefined,
    firstSentMs: nowMs,
    lastSentMs: nowMs + shop.systems.requestMsMax(change),
    records: [...new Set(members.map(({ run }) => run.claimed.record))],
  };
}

/** Sends a call once. No member may have been revoked in the tick that writes to the socket. */
export function sendShared(
  shop: Workshop,
  built: Built,
  members: readonly Member[],
  permit: Permit,
  signal: AbortSignal,
  attempt: { readonly number: number; readonly afterDoubt: boolean },
): Promise<Outcome> {
  const span = spanOf(members, attempt);
  if (span === undefined) return sendOnce(shop, built, members, permit, signal, attempt, undefined);
  return during(span, () => sendOnce(shop, built, members, permit, signal, attempt, span));
}

/** It stands below the run of the first record, and is linked to those of the others. */
function spanOf(
  [first, ...others]: readonly Member[],
  { number, afterDoubt }: { readonly number: number; readonly afterDoubt: boolean },
): AttemptSpan | undefined {
  if (first?.run.span === undefined) return undefined;
  const { system, batch } = first.change;
  const told = { effect: `batch ${batch.name}`, system: system.name, attempt: number, inDoubt: afterDoubt };
  const runs = new Set(others.flatMap(({ run }) => (run === first.run ? [] : (run.span ?? []))));
  return first.run.span.attempt({ ...told, carries: others.length + 1 }, [...runs]);
}

async function sendOnce(
  shop: Workshop,
  { change, key, request }: Built,
  members: readonly Member[],
  permit: Permit,
  signal: AbortSignal,
  attempt: { readonly number: number; readonly afterDoubt: boolean },
  span: AttemptSpan | undefined,
): Promise<Outcome> {
  const [first] = members as readonly [Member];
  const options = {
    // What it carries is named in the request.
    call: callOf(first.run, "batch", first.change.batch.name),
    span,
    // They are all of one book, and so of one tenant.
    tenant: first.run.tenant,
    signal,
    beforeSend: () => {
      for (const { run } of members) run.handle.check();
      permit.check();
    },
    idempotencyKey: key,
    attempt: attempt.number,
    afterDoubt: attempt.afterDoubt,
  };
  shop.world.passing("before-send");
  const outcome = await (change.how === "http"
    ? shop.systems.send(change, request, options)
    : shop.systems.perform(change, request, options));
  shop.world.passing("after-answer");
  span?.came(outcome.name);
  if (permit.recalled !== undefined) {
    permit.unsent();
    return outcome;
  }
  permit.release(outcome);
  if (permit.free) for (const { run } of members) run.probed = true;
  const effect = `batch "${first.change.batch.name}"`;
  reportAttempt(first.run, { effect, kind: "batch", attempt: attempt.number, system: change.system.name }, outcome);
  return outcome;
}

const replayMark = "the destination replays a stored failure";

/** Whether repeating a call under its key can tell anything. */
export function replaysFailure(call: SharedCall): boolean {
  return call.why?.startsWith(replayMark) === true;
}

/** The call after an outcome that leaves it in doubt, or answers it whole. */
export function callAfter(call: SharedCall, outcome: Outcome): SharedCall {
  if (outcome.name === "done") {
    const { value, unexpected, answer } = outcome;
    const text = JSON.stringify({ status: answer?.status, text: answer?.text?.slice(0, 1_000_000) });
    if (unexpected !== undefined) return { ...call, state: "done", result: undefined, answer: text, why: unexpected };
    try {
      return { ...call, state: "done", result: encode(value), why: undefined };
    } catch (error) {
      return { ...call, state: "done", result: undefined, answer: text, why: said(error) };
    }
  }
  const replayed = outcome.name === "in-doubt" && outcome.replayedFailure === true;
  return { ...call, why: replayed ? `${replayMark}: ${outcome.why}` : outcome.why };
}

/** How many items a stored effect went with. */
export function sizeOf(call: SharedCall): number {
  return (JSON.parse(call.request) as StoredRequest).parts?.length ?? 1;
}
