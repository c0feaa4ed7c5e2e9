import type { SystemDefinition } from "../define/system-definition.ts";
import type { CallSpan } from "../model/tracing.ts";
import type { WireAnswer } from "../world/transport.ts";
import type { SendOptions, StoredRequest } from "./port.ts";
import type { Wire } from "./wire.ts";

// A request as a part of a trace. What tells the other side of it is no part of the request: it is added as the bytes leave, so that nothing of it is
// stored, compared, signed or repeated.

/** Its span, where whoever sends it has one. */
export function callSpanOf(
  { span, attempt, at }: SendOptions,
  system: SystemDefinition,
  { method }: StoredRequest,
  { origin, path }: Wire,
): CallSpan | undefined {
  if (span === undefined) return undefined;
  return span.call({ system: system.name, method, origin, path, resent: attempt - 1 + (at === undefined ? 0 : 1) });
}

/** The headers, and what tells the other side which span they belong to. What the code declares itself stays. */
export function withTrace(headers: readonly string[], span: CallSpan): readonly string[] {
  const all = [...headers];
  for (let at = 0; at < span.headers.length; at += 2) {
    const [name, value] = [span.headers[at] as string, span.headers[at + 1] as string];
    if (!headers.some((known, index) => index % 2 === 0 && known === name)) all.push(name, value);
  }
  return all;
}

export function tellOver(span: CallSpan, happened: WireAnswer): void {
  if (happened.kind === "answered") return span.over(happened.status, undefined);
  const { reason, code, status } = happened;
  span.over(status, reason === "connection" ? code : reason);
}
