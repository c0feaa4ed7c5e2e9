// User code in a rehearsal runs as it is written, and sees a virtual world: its functions of Node are replaced while at least one rehearsal
// runs, and each asks by the asynchronous context which rehearsal its caller belongs to. Who belongs to none gets the original.
//
// What is not seen here: a function that was taken from Node before it was replaced (`const now = Date.now` in a package), a class that
// extended Date before, and state that a module keeps from one night to the next, such as a pool of random bytes. A taken timer is found as
// real work. For the others a rehearsal runs a night twice and compares; and whoever replaces the globals before user code is loaded
// (`replaceGlobals`) lets it take the replaced ones.
import { syncBuiltinESMExports } from "node:module";
import { chance } from "./chance.ts";
import { virtualFetch } from "./fetch.ts";
import { noLookups } from "./lookups.ts";
import { now } from "./now.ts";
import { noProcesses } from "./processes.ts";
import { quiet, turn } from "./quiet.ts";
import { realWork } from "./real-work.ts";
import { type Replacement, together } from "./replace.ts";
import { inside, openScope, type ScopeWorld } from "./scope.ts";
import { noSockets } from "./sockets.ts";
import { laterPromises } from "./timer-promises.ts";
import { laterCode } from "./timers.ts";
import { noCrashes } from "./uncaught.ts";
import type { Violation } from "./violation.ts";

const all: readonly Replacement[] = [
  ...now,
  ...chance,
  ...laterCode,
  ...laterPromises,
  virtualFetch,
  ...noSockets,
  ...noLookups,
  ...noProcesses,
  noCrashes,
  // Last, so that it sees nothing of how the others are put in place.
  ...realWork,
];

let holders = 0;
let putBack = (): void => undefined;

/**
 * Replaces the functions of Node that tell time, give chance, run code later or lead out of the process, until the answer is called as often
 * as this was. Outside of a rehearsal they do what they always do.
 *
 * @example
 * const putBack = replaceGlobals();
 * const { default: config } = await import("./waybill.config.ts"); // a package that keeps `Date.now` keeps one that can be virtual
 */
export function replaceGlobals(): () => void {
  if (holders++ === 0) {
    putBack = together(all.map((replacement) => replacement()));
    // Named imports of Node's modules are copies of what those hold.
    syncBuiltinESMExports();
  }
  let held = true;
  return () => {
    if (held && --holders === 0) {
      putBack();
      syncBuiltinESMExports();
    }
    held = false;
  };
}

/** What drives a rehearsal asks this of its scope. */
export interface Within {
  /**
   * Waits until everything that was begun inside has run as far as it comes without time: promises, and real work such as reading a file.
   * Answers with a violation if that does not end within `limitMs` (real ones; 2,000 by default).
   */
  quiet(limitMs?: number): Promise<"quiet" | Violation>;
}

/**
 * Runs `work` with globals replaced for everything that it starts, however asynchronous; outside of it nothing changes.
 *
 * @returns what `work` gives, once the real work that it began has ended.
 * @example
 * const report = await within(world, async ({ quiet }) => {
 *   const night = deliverAll();
 *   while ((await quiet()) === "quiet" && clock.advance());
 *   return night;
 * });
 */
export async function within<T>(world: ScopeWorld, work: (scope: Within) => Promise<T>): Promise<T> {
  const release = replaceGlobals();
  const scope = openScope(world);
  try {
    return await inside(scope, () => work({ quiet: (limitMs) => quiet(scope, limitMs) }));
  } finally {
    await turn();
    const left = await quiet(scope);
    // What still works could go on to call a real system once the globals are put back. So they never are.
    if (left === "quiet") release();
    else world.violated(left);
  }
}
