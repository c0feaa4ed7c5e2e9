// Spans as a test looks at them: as they were exported, from memory or from a file that outlives its process.
import { appendFileSync } from "node:fs";
import { type ReadableSpan, SimpleSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

export interface Seen {
  readonly name: string;
  /** 0 internal, 2 client, 3 producer, 4 consumer. */
  readonly kind: number;
  readonly trace: string;
  readonly span: string;
  readonly parent: string | undefined;
  readonly links: readonly { readonly trace: string; readonly span: string; readonly sampled: boolean }[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
  readonly pid: number;
}

export function seen(span: ReadableSpan): Seen {
  const { traceId, spanId } = span.spanContext();
  return {
    name: span.name,
    kind: span.kind,
    trace: traceId,
    span: spanId,
    parent: span.parentSpanContext?.spanId,
    links: span.links.map(({ context }) => ({
      trace: context.traceId,
      span: context.spanId,
      sampled: context.traceFlags === 1,
    })),
    attributes: span.attributes,
    failed: span.status.code === 2,
    pid: process.pid,
  };
}

/** Records all spans of this process, each written down as soon as it ends. */
export function recordInto(file: string): void {
  const exporter: SpanExporter = {
    export(spans, done) {
      for (const span of spans) appendFileSync(file, `${JSON.stringify(seen(span))}\n`);
      done({ code: 0 });
    },
    shutdown: async () => undefined,
  };
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
}
