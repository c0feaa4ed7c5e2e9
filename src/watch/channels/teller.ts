import type { Channel } from "../../define/channel.ts";
import { natural } from "../../define/idempotency.ts";
import { changeByPerform } from "../../define/perform-change.ts";
import type { Change, GatheredChange } from "../../define/request.ts";
import type { SystemDefinition } from "../../define/system-definition.ts";
import { NotSent } from "../../systems/evidence.ts";
import type { Message } from "./news.ts";
import type { Post } from "./post.ts";

// What a person is told within a few seconds is one message: whatever broke, broke ten integrations at once, and ten mails are read by nobody. What is
// critical goes at once and alone. Machines are told each by itself, save what has waited for the end of quiet hours: that is one summary for everybody
// but PagerDuty, which knows of single incidents only.

/** How one message is told to one channel. */
export interface Telling {
  readonly change: Change<unknown>;
  /** Whether it was found that nobody is there: nothing was sent. */
  readonly isGone: () => boolean;
}

/** @param waited whether it has waited for the end of quiet hours. */
export type Teller = (message: Message, waited: boolean) => Telling;

/** So long a message waits for others. */
const gatherMs = 10_000;
/** The most that go in one. */
const most = 200;

/** What makes messages to one channel into effects. */
export function tellerTo(system: SystemDefinition, channel: Channel, post: Post): Teller {
  const batch: GatheredChange["batch"] = Object.freeze({
    name: "summary",
    most,
    lingerMs: gatherMs,
    send: (items: readonly unknown[]) =>
      posting(system, (signal) => post(channel, items as readonly [Message, ...Message[]], signal)),
    each: () => true,
    count: undefined,
  });
  return (message, waited) => {
    if (isGathered(channel, message, waited)) {
      const change: GatheredChange = {
        kind: "change",
        how: "gathered",
        system,
        batch,
        item: message,
        lookup: undefined,
      };
      return { change, isGone: () => false };
    }
    let gone = false;
    const change = posting(
      system,
      async (signal) => {
        try {
          await post(channel, [message], signal);
        } catch (error) {
          gone = error instanceof NotSent;
          throw error;
        }
      },
      message,
    );
    return { change, isGone: () => gone };
  };
}

function isGathered({ kind }: Channel, { alert }: Message, waited: boolean): boolean {
  if (alert.severity === "critical" || kind === "pagerDuty") return false;
  return waited || kind === "slack" || kind === "teams" || kind === "email";
}

function posting(
  system: SystemDefinition,
  run: (signal: AbortSignal) => Promise<void>,
  request?: Message,
): Change<unknown> {
  return changeByPerform(system, {
    idempotency: natural,
    ...(request === undefined ? {} : { request }),
    run: ({ signal }) => run(signal),
  });
}
