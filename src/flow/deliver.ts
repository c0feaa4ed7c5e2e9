import type { Definition, Delivery } from "../define/integration.ts";
import type { Claimed, Settlement } from "../ledger/ledger.ts";
import { canonicalJson } from "../model/canonical.ts";
import { decode } from "../model/codec.ts";
import { said } from "../model/errors.ts";
import { digest, uuidOf } from "../model/identity.ts";
import { type Cause, mayMove, type State } from "../model/record.ts";
import { makeCall } from "./call.ts";
import { makeEffect } from "./effect.ts";
import { ObservedPromise } from "./observed.ts";
import { loadNotice, readAgain, settledEarly } from "./reread.ts";
import { Run, type Workshop } from "./run.ts";
import { type Decided, settle } from "./settle.ts";
import { mayBeApplied } from "./step.ts";
import { Halt } from "./verdict.ts";

/** Where a record went after its turn. */
export interface Settled {
  readonly state: State;
  readonly cause: Cause | undefined;
  readonly nextAtMs: number | undefined;
}

export interface Turn {
  readonly claimed: Claimed;
  readonly definition: Definition;
  /** Names this version of the code. */
  readonly release: string;
}

/** One turn of one record: from the worker's hands to a settled state in the ledger. */
export async function takeTurn(shop: Workshop, turn: Turn, onRun: (run: Run) => void): Promise<Settled> {
  const run = new Run(shop, turn.claimed, turn.definition, turn.release);
  onRun(run);
  try {
    const early = await beforeDelivery(run);
    if ("settlement" in early) return await conclude(run, early.settlement);
    const ending = await runDeliver(run, early.record);
    return await conclude(run, { ...ending, memory: memoryOf(run, ending, early.changed), identity: undefined });
  } finally {
    run.handle.close();
  }
}

type Ready = { readonly record: unknown; readonly changed: Uint8Array | undefined };

/** What may settle a record before `deliver` is asked: a newer version, a changed contract, nothing changed. */
async function beforeDelivery(run: Run): Promise<Ready | { readonly settlement: Settlement }> {
  const { claimed, definition } = run;
  if (claimed.loading) return { settlement: await loadNotice(run) };
  if (claimed.overtaken) {
    return { settlement: settledEarly(run, "superseded", "newer-version", "a newer version of its entity has come") };
  }
  let content: unknown;
  if (claimed.contract !== run.release && !begun(claimed)) {
    const again = await readAgain(run);
    if ("settlement" in again) return again;
    content = again.content;
  } else {
    content = decode(claimed.content);
  }
  if (definition.changedOnly === undefined) return { record: content, changed: undefined };
  let changed: Uint8Array;
  try {
    changed = digest(canonicalJson(definition.changedOnly(content)));
  } catch (error) {
    return { settlement: settledEarly(run, "dead", "permanent", `changedOnly threw: ${said(error)}`) };
  }
  const { memory } = claimed;
  if (
    memory?.fingerprint !== undefined &&
    !memory.begun &&
    Buffer.compare(memory.fingerprint, changed) === 0 &&
    !begun(claimed)
  ) {
    return { settlement: settledEarly(run, "filtered", "unchanged", "nothing that is sent has changed") };
  }
  if (memory?.begun !== true) await run.writer.beginEntity(run.entity);
  return { record: content, changed };
}

function begun(claimed: Claimed): boolean {
  return claimed.effects.some(mayBeApplied);
}

/** Runs the user's `deliver`, waits for everything that it left under way, and decides. */
async function runDeliver(run: Run, record: unknown): Promise<Decided> {
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
  return settle({
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
  });
}

function toolsFor(run: Run, refusals: { promise: ObservedPromise<unknown>; why: string | undefined }[]): Delivery {
  const { claimed } = run;
  return {
    effect<T>(
      name: string,
      change: Parameters<Delivery["effect"]>[1],
      options?: Parameters<Delivery["effect"]>[2],
    ): Promise<T> {
      const promise = ObservedPromise.of(
        run.follow(lateReported(run, `effect "${name}"`, makeEffect(run, name, change, options))),
      ) as ObservedPromise<T>;
      const refusal: { promise: ObservedPromise<unknown>; why: string | undefined } = { promise, why: undefined };
      Promise.prototype.then.call(promise, undefined, (error: unknown) => {
        refusal.why = error instanceof Halt && error.verdict.kind !== "refused" ? undefined : said(error);
      });
      refusals.push(refusal);
      return promise;
    },
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
  if (run.handle.revoked || run.verdicts.length > 0) return;
  for (const effect of run.effects.values()) {
    if (effect.state !== "not-applied" || run.asked.has(effect.name)) continue;
    run.effects.delete(effect.name);
    run.writer.note({ entity: undefined, effect: undefined, name: effect.name });
  }
}

function memoryOf(run: Run, decided: Decided, changed: Uint8Array | undefined): Settlement["memory"] {
  const { claimed, definition } = run;
  if (decided.to !== "delivered" || (!definition.latestOnly && changed === undefined)) return undefined;
  return { entity: run.entity, fingerprint: changed, version: claimed.version };
}

async function conclude(run: Run, settlement: Settlement): Promise<Settled> {
  const { shop, claimed } = run;
  shop.world.passing("before-settlement");
  if (!mayMove("delivering", settlement.to)) throw new Error(`A run may not end as ${settlement.to}.`);
  if (settlement.to === "held" || settlement.to === "dead") {
    run.writer.note(undefined, {
      atMs: settlement.atMs,
      what: settlement.to,
      actor: undefined,
      detail: JSON.stringify({ cause: settlement.cause, reason: settlement.reason }),
    });
  }
  const settledAs = (await run.writer.settle(settlement)) ?? { state: settlement.to, cause: settlement.cause };
  for (const effect of run.effects.values()) shop.sentHere.delete(effect.idempotencyKey);
  for (const effect of (await run.entityEffectsSeen())?.values() ?? []) shop.sentHere.delete(effect.idempotencyKey);
  const nextAtMs = settledAs.state === "waiting" ? settlement.nextAtMs : undefined;
  shop.emit({
    event: "record.settled",
    integration: claimed.integration,
    tenant: claimed.tenant,
    record: claimed.record,
    state: settledAs.state,
    cause: settledAs.cause,
    reason: settlement.reason,
    nextAtMs,
    durationMs: Math.round(run.handle.spentMs()),
  });
  return { state: settledAs.state, cause: settledAs.cause, nextAtMs };
}
