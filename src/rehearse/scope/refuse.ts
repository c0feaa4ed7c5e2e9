import { type ErrorCode, WaybillError } from "../../model/errors.ts";
import type { Scope } from "./scope.ts";
import { type Trace, traceHere, userLine } from "./user-line.ts";
import { hints, type Violation } from "./violation.ts";

/** What was refused, and the errors that say so: whoever lets one go uncaught has been told already. */
const refusals = new WeakSet<object>();

type Refused = "socket" | "lookup" | "process";

const codes: Readonly<Record<Refused, ErrorCode>> = {
  socket: "real-socket",
  lookup: "real-socket",
  process: "real-process",
};

/**
 * Tells the rehearsal what was tried, and gives the error to fail it with.
 *
 * @param what as a phrase: `a connection to api.example.com:443`.
 * @param asked where, if that is not the place that runs now.
 */
export function refuse(scope: Scope, kind: Refused, what: string, asked: Trace = traceHere()): WaybillError {
  const violation: Violation = { kind, what, line: userLine(asked), hint: hints[kind] };
  scope.world.violated(violation);
  const by = violation.line === undefined ? "" : `, asked for in ${violation.line}`;
  const error = new WaybillError(codes[kind], `A rehearsal refuses ${what}${by}.`, violation.hint);
  refusals.add(error);
  return error;
}

/** How many errors a library may wrap around a refusal. */
const causesMax = 8;

/** Whether an error is a refusal, or was thrown because of one. */
export function isRefusal(error: unknown): boolean {
  let one = error;
  for (let depth = 0; depth < causesMax && typeof one === "object" && one !== null; depth++) {
    if (refusals.has(one)) return true;
    one = "cause" in one ? one.cause : undefined;
  }
  return false;
}
