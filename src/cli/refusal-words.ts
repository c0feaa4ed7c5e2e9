import type { Definition } from "../define/definition.ts";
import { webhookFeeds } from "../sources/feeds.ts";
import type { RefusalReason } from "../sources/webhook.ts";

// What to do about what was refused, for somebody who sees it for the first time, at night.

/** What to look at, by reason. The sender has been told the reason too, and sends again if it is one that does. */
const steps: Readonly<Record<RefusalReason, string>> = {
  "missing-signature": "Is it the sender you think, and does it sign? Look for the header in the sample.",
  "bad-signature":
    "Compare the secret on both sides (and the address, where it is signed). Something between may change the body.",
  "bad-timestamp": "The time is written in another way: timestampFormat.",
  "too-old": "Look at the clocks, and at what holds deliveries up. A wider tolerance is an option.",
  "too-new": "Look at the clocks.",
  "missing-credentials": "The sender shows no password, token or clientState.",
  "wrong-credentials": "Compare the password, token or clientState on both sides.",
  "certificate-unavailable": "PayPal could not be reached; it sends again.",
  "unknown-tenant": "No tenant of that id is in the list. Put it there, or have the sender's address corrected.",
  "wrong-address": "Add the address to from, or the proxy to server.trustedProxies.",
  "too-busy": "So much was sent at once that no more fitted in memory; whoever it was shall come again.",
  "too-large": "Raise bodyBytesMax, or have less sent at once.",
  "unsupported-type": "Have it sent as JSON, plain, in a charset that is known.",
  unreadable: "It is not JSON, or was cut off on its way.",
};

/** Reasons for which the secret on this side may be the wrong one. */
const ofSecrets: ReadonlySet<string> = new Set(["bad-signature", "wrong-credentials"] satisfies RefusalReason[]);

/** One line for each step, in order. @param firstAt when the first was refused, as ISO 8601. */
export function refusalSteps(
  { source, reason, firstAt }: { readonly source: string; readonly reason: string; readonly firstAt: string },
  definitions: readonly Definition[],
): readonly string[] {
  const step = steps[reason as RefusalReason];
  if (step === undefined) return [];
  const [name, ...others] = ofSecrets.has(reason) ? secretsOf(source, definitions) : [];
  const given =
    name === undefined
      ? []
      : [
          `Here it is ${[name, ...others].join(" or ")}. Where the sender has a new one: put it there as ${name} (in .env, or where this process gets its environment from), and start again.`,
        ];
  return [
    step,
    ...given,
    `Then have the sender send again what it sent since ${firstAt.slice(0, 16).replace("T", " ")} UTC: nothing of it is here. What comes twice is known by its id.`,
  ];
}

function secretsOf(source: string, definitions: readonly Definition[]): readonly string[] {
  return webhookFeeds(definitions)
    .filter(({ name }) => name === source)
    .flatMap(({ source: { verify } }) => (verify.kind === "unverified" ? [] : verify.secrets.map(({ name }) => name)));
}
