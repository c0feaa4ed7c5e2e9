import type { Tracer } from "@opentelemetry/api";
import { parseTraceparent } from "../../model/traceparent.ts";
import type { AttemptSpan, RunSpan, TracedAttempt, TracedRun } from "../../model/tracing.ts";
import { callSpan } from "./call-span.ts";
import { http, messaging, operations, systemName, waybill } from "./conventions.ts";
import { elsewhere, Live, type Recorder } from "./recorder.ts";

type Redact = (text: string) => string;
type Settled = Parameters<RunSpan["settled"]>[0];

const reasonMax = 200;

/** The span context of each run, for calls that carry effects of several. */
const liveOf = new WeakMap<RunSpan, Live>();

/**
 * One run for one record: in the trace that its intake began, however long ago and in whichever process that was. The conventions ask for a link to what
 * made a message, so it is linked as well.
 */
export function runSpan(recorder: Recorder, tracer: Tracer, of: TracedRun, redact: Redact): RunSpan {
  const { api } = recorder;
  const kept = parseTraceparent(of.trace);
  const from = kept === undefined ? undefined : elsewhere(kept, true);
  const parent = from === undefined ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, from);
  const live = new Live(recorder, tracer, parent, {
    name: `deliver ${of.integration}`,
    kind: api.SpanKind.CONSUMER,
    attributes: {
      [messaging.system]: systemName,
      [messaging.operation]: "deliver",
      [messaging.type]: operations.deliver,
      [messaging.destination]: of.integration,
      [messaging.message]: of.record,
      [waybill.record]: of.record,
      [waybill.integration]: of.integration,
      ...(of.tenant === "" ? {} : { [waybill.tenant]: of.tenant }),
      [waybill.run]: of.attempts + 1,
    },
    links: from === undefined ? [] : [from],
  });
  let isSettled = false;
  const span: RunSpan = {
    within: (work) => live.within(work),
    call: (call) => callSpan(live, call, redact),
    attempt: (attempt, others = []) => attemptSpan(live, attempt, others, redact),
    settled(as) {
      isSettled = true;
      settled(live, as, redact);
    },
    end() {
      // It was taken away from this worker, or could not be written down.
      if (!isSettled) live.failed({ [http.error]: "revoked" });
      live.end();
    },
  };
  liveOf.set(span, live);
  return span;
}

/** In the words of others there may be anything, so of those only the cause is told; why something merely waits is said in ours. */
function settled(live: Live, { state, cause, reason }: Settled, redact: Redact): void {
  const deferred = cause === "deferred";
  live.set({
    [waybill.state]: state,
    ...(cause === undefined ? {} : { [waybill.cause]: cause }),
    ...(deferred && reason !== undefined ? { [waybill.reason]: redact(reason).slice(0, reasonMax) } : {}),
  });
  const went = state === "delivered" || state === "superseded" || state === "filtered" || state === "discarded";
  if (!went && !deferred) live.failed({ [http.error]: cause ?? state });
}

function attemptSpan(run: Live, of: TracedAttempt, others: readonly RunSpan[], redact: Redact): AttemptSpan {
  const live = run.child({
    name: `effect ${of.effect}`,
    kind: run.recorder.api.SpanKind.INTERNAL,
    attributes: {
      [waybill.effect]: of.effect,
      [waybill.system]: of.system,
      [waybill.attempt]: of.attempt,
      ...(of.generation === undefined ? {} : { [waybill.generation]: of.generation }),
      ...(of.inDoubt ? { [waybill.inDoubt]: true } : {}),
      ...(of.carries === undefined ? {} : { [waybill.carries]: of.carries }),
    },
    links: others.flatMap((other) => liveOf.get(other)?.span.spanContext() ?? []),
  });
  return {
    within: (work) => live.within(work),
    call: (call) => callSpan(live, call, redact),
    came(outcome) {
      live.set({ [waybill.outcome]: outcome });
      if (outcome !== "done" && outcome !== "pending") live.failed({ [http.error]: outcome });
    },
    end: () => live.end(),
  };
}
