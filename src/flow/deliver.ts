import type { Batch, Delivery } from "../define/integration.ts";
import { said } from "../model/errors.ts";
import { uuidOf } from "../model/identity.ts";
import { makeEffects } from "./batch.ts";
import { makeCall } from "./call.ts";
import { makeEffect } from "./effect.ts";
import { isGathered, makeMember } from "./member.ts";
import { ObservedPromise } from "./observed.ts";
import type { Run } from "./run.ts";
import type { Ending } from "./settle.ts";
import { Halt } from "./verdict.ts";

/** Runs the user's `deliver`, waits for everything that it left under way, and gathers how it ended. */
export async function deliver(run: Run, record: unknown): Promise<Ending> {
  run.content = record;
  const refusals: { readonly promise: ObservedPromise<unknown>; why: string | undefined }[] = [];
  const tools = toolsFor(run, refusals);
  let thrown: { readonly error: unknown } | undefined;
  // A run that was revoked is not waited for: its effects are aborted, and what user code does from now on is refused.
  const revoked = new Promise<void>((resolve) => {
    if (run.handle.revoked) resolve();
    else run.handle.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const delivered = (async () => run.definition.deliver(record, tools))().catch((error: unknown) => {
    thrown = { error };
  });
  await Promise.race([delivered, revoked]);
  run.end();
  while (run.underWay.size > 0) await Promise.allSettled([...run.underWay]);
  const entityEffects = [...((await run.entityEffectsSeen())?.values() ?? [])].filter((effect) =>
    run.asked.has(effect.name),
  );
  dropUnasked(run);
  if (run.handle.revoked && run.verdicts.length === 0) {
    run.pronounce({ kind: "deferred", untilMs: run.nowMs, why: "Waybill is stopping" });
  }
  const { claimed, definition, shop } = run;
  return {
    thrown,
    verdicts: run.verdicts,
    effects: [...run.effects.values(), ...entityEffects.filter((effect) => effect.madeBy === claimed.record)],
    asked: run.asked,
    unseenRefusal: refusals.find((refusal) => refusal.why !== undefined && !refusal.promise.observed)?.why,
    attemptsBefore: claimed.attempts,
    spentBeforeMs: claimed.spentMs,
    runMs: Math.round(run.handle.spentMs()),
    nowMs: run.nowMs,
    chance: shop.world.random.next(),
    plan: definition.retry,
    strict: definition.order === "strict",
    probed: run.probed,
  };
}

function toolsFor(run: Run, refusals: { promise: ObservedPromise<unknown>; why: string | undefined }[]): Delivery {
  const { claimed } = run;
  const watched = <T>(what: string, work: Promise<unknown>): Promise<T> => {
    const promise = ObservedPromise.of(run.follow(lateReported(run, what, work))) as ObservedPromise<T>;
    const refusal: { promise: ObservedPromise<unknown>; why: string | undefined } = { promise, why: undefined };
    Promise.prototype.then.call(promise, undefined, (error: unknown) => {
      refusal.why = error instanceof Halt && error.verdict.kind !== "refused" ? undefined : said(error);
    });
    refusals.push(refusal);
    return promise;
  };
  return {
    tenant: run.tenantValue,
    effect: (name, change, options) =>
      watched(
        `effect "${name}"`,
        isGathered(change) ? makeMember(run, name, change, options) : makeEffect(run, name, change, options),
      ),
    effects: (name, items, batch) =>
      watched(`effects "${name}"`, makeEffects(run, name, items, batch as unknown as Batch<unknown, unknown, unknown>)),
    call: (read) => ObservedPromise.of(run.follow(lateReported(run, "call", makeCall(run, read)))) as never,
    now: () => claimed.receivedAtMs,
    uuid: (name) => uuidOf(claimed.integration, claimed.tenant, claimed.id + (claimed.salt ?? ""), name),
    get signal() {
      return run.handle.signal;
    },
    record: claimed.record,
    run: claimed.attempts + 1,
  };
}

/** What a run does after its end is refused, and somebody should know. */
function lateReported<T>(run: Run, what: string, work: Promise<T>): Promise<T> {
  if (run.ended || run.handle.revoked) run.shop.emit({ event: "run.late", ...run.of, what });
  return work;
}

/** A stored effect that was certainly not applied and that the code no longer asks for is forgotten. */
function dropUnasked(run: Run): void {
  if (run.handle.revoked || run.verdicts.length > 0 || run.claimed.undoing) return;
  for (const effect of run.effects.values()) {
    if (effect.state !== "not-applied" || run.asked.has(effect.name)) continue;
    run.effects.delete(effect.name);
    run.writer.note({ entity: undefined, effect: undefined, name: effect.name });
  }
}
