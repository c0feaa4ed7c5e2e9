import timers from "node:timers";
import { type Replacement, replaceFunction } from "./replace.ts";
import { currentScope, type Scope } from "./scope.ts";
import { Immediate, Timeout } from "./timer.ts";

type Run = (...values: unknown[]) => void;
type SetTimer = (run: Run, ...parameters: unknown[]) => unknown;
type ClearTimer = (timer?: unknown) => void;
type Owner = Record<"setTimeout" | "setInterval" | "setImmediate", SetTimer> &
  Record<"clearTimeout" | "clearInterval" | "clearImmediate", ClearTimer>;

/** The global ones and those of `node:timers` are the same functions. */
const owners = [globalThis, timers] as unknown as Owner[];

/** What is no function is left to the original, which says so. */
function set(
  name: "setTimeout" | "setInterval" | "setImmediate",
  virtual: (scope: Scope, run: Run, parameters: unknown[]) => unknown,
): Replacement {
  return replaceFunction(owners, name, (original) => (run, ...parameters) => {
    const scope = currentScope();
    return scope === undefined || typeof run !== "function"
      ? original(run, ...parameters)
      : virtual(scope, run, parameters);
  });
}

/** In Node any of them clears a timer of any kind, also by its number. A virtual one can be cleared from outside of its rehearsal too. */
function clear(name: "clearTimeout" | "clearInterval" | "clearImmediate"): Replacement {
  return replaceFunction(owners, name, (original) => (timer) => {
    if (timer instanceof Timeout || timer instanceof Immediate) timer.close();
    else if (typeof timer === "number" || typeof timer === "string")
      (currentScope()?.numbered.get(Number(timer)) ?? { close: () => original(timer) }).close();
    else original(timer);
  });
}

const timeout =
  (repeats: boolean) =>
  (scope: Scope, run: Run, [delayMs, ...values]: unknown[]): Timeout =>
    new Timeout(scope, (timer) => run.apply(timer, values), delayMs, repeats);

/** What runs code later. `queueMicrotask` and `process.nextTick` take no time, and stay as they are. */
export const laterCode: readonly Replacement[] = [
  set("setTimeout", timeout(false)),
  set("setInterval", timeout(true)),
  set("setImmediate", (scope, run, values) => new Immediate(scope, () => run(...values))),
  clear("clearTimeout"),
  clear("clearInterval"),
  clear("clearImmediate"),
  replaceFunction([AbortSignal as { timeout(delayMs: number): AbortSignal }], "timeout", (original) => (delayMs) => {
    const scope = currentScope();
    if (scope === undefined || !(Number.isInteger(delayMs) && delayMs >= 0)) return original.call(AbortSignal, delayMs);
    const controller = new AbortController();
    const reason = new DOMException("The operation was aborted due to timeout", "TimeoutError");
    new Timeout(scope, () => controller.abort(reason), delayMs).unref();
    return controller.signal;
  }),
];
