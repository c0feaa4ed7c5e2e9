import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Where Waybill itself stands: `src/` here, `dist/` when it is installed. */
const waybill = fileURLToPath(new URL("../../", import.meta.url));
/** Deep enough to come through a client library into user code. */
const framesMax = 50;

/** A place in a program, kept as V8 keeps it: the text is only made when somebody asks, which costs ten times more than keeping it. */
export interface Trace {
  readonly stack?: string;
}

/** The place that runs now. */
export function traceHere(): Trace {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = framesMax;
  const trace: Trace = {};
  Error.captureStackTrace(trace, traceHere);
  Error.stackTraceLimit = usual;
  return trace;
}

/**
 * The first line of a stack that a user wrote: not Node's, not a package's, not Waybill's. Relative to the working directory.
 *
 * @example
 * userLine(traceHere()); // "integrations/orders.ts:31"
 */
export function userLine({ stack }: Trace): string | undefined {
  for (const frame of stack?.split("\n") ?? []) {
    const [, place, line] = /^ +at (?:.* \()?(.+?):(\d+):\d+\)?$/.exec(frame) ?? [];
    if (place === undefined || /^node:|[\\/]node_modules[\\/]|^(?:native|evalmachine|eval at )/.test(place)) continue;
    const path = place.startsWith("file:") ? fileURLToPath(place) : place;
    if (!path.startsWith(waybill)) return `${relative(process.cwd(), path).replaceAll("\\", "/")}:${line}`;
  }
  return undefined;
}
