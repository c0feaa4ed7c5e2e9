import type { AnyChange, Read } from "../define/request.ts";
import type { Call } from "../define/source.ts";
import { WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { Outcome } from "../model/outcome.ts";
import type { CallerSpan } from "../model/tracing.ts";
import { enterTold } from "../systems/enter-told.ts";
import { limitedCall } from "../systems/limited-call.ts";
import { Deferred, type Permit, type Systems } from "../systems/port.ts";
import { following } from "../systems/redirect.ts";
import type { TenantRef } from "../systems/tenant-ref.ts";
import { sleep } from "../world/clock.ts";
import type { World } from "../world/transport.ts";
import type { RunDeadline } from "./run-deadline.ts";

/** A read that fails for now is tried so often in all, with growing pauses; then the run fails and comes again later. */
const triesMax = 4;
const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** A paused system may be resumed at any moment. */
const pausedLookMs = 250;
/** Longer waits are handed back to the caller as `Deferred`. */
const waitMsMax = 60_000;

/** The source whose code asks. */
export interface SourceAsking {
  readonly name: string;
  readonly tenant?: TenantRef | undefined;
  readonly deadline: RunDeadline;
  /** What its requests are a part of, where somebody records traces. */
  readonly span?: CallerSpan | undefined;
}

interface CallTools {
  readonly systems: Systems;
  readonly world: Pick<World, "clock" | "random">;
  readonly emit: Emit;
}

/**
 * `call` for a source's own code: requests that change nothing, through the limits and breaker of their system. What fails for now is tried again a few
 * times, as slowly as the system asks.
 *
 * @throws {WaybillError} `effect-misused` for a request that changes something, `unavailable` when it keeps failing, `effect-refused` when the
 * system refuses it for good.
 */
export function sourceCall(asker: SourceAsking, { systems, world, emit }: CallTools): Call {
  const { name: source, tenant, deadline, span } = asker;
  const { clock, random } = world;
  const { signal } = deadline;

  async function enter(change: AnyChange): Promise<Permit> {
    const { cost } = change;
    const asking = {
      tenant,
      record: source,
      waitMsMax,
      signal,
      from: { name: source, backfill: false },
      cost,
      call: () => limitedCall(change, source, undefined, tenant?.id),
    };
    const waiting = { for: source, tenant: tenant?.id, emit, clock };
    for (;;) {
      signal.throwIfAborted();
      try {
        return await deadline.waitInside(enterTold(systems, { ...waiting, system: change.system }, asking));
      } catch (error) {
        if (!(error instanceof Deferred)) throw error;
        const waitMs = Math.min(error.untilMs - clock.now(), error.paused ? pausedLookMs : Number.POSITIVE_INFINITY);
        await deadline.waitInside(sleep(clock, Math.max(1, waitMs), signal));
      }
    }
  }

  async function read(request: Read<unknown>): Promise<unknown> {
    const change = request as Read<unknown> & AnyChange;
    if (change?.kind !== "read" || change.how !== "http") {
      throw new WaybillError(
        "effect-misused",
        `call() in the fetch of ${source} takes a request that changes nothing.`,
        "Use get() or query() of a system.",
      );
    }
    const what = `${change.method} ${change.path} of ${change.system.name}`;
    const prepared = systems.prepare(change, "");
    for (let attempt = 1; ; attempt++) {
      const outcome = await following(async (at) => {
        for (;;) {
          const permit = await enter(change);
          const outcome = await systems.send(change, prepared, {
            call: { kind: "poll", what: source },
            span,
            tenant,
            signal,
            beforeSend: () => {
              signal.throwIfAborted();
              permit.check();
            },
            idempotencyKey: "",
            attempt,
            at,
          });
          if (permit.recalled === undefined) {
            permit.release(outcome);
            tell(change, attempt, outcome);
            return outcome;
          }
          // It never left, and waits like everybody else.
          permit.unsent();
        }
      });
      signal.throwIfAborted();
      if (outcome.name === "done" && outcome.unexpected === undefined) return outcome.value;
      if (isFinal(outcome) || attempt >= triesMax) throw failure(what, outcome);
      const told = "afterMs" in outcome ? outcome.afterMs : undefined;
      const ceilingMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1));
      await deadline.waitInside(sleep(clock, told ?? Math.ceil(ceilingMs * random.next()), signal));
    }
  }

  function tell(change: AnyChange, attempt: number, outcome: Outcome): void {
    emit({
      event: "source.called",
      source,
      tenant: tenant?.id ?? "",
      system: change.system.name,
      kind: "poll",
      attempt,
      outcome: outcome.name,
      why: outcome.name === "done" ? outcome.unexpected : outcome.why,
      durationMs: outcome.durationMs,
      status: outcome.answer?.status,
    });
  }

  return read as Call;
}

/** Asking again would give the same. */
function isFinal(outcome: Outcome): boolean {
  return outcome.name === "done" || outcome.name === "failed-permanent" || outcome.name === "unauthorized";
}

function failure(what: string, outcome: Outcome): WaybillError {
  if (outcome.name === "done") {
    return new WaybillError("unavailable", `${what} answered what was not expected: ${outcome.unexpected}`);
  }
  return new WaybillError(
    outcome.name === "failed-permanent" ? "effect-refused" : "unavailable",
    `${what}: ${outcome.why}`,
  );
}
