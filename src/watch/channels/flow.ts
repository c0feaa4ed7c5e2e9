import type { Channel } from "../../define/channel.ts";
import type { Integration } from "../../define/definition.ts";
import { internalIntegration, internalSystem } from "../../define/internal.ts";
import { rate } from "../../define/limit.ts";
import type { SystemDefinition } from "../../define/system-definition.ts";
import { later } from "../../define/verdict.ts";
import { Halt } from "../../flow/verdict.ts";
import { WaybillError } from "../../model/errors.ts";
import type { Clock } from "../../world/clock.ts";
import type { Message } from "./news.ts";
import type { Post } from "./post.ts";
import { quietMs } from "./route.ts";
import { type Teller, tellerTo } from "./teller.ts";

// Alerts are delivered by the flow that delivers everything else: each channel is an integration, each message a record, and telling somebody is an effect
// that may be repeated. So a message outlives a crash, is tried again, keeps the order of its alert, and stands in the books.

/** A channel under the name that it has in logs and in the ledger: `slack`, or `slack-2` for the second. */
export interface Named {
  readonly name: string;
  readonly channel: Channel;
}

export interface ChannelFlow {
  readonly post: Post;
  readonly clock: Pick<Clock, "now">;
}

/** A channel that has not taken a message for so long is taken for failed: the next one is told too. */
const fallsOverAfterMs = 120_000;
/** A longer wait than limits of messages bring. */
const shutMs = 5_000;
const retry = { giveUpAfterMs: 86_400_000, firstMs: 2_000, longestMs: 60_000 };

/** The integration that tells one channel, and the next ones when it fails. */
export function channelIntegration(
  own: Named,
  others: () => readonly Named[],
  { post, clock }: ChannelFlow,
): Integration {
  const tellers = new Map<string, Teller>();
  const tellerOf = (to: Named): Teller => {
    const known = tellers.get(to.name) ?? tellerTo(systemOf(to.name, to.channel), to.channel, post);
    tellers.set(to.name, known);
    return known;
  };

  return internalIntegration(own.name, {
    identify: (record) => {
      const { id, alert, number } = record as Message;
      return { id, entity: alert.id, version: number };
    },
    retry,
    deliverTimeoutMs: 60_000,
    // Whoever slept through three changes of an alert is told how it is now.
    latestOnly: true,
    async deliver(record, { effect }) {
      const { atMs, ...message } = record as Message & { readonly atMs: number };
      const { route } = own.channel;
      const waitMs = quietMs(route, message.alert, clock.now());
      if (waitMs > 0) throw later(`${waitMs}ms`, "quiet hours");
      const quiet = quietMs(route, message.alert, atMs);
      const isLate = (): boolean => clock.now() - atMs - quiet >= fallsOverAfterMs;
      let failed: unknown;
      for (const one of [own, ...others()]) {
        const insteadOf = one === own ? undefined : own.name;
        const telling = tellerOf(one)({ ...message, insteadOf }, quiet > 0);
        try {
          await effect(one.name, telling.change);
          return;
        } catch (error) {
          failed = error;
          const refused = error instanceof WaybillError && error.code === "effect-refused";
          const urgent = message.alert.severity === "critical" && (telling.isGone() || isShut(error, clock.now()));
          if (!refused && !urgent && !isLate()) throw error;
        }
      }
      throw failed;
    },
  });
}

/** Its breaker stands open: it has failed others already, and nobody asks it for a while. */
function isShut(error: unknown, nowMs: number): boolean {
  return error instanceof Halt && error.verdict.kind === "deferred" && error.verdict.untilMs - nowMs > shutMs;
}

/** The account that a channel is, with what is known of its limits. */
function systemOf(name: string, { kind }: Channel): SystemDefinition {
  return internalSystem(name, {
    limits: kind === "slack" || kind === "teams" ? [rate(1, "1s")] : [],
    timeoutMs: kind === "email" ? 40_000 : 15_000,
  });
}
