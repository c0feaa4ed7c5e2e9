import type { Attributes, Context, Span as OtelSpan, SpanContext, SpanKind, Tracer } from "@opentelemetry/api";
import { type TraceParent, traceparentOf } from "../../model/traceparent.ts";

/** The library that spans are told to: an optional peer, so that only its types are known here. */
export type Api = typeof import("@opentelemetry/api");

const scope = "waybill";
/** How long a recorder may take to hand on what it holds while Waybill stops. */
export const flushMsMax = 5_000;

interface Provider {
  getTracer(name: string): Tracer;
  /** Of what stands in for the real one until somebody registers one. */
  getDelegate?(): Provider;
  forceFlush?(): Promise<void>;
}

/** Whoever records now. It is asked each time, because a program may register one at any moment; asking makes nothing. */
export class Recorder {
  readonly api: Api;
  readonly #nobody: Provider;
  #provider: Provider | undefined;
  #tracer: Tracer | undefined;

  constructor(api: Api) {
    this.api = api;
    this.#nobody = new api.ProxyTracerProvider().getDelegate();
  }

  /** Undefined while nobody records. */
  get tracer(): Tracer | undefined {
    const provider = this.#registered();
    if (provider === this.#nobody) return undefined;
    if (provider !== this.#provider) {
      this.#provider = provider;
      this.#tracer = quietly(() => provider.getTracer(scope));
    }
    return this.#tracer;
  }

  async flush(): Promise<void> {
    const provider = this.#registered();
    if (provider !== this.#nobody) await provider.forceFlush?.();
  }

  #registered(): Provider {
    const provider = this.api.trace.getTracerProvider() as Provider;
    return provider.getDelegate?.() ?? provider;
  }
}

export interface Beginning {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly links?: readonly SpanContext[] | undefined;
}

/** Does what a recorder may fail at: a sampler or an exporter that throws is nobody's delivery. Answers undefined where it failed. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** One span under way, and the context in which its own are made. */
export class Live {
  readonly recorder: Recorder;
  readonly span: OtelSpan;
  readonly context: Context;
  #over = false;

  constructor(recorder: Recorder, tracer: Tracer, parent: Context, { name, kind, attributes, links = [] }: Beginning) {
    const { trace } = recorder.api;
    this.recorder = recorder;
    const options = { kind, attributes, links: links.map((context) => ({ context })) };
    const started = quietly(() => tracer.startSpan(name, options, parent));
    this.span = started ?? trace.wrapSpanContext(recorder.api.INVALID_SPAN_CONTEXT);
    this.context = trace.setSpan(parent, this.span);
  }

  /** Below it, or below what is under way within it. */
  child(beginning: Beginning): Live {
    const { api, tracer } = this.recorder;
    const active = api.context.active();
    const inside = api.trace.getSpanContext(active)?.traceId === this.span.spanContext().traceId;
    const tracing = tracer ?? api.trace.getTracer(scope);
    return new Live(this.recorder, tracing, inside ? api.context.active() : this.context, beginning);
  }

  /** What is kept of it; undefined where it is not recorded. */
  get traceparent(): string | undefined {
    if (quietly(() => this.span.isRecording()) !== true) return undefined;
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    return traceparentOf({ traceId, spanId, flags: traceFlags });
  }

  within<T>(work: () => T): T {
    return this.recorder.api.context.with(this.context, work);
  }

  set(attributes: Attributes): void {
    quietly(() => this.span.setAttributes(attributes));
  }

  /** It did not do what it was for. */
  failed(attributes: Attributes): void {
    this.set(attributes);
    quietly(() => this.span.setStatus({ code: this.recorder.api.SpanStatusCode.ERROR }));
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    quietly(() => this.span.end());
  }
}

/** A span elsewhere, or of another process. What it says of sampling counts only where it is ours. */
export function elsewhere({ traceId, spanId, flags }: TraceParent, ours: boolean): SpanContext {
  return { traceId, spanId, traceFlags: ours ? flags : 0, isRemote: true };
}
