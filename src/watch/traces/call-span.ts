import type { Attributes } from "@opentelemetry/api";
import type { CallSpan, TracedCall } from "../../model/tracing.ts";
import { shownAddress } from "./address.ts";
import { http, httpMethods, otherMethod, waybill } from "./conventions.ts";
import { type Live, quietly } from "./recorder.ts";

/** A request to another system as a span below whoever makes it, by the conventions for HTTP clients. */
export function callSpan(below: Live, of: TracedCall, redact: (text: string) => string): CallSpan {
  const { api } = below.recorder;
  const known = httpMethods.has(of.method);
  const live = below.child({
    name: known ? of.method : "HTTP",
    kind: api.SpanKind.CLIENT,
    attributes: attributesOf(of, known, redact),
  });
  return {
    headers: carried(live),
    over(status, error) {
      const failure = error ?? (status !== undefined && status >= 400 ? String(status) : undefined);
      if (status !== undefined) live.set({ [http.status]: status });
      if (failure !== undefined) live.failed({ [http.error]: failure });
      live.end();
    },
  };
}

function attributesOf(of: TracedCall, known: boolean, redact: (text: string) => string): Attributes {
  const { hostname, port, protocol } = new URL(of.origin);
  return {
    [http.method]: known ? of.method : otherMethod,
    ...(known ? {} : { [http.methodAsSent]: of.method }),
    [http.server]: hostname.replace(/^\[|\]$/g, ""),
    [http.port]: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
    [http.url]: shownAddress(of.origin, of.path, redact),
    ...(of.resent > 0 ? { [http.resent]: of.resent } : {}),
    [waybill.system]: of.system,
  };
}

/**
 * What the program's propagator writes for this span, and nothing of the context around it: baggage is nobody else's business.
 */
function carried(live: Live): readonly string[] {
  const { propagation, ROOT_CONTEXT, trace } = live.recorder.api;
  const headers: string[] = [];
  const set = (to: string[], name: string, value: string): void => void to.push(name.toLowerCase(), value);
  quietly(() => propagation.inject(trace.setSpan(ROOT_CONTEXT, live.span), headers, { set }));
  return headers;
}
