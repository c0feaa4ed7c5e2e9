import { isInternal } from "../../model/internal.ts";
import type { Tracing } from "../../model/tracing.ts";
import { type Clock, sleep } from "../../world/clock.ts";
import { callSpan } from "./call-span.ts";
import { waybill } from "./conventions.ts";
import { intakeSpan } from "./intake-span.ts";
import { type Api, flushMsMax, Live, Recorder } from "./recorder.ts";
import { runSpan } from "./run-span.ts";

export interface TracingOptions {
  readonly clock: Clock;
  /** Replaces every known secret. */
  readonly redact: (text: string) => string;
}

/**
 * Traces by whatever recorder the program has registered with `@opentelemetry/api`, now or later. What Waybill does for itself, such as telling alerts, is
 * not traced.
 *
 * @returns undefined where that package is not installed.
 */
export async function loadTracing(options: TracingOptions): Promise<Tracing | undefined> {
  try {
    return createTracing(await import("@opentelemetry/api"), options);
  } catch {
    return undefined;
  }
}

function createTracing(api: Api, { clock, redact }: TracingOptions): Tracing {
  const recorder = new Recorder(api);
  return {
    get recording() {
      return recorder.tracer !== undefined;
    },
    intake(of) {
      const { tracer } = recorder;
      return tracer === undefined || isOwn(of.source) ? undefined : intakeSpan(recorder, tracer, of);
    },
    poll(source, tenant) {
      const { tracer } = recorder;
      if (tracer === undefined) return undefined;
      const live = new Live(recorder, tracer, api.ROOT_CONTEXT, {
        name: `poll ${source}`,
        kind: api.SpanKind.INTERNAL,
        attributes: { [waybill.source]: source, ...(tenant === "" ? {} : { [waybill.tenant]: tenant }) },
      });
      return {
        within: (work) => live.within(work),
        call: (of) => callSpan(live, of, redact),
        end: () => live.end(),
      };
    },
    run(of) {
      const { tracer } = recorder;
      return tracer === undefined || isInternal(of.integration) ? undefined : runSpan(recorder, tracer, of, redact);
    },
    async flush() {
      const over = new AbortController();
      const flushed = recorder.flush().catch(() => undefined);
      await Promise.race([flushed, sleep(clock, flushMsMax, over.signal)]);
      over.abort();
    },
  };
}

/** What is handed in for an integration of our own. */
function isOwn(source: string): boolean {
  return source.startsWith("push:") && isInternal(source.slice("push:".length));
}
