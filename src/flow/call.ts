import type { AnyChange, HttpChange, Read } from "../define/request.ts";
import type { CallKind } from "../model/call.ts";
import { WaybillError } from "../model/errors.ts";
import type { WaybillEvent } from "../model/events.ts";
import type { Outcome } from "../model/outcome.ts";
import { enterTold } from "../systems/enter-told.ts";
import { limitedCall } from "../systems/limited-call.ts";
import { type CallOf, Deferred, type EnterOptions, type Permit } from "../systems/port.ts";
import { following } from "../systems/redirect.ts";
import type { Run } from "./run.ts";
import type { Verdict } from "./verdict.ts";
import { Halt } from "./verdict.ts";

/** The longest a run holds its slot while it waits for a limit, a breaker or a stop. */
export const waitMsMax = 1_000;

/** Lets one request of this run through the system's limits, or gives the slot back. */
export async function enter(run: Run, change: AnyChange, options?: Pick<EnterOptions, "lapsesAtMs">): Promise<Permit> {
  const { emit, world } = run.shop;
  const waiting = { for: run.claimed.record, system: change.system, tenant: run.tenant?.id, emit, clock: world.clock };
  try {
    return await run.handle.waitInside(
      enterTold(run.shop.systems, waiting, {
        tenant: run.tenant,
        record: run.claimed.record,
        waitMsMax,
        signal: run.handle.signal,
        lapsesAtMs: options?.lapsesAtMs,
        from: run.from,
        cost: change.cost,
        call: () => limitedCall(change, run.claimed.integration, run.content, run.tenant?.id),
      }),
    );
  } catch (error) {
    if (!(error instanceof Deferred)) throw error;
    throw run.halt({ kind: "deferred", untilMs: error.untilMs, why: error.message }, error.message);
  }
}

/** The last look before bytes leave. */
export function onItsWay(run: Run, permit: Permit): void {
  run.handle.check();
  permit.check();
}

/** Its permit was called back before the request left: the record waits, uncounted, as if it had not been let in. */
export function haltRecalled(run: Run, permit: Permit): void {
  if (permit.recalled === undefined) return;
  permit.unsent();
  const { untilMs, message } = permit.recalled;
  throw run.halt({ kind: "deferred", untilMs, why: message }, message);
}

/** `call`: a request that changes nothing. User code may catch its failures and go on; only a wait inside Waybill ends the run regardless. */
export async function makeCall(run: Run, read: Read<unknown>): Promise<unknown> {
  run.handle.check();
  const change = read as Read<unknown> & AnyChange;
  if (change?.kind !== "read" || change.how !== "http") {
    throw new WaybillError(
      "effect-misused",
      `call() in "${run.claimed.integration}" takes a request that changes nothing.`,
      'Use get() or query(), or make the change with effect("name", …).',
    );
  }
  const outcome = await readOut(run, change, `call ${change.method} ${change.path}`);
  run.handle.check();
  if (outcome.name === "done" && outcome.unexpected === undefined) return outcome.value;
  throw callFailed(`${change.method} ${change.path} of ${change.system.name}`, outcome);
}

/** Sends a read once, and on to where its answers lead within its host: each step with a permit of its own. */
export function readOut(run: Run, change: HttpChange, what: string): Promise<Outcome> {
  const { systems } = run.shop;
  const request = systems.prepare(change, "");
  return following(async (at) => {
    const permit = await enter(run, change);
    const outcome = await systems.send(change, request, {
      call: callOf(run, "read", what),
      span: run.span,
      tenant: run.tenant,
      signal: run.handle.signal,
      beforeSend: () => onItsWay(run, permit),
      idempotencyKey: "",
      attempt: 1,
      at,
    });
    haltRecalled(run, permit);
    permit.release(outcome);
    if (permit.free) run.probed = true;
    reportAttempt(run, { effect: what, kind: "read", attempt: 1, system: change.system.name }, outcome);
    return outcome;
  });
}

function callFailed(what: string, outcome: Outcome): Halt {
  if (outcome.name === "done") {
    const why = `${what} answered what was not expected: ${outcome.unexpected}`;
    return new Halt("unavailable", why, { kind: "retry", why });
  }
  const why = `${what}: ${outcome.why}`;
  const verdict: Verdict =
    outcome.name === "failed-permanent" ? { kind: "refused", why } : { kind: "retry", why, ...theirWait(outcome) };
  return new Halt(verdict.kind === "refused" ? "effect-refused" : "unavailable", why, verdict);
}

/** How long the destination itself asked us to wait. */
export function theirWait(outcome: Outcome): { afterMs?: number } {
  return "afterMs" in outcome && outcome.afterMs !== undefined ? { afterMs: outcome.afterMs } : {};
}

/** Whose call it is, as the log of calls has it. */
export function callOf({ claimed }: Run, kind: CallKind, what: string): CallOf {
  return { kind, what, integration: claimed.integration, records: [claimed.record] };
}

/** What was tried: an effect, or what the code asked for. */
export type Tried = Pick<Extract<WaybillEvent, { event: "attempt" }>, "effect" | "kind" | "attempt" | "system">;

export function reportAttempt(run: Run, tried: Tried, outcome: Outcome): void {
  const { integration, tenant, record } = run.claimed;
  run.shop.emit({
    event: "attempt",
    integration,
    tenant,
    record,
    effect: tried.effect,
    kind: tried.kind,
    attempt: tried.attempt,
    system: tried.system,
    outcome: outcome.name,
    why: outcome.name === "done" ? outcome.unexpected : outcome.why,
    durationMs: outcome.durationMs,
    status: outcome.answer?.status,
  });
}
