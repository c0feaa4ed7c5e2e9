// Every name that a trace is told by. Three kinds: those for HTTP clients are stable; those for messaging are not, so that they stand here and nowhere
// else and can follow; what is ours stands under `waybill.`. docs/traces.md lists them, and a test holds the two against each other.

/** Stable. @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
export const http = {
  method: "http.request.method",
  methodAsSent: "http.request.method_original",
  resent: "http.request.resend_count",
  status: "http.response.status_code",
  server: "server.address",
  port: "server.port",
  url: "url.full",
  error: "error.type",
} as const;

/** Of `http.request.method`; every other one is `_OTHER`. */
export const httpMethods: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "CONNECT",
  "TRACE",
]);
export const otherMethod = "_OTHER";
/** What stands in an address in place of what is not told. */
export const redacted = "REDACTED";

/**
 * In development: the ledger is what records are sent to, and runs process what was sent.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
export const messaging = {
  system: "messaging.system",
  operation: "messaging.operation.name",
  type: "messaging.operation.type",
  destination: "messaging.destination.name",
  message: "messaging.message.id",
  count: "messaging.batch.message_count",
} as const;
export const systemName = "waybill";

/** What is done with records, and which type of operation that is. */
export const operations = {
  /** A source's items are being taken. */
  intake: "send",
  /** One of several that came together. */
  accept: "create",
  /** One run of `deliver`. */
  deliver: "process",
} as const;

export const waybill = {
  source: "waybill.source",
  tenant: "waybill.tenant",
  record: "waybill.record",
  records: "waybill.records",
  integration: "waybill.integration",
  duplicate: "waybill.duplicate",
  duplicates: "waybill.duplicates",
  quarantined: "waybill.quarantined",
  state: "waybill.state",
  cause: "waybill.cause",
  reason: "waybill.reason",
  run: "waybill.run",
  effect: "waybill.effect",
  carries: "waybill.effects",
  generation: "waybill.generation",
  attempt: "waybill.attempt",
  inDoubt: "waybill.in_doubt",
  outcome: "waybill.outcome",
  system: "waybill.system",
} as const;
