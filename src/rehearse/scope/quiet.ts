import { outside, type Scope } from "./scope.ts";
import type { UnderWay } from "./under-way.ts";
import { userLine } from "./user-line.ts";
import { hints, type Violation } from "./violation.ts";

/** How long real work may take before it counts as work that does not end. */
const realMsMax = 2_000;

/** Node's own, taken before anything is replaced. */
const { setImmediate: immediately, setTimeout: after, clearTimeout: clear } = globalThis;
const { nextTick } = process;

/** One turn of the event loop: everything that is ready, and what follows from it without waiting, has run when it ends. */
export const turn = (): Promise<void> => outside(() => new Promise((resolve) => immediately(resolve)));

const tick = (): Promise<void> => outside(() => new Promise((resolve) => nextTick(resolve)));

/** What was not begun in the rehearsal, such as a thread that a package has had since it was loaded, gets a turn as often as this. */
const turnEvery = 16;

/**
 * Promises and ticks have run as far as they come without the event loop, in a tenth of the time of a turn. A tick comes when no promise can go
 * on: the first of two lets all run that were there before, and if no other was added until the second has come, nothing is left.
 */
async function drained(underWay: UnderWay): Promise<void> {
  let before: number;
  do {
    before = underWay.ticks;
    await tick();
    await tick();
  } while (underWay.ticks !== before);
}

/** Waits until nothing that a rehearsal has begun can go on by itself: only then may its time advance. */
export async function quiet({ underWay, world }: Scope, limitMs: number = realMsMax): Promise<"quiet" | Violation> {
  world.onTurn?.();
  underWay.looks += 1;
  if (underWay.needsTurns || underWay.looks % turnEvery === 0) await turn();
  else await drained(underWay);
  if (underWay.oldest === undefined) return "quiet";
  const late = Promise.withResolvers<void>();
  let isLate = false;
  const limit = outside(() =>
    after(() => {
      isLate = true;
      late.resolve();
    }, limitMs),
  );
  // What has ended may have begun more, within the turn in which it ended.
  while (underWay.oldest !== undefined && !isLate) {
    await Promise.race([underWay.allEnded(), late.promise]);
    await turn();
  }
  clear(limit);
  const { oldest } = underWay;
  if (oldest === undefined) return "quiet";
  return {
    kind: "real-work",
    what: `${oldest.what} that does not end within ${limitMs} ms`,
    line: userLine(oldest.begun),
    hint: hints["real-work"],
  };
}
