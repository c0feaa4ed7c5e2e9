import type { Channel } from "../../define/channel.ts";
import type { Integration } from "../../define/definition.ts";
import { isSecret } from "../../define/secret.ts";
import { said } from "../../model/errors.ts";
import type { Secrets } from "../../systems/secrets.ts";
import type { Tell, Telling } from "../alerts/telling.ts";
import { type ChannelFlow, channelIntegration, type Named } from "./flow.ts";
import type { Message } from "./news.ts";
import { isFor } from "./route.ts";

export interface Channels {
  /** Every channel that is declared. */
  readonly named: readonly Named[];
  /** One for each channel: what delivers its messages. */
  readonly integrations: readonly Integration[];
  /** Why a channel cannot be told anything; undefined for one that can. */
  lacks(channel: Channel): string | undefined;
  /** Hands news to the channels that they are for. Durable when it resolves. */
  tell(send: (integration: Integration, record: unknown) => Promise<unknown>): Tell;
  /** Tells the channels at once, without a ledger: for when that is what fails. Never rejects. */
  readonly tellDirectly: Tell;
}

/** The channels that are declared, and what is done with them. No secret is read before something is to be told. */
export function channelsOf(
  declared: readonly Channel[],
  { secrets, ...flow }: ChannelFlow & { readonly secrets: Pick<Secrets, "optional"> },
): Channels {
  const named = namedOf(declared);
  const lacks = (channel: Channel): string | undefined => missing(channel, secrets);
  const pairs = named.map((one, at) => {
    const others = (): readonly Named[] =>
      [...named.slice(at + 1), ...named.slice(0, at)].filter(({ channel }) => lacks(channel) === undefined);
    return { one, integration: channelIntegration(one, others, flow) };
  });
  const toldOf = ({ alert }: Telling) =>
    pairs.filter(({ one: { channel } }) => isFor(channel.route, alert) && lacks(channel) === undefined);
  return {
    named,
    integrations: pairs.map(({ integration }) => integration),
    lacks,
    tell: (send) => async (tellings) => {
      for (const telling of tellings)
        for (const { one, integration } of toldOf(telling))
          await send(integration, { ...messageOf(telling, one.name), atMs: flow.clock.now() });
    },
    async tellDirectly(tellings) {
      const posts = tellings.flatMap((telling) =>
        toldOf(telling).map(({ one: { name, channel } }) => flow.post(channel, [messageOf(telling, name)])),
      );
      await Promise.allSettled(posts);
    },
  };
}

/** Whom a message is for is part of its name: each channel gets its own, once. */
export function messageOf({ alert, news, number }: Telling, channel: string): Message {
  return { alert, news, number, id: `${alert.id}.${number}.${channel}`, insteadOf: undefined };
}

function namedOf(channels: readonly Channel[]): readonly Named[] {
  const counts = new Map<string, number>();
  return channels.map((channel) => {
    const count = (counts.get(channel.kind) ?? 0) + 1;
    counts.set(channel.kind, count);
    return { name: count === 1 ? channel.kind : `${channel.kind}-${count}`, channel };
  });
}

function missing(channel: Channel, secrets: Pick<Secrets, "optional">): string | undefined {
  const needs = [
    "url" in channel ? channel.url : undefined,
    "key" in channel ? channel.key : undefined,
    "secret" in channel ? channel.secret : undefined,
  ];
  try {
    const unset = needs.filter(isSecret).find(({ name }) => secrets.optional(name) === undefined);
    return unset === undefined ? undefined : `the secret ${unset.name} is not set`;
  } catch (error) {
    return said(error);
  }
}
