// The header by which one system tells another in which trace it works (W3C Trace Context, level 1, 3.2). What comes from outside is a claim: it is read
// strictly, and what is not exactly a traceparent is none.

export interface TraceParent {
  /** 32 hexadecimal digits, not all of them 0. */
  readonly traceId: string;
  /** 16 hexadecimal digits, not all of them 0. */
  readonly spanId: string;
  /** Of one byte. */
  readonly flags: number;
}

const version0 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** Of versions that are not known yet, the part that they have to keep. */
const laterVersion = /^(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
/** Later versions may say more; nobody needs to say this much. */
const lengthMax = 256;
const onlyZeros = /^0+$/;

/**
 * Reads a traceparent; undefined when it is none.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 * @example parseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") // { traceId: "0af7…", spanId: "b7ad…", flags: 1 }
 */
export function parseTraceparent(text: string | undefined): TraceParent | undefined {
  if (text === undefined || text.length > lengthMax) return undefined;
  const [, traceId = "0", spanId = "0", flags = "0"] = version0.exec(text) ?? laterVersion.exec(text) ?? [];
  if (onlyZeros.test(traceId) || onlyZeros.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** The traceparent of a span, as it is kept with a record. */
export function traceparentOf({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, "0")}`;
}
