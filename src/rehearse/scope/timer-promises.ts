import promises from "node:timers/promises";
import { type Replacement, replaceFunction } from "./replace.ts";
import { currentScope, type Scope } from "./scope.ts";
import { Immediate, Timeout } from "./timer.ts";

interface Options {
  readonly ref?: boolean;
  readonly signal?: AbortSignal;
}

/** The error of Node's own, whose class it does not hand out. */
function abortError(signal: AbortSignal): Error {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  return Object.assign(error, { name: "AbortError", code: "ABORT_ERR" });
}

/** @param start sets the timer; its answer clears it. */
function waited<T>(value: T, signal: AbortSignal | undefined, start: (done: () => void) => () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortError(signal));
    const stop = (): void => {
      cancel();
      if (signal !== undefined) reject(abortError(signal));
    };
    const cancel = start(() => {
      signal?.removeEventListener("abort", stop);
      resolve(value);
    });
    signal?.addEventListener("abort", stop, { once: true });
  });
}

function wait<T>(scope: Scope, delayMs: unknown, value: T, { ref, signal }: Options = {}): Promise<T> {
  return waited(value, signal, (done) => {
    const timer = new Timeout(scope, done, delayMs);
    if (ref === false) timer.unref();
    return () => timer.close();
  });
}

/** Beats that come while nobody takes them are kept: none is lost, as in Node. */
async function* beats<T>(scope: Scope, delayMs: unknown, value: T, { ref, signal }: Options = {}): AsyncGenerator<T> {
  let waiting = 0;
  let wake = (): void => undefined;
  const stop = (): void => wake();
  const endIfStopped = (): void => {
    if (signal?.aborted === true) throw abortError(signal);
  };
  const beat = (): void => {
    waiting++;
    wake();
  };
  endIfStopped();
  const timer = new Timeout(scope, beat, delayMs, true);
  if (ref === false) timer.unref();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      for (; waiting > 0; waiting--) yield value;
      endIfStopped();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    timer.close();
    signal?.removeEventListener("abort", stop);
  }
}

type Promised = {
  setTimeout(delayMs?: unknown, value?: unknown, options?: Options): Promise<unknown>;
  setImmediate(value?: unknown, options?: Options): Promise<unknown>;
  setInterval(delayMs?: unknown, value?: unknown, options?: Options): AsyncIterable<unknown>;
};
type Scheduler = { wait(delayMs: number, options?: Options): Promise<unknown>; yield(): Promise<unknown> };

const owner = promises as unknown as Promised;
const scheduler = Object.getPrototypeOf(promises.scheduler) as Scheduler;

function soon<T>(scope: Scope, value: T, signal: AbortSignal | undefined): Promise<T> {
  return waited(value, signal, (done) => {
    const immediate = new Immediate(scope, done);
    return () => immediate.close();
  });
}

/** `node:timers/promises`, which `util.promisify(setTimeout)` comes to as well. */
export const laterPromises: readonly Replacement[] = [
  replaceFunction([owner], "setTimeout", (original) => (delayMs, value, options) => {
    const scope = currentScope();
    return scope === undefined ? original(delayMs, value, options) : wait(scope, delayMs, value, options);
  }),
  replaceFunction([owner], "setImmediate", (original) => (value, options) => {
    const scope = currentScope();
    return scope === undefined ? original(value, options) : soon(scope, value, options?.signal);
  }),
  replaceFunction([owner], "setInterval", (original) => (delayMs, value, options) => {
    const scope = currentScope();
    return scope === undefined ? original(delayMs, value, options) : beats(scope, delayMs, value, options);
  }),
  replaceFunction(
    [scheduler],
    "wait",
    (original) =>
      function (this: Scheduler, delayMs, options) {
        const scope = currentScope();
        return scope === undefined ? original.call(this, delayMs, options) : wait(scope, delayMs, undefined, options);
      },
  ),
  replaceFunction(
    [scheduler],
    "yield",
    (original) =>
      function (this: Scheduler) {
        const scope = currentScope();
        return scope === undefined ? original.call(this) : soon(scope, undefined, undefined);
      },
  ),
];
