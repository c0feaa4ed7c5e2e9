import { outside, type Scope } from "./scope.ts";
import { userLine } from "./user-line.ts";
import { hints, type Violation } from "./violation.ts";

/** How long real work may take before it counts as work that does not end. */
const realMsMax = 2_000;

/** Node's own, taken before anything is replaced. */
const { setImmediate: immediately, setTimeout: after, clearTimeout: clear } = globalThis;

/** One turn of the event loop: everything that is ready, and what follows from it without waiting, has run when it ends. */
const turn = (): Promise<void> => outside(() => new Promise((resolve) => immediately(resolve)));

/** Waits until nothing that a rehearsal has begun can go on by itself: only then may its time advance. */
export async function quiet({ underWay, world }: Scope, limitMs: number = realMsMax): Promise<"quiet" | Violation> {
  world.onTurn?.();
  await turn();
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
