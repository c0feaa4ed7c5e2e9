// An error that nobody catches ends a process. A rehearsal must outlive it and tell of it, whichever way it went: as an event, as a
// rejected promise, or thrown from a callback. All three come to `emit` in the end, with the context of who caused them.
import { EventEmitter } from "node:events";
import { isRefusal } from "./refuse.ts";
import { type Replacement, replaceFunction } from "./replace.ts";
import { currentScope } from "./scope.ts";
import { tellUncaught } from "./tell-uncaught.ts";

type Emitter = { emit(this: EventEmitter, name: string | symbol, ...values: unknown[]): boolean };

/** Whether an event needs no listener any more: what it would do without one is end the process. */
function taken(emitter: EventEmitter, name: string | symbol, error: unknown): boolean {
  if (name === "error") return isRefusal(error) && emitter.listenerCount("error") === 0;
  if (emitter !== process || (name !== "uncaughtException" && name !== "unhandledRejection")) return false;
  if (isRefusal(error)) return true;
  const scope = currentScope();
  if (scope === undefined) return false;
  tellUncaught(scope, error);
  return true;
}

export const noCrashes: Replacement = replaceFunction(
  [EventEmitter.prototype as unknown as Emitter],
  "emit",
  (original) =>
    function (this: EventEmitter, name, ...values) {
      return taken(this, name, values[0]) || original.call(this, name, ...values);
    },
);
