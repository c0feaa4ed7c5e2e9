import type { Outcome } from "../model/outcome.ts";
import { type Clock, sleep } from "../world/clock.ts";

// A request whose answer is lost is what keys are for: the same goes out again under the same key, as it does while Waybill runs, until an answer comes. What
// was lost on the way is told: a destination that then answers has shown more than one whose answers all came.

/** So often one request is sent until an answer comes, and how long is waited before the second time; before each further one twice as long. */
const asksMax = 4;
const pauseMsFirst = 500;

export interface Answered {
  readonly outcome: Outcome;
  /** How often it was sent. */
  readonly asked: number;
  /** Why those before it, and it itself where it is in doubt, told nothing. */
  readonly lost: readonly string[];
}

/**
 * Sends a request until what came of it is known.
 *
 * @param send told whether the same was sent before.
 */
export async function untilAnswered(send: (again: boolean) => Promise<Outcome>, clock: Clock): Promise<Answered> {
  const lost: string[] = [];
  for (let asked = 1; ; asked++) {
    const outcome = await send(asked > 1);
    if (outcome.name !== "in-doubt") return { outcome, asked, lost };
    // That the first is still under way is an answer; it only has to be waited for.
    if (outcome.keyInFlight !== true) lost.push(outcome.why);
    if (outcome.replayedFailure === true || asked === asksMax) return { outcome, asked, lost };
    await sleep(clock, pauseMsFirst * 2 ** (asked - 1));
  }
}

/** How often the same was sent, and how many answers were lost: `sent 3 times, 1 answer of them lost (the connection was cut)`. */
export function sentText(asked: number, lost: readonly string[]): string {
  const sent = asked === 1 ? "sent once" : asked === 2 ? "sent twice" : `sent ${asked} times`;
  const [why] = lost;
  return why === undefined ? sent : `${sent}, ${lost.length} of the answers lost (${why})`;
}
