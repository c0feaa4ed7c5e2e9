import { said } from "../../model/errors.ts";
import { isRefusal } from "./refuse.ts";
import type { Scope } from "./scope.ts";
import { traceHere, userLine } from "./user-line.ts";
import { hints } from "./violation.ts";

/** Tells the rehearsal of an error that nobody catches and that would end the process. What was refused has been told already. */
export function tellUncaught({ world }: Scope, error: unknown): void {
  if (isRefusal(error)) return;
  const trace = error instanceof Error ? error : traceHere();
  world.violated({
    kind: "uncaught",
    what: `an error that nothing catches: ${said(error)}`,
    line: userLine({ stack: trace.stack ?? "" }),
    hint: hints.uncaught,
  });
}
