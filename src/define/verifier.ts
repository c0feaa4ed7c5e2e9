import type { Duration } from "../model/duration.ts";
import {
  checkOneOf,
  checkOptions,
  checkRequired,
  checkText,
  type Declared,
  declared,
  durationOption,
  refuse,
  shown,
} from "../model/options.ts";
import { checkSecret, type Secret } from "./secret.ts";
import type { Verifier } from "./source.ts";

/** One secret, or several while an old one is being replaced: any of them may have signed. */
export type SigningSecrets = Secret | readonly [Secret, ...Secret[]];

export interface StandardWebhooksOptions {
  /** How far the sender's clock may be from ours; `"5m"` by default. */
  tolerance?: Duration;
}

export interface HmacOptions {
  /** The header that carries the signature. */
  header: string;
  /** `"sha256"` by default. */
  algorithm?: "sha1" | "sha256" | "sha384" | "sha512";
  /** How the signature is written; `"hex"` by default. */
  encoding?: "hex" | "base64" | "base64url";
  /** What stands before the signature in the header, such as `"sha256="`. */
  prefix?: string;
  /** The header that carries the time of sending in epoch seconds; then `time.body` is what was signed. */
  timestampHeader?: string;
  /** How far that time may be from ours; `"5m"` by default. */
  tolerance?: Duration;
}

const standardKnown = { tolerance: true } satisfies Record<keyof StandardWebhooksOptions, true>;
const hmacKnown = {
  header: true,
  algorithm: true,
  encoding: true,
  prefix: true,
  timestampHeader: true,
  tolerance: true,
} satisfies Record<keyof HmacOptions, true>;

/**
 * Signatures as https://www.standardwebhooks.com describes them: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
 *
 * @throws {WaybillError} `bad-definition` when it is not given a secret.
 * @example webhook("/shop/orders", { verify: standardWebhooks(secret("SHOP_WEBHOOK_SECRET")) })
 */
export function standardWebhooks(secrets: SigningSecrets, options: StandardWebhooksOptions = {}): Verifier {
  const thing = declared("standardWebhooks()");
  checkOptions(thing, options, standardKnown);
  return Object.freeze({
    kind: "standard",
    secrets: secretsOf(thing, secrets),
    toleranceMs: toleranceMs(thing, options.tolerance),
  });
}

/**
 * Signatures as GitHub makes them: `X-Hub-Signature-256`
 * (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries).
 *
 * @throws {WaybillError} `bad-definition` when it is not given a secret.
 * @example webhook("/people/changed", { verify: githubWebhooks(secret("PEOPLE_SECRET")) })
 */
export function githubWebhooks(secrets: SigningSecrets): Verifier {
  return Object.freeze({ kind: "github", secrets: secretsOf(declared("githubWebhooks()"), secrets) });
}

/**
 * The general scheme: an HMAC over the raw body in a header.
 *
 * @throws {WaybillError} `bad-definition` when the header is missing or an option is unknown.
 * @example
 * hmac(secret("SHOPIFY_SECRET"), { header: "X-Shopify-Hmac-Sha256", encoding: "base64" })
 */
export function hmac(secrets: SigningSecrets, options: HmacOptions): Verifier {
  const thing = declared("hmac()");
  checkOptions(thing, options, hmacKnown);
  checkRequired(thing, options, { header: 'Name the header that carries the signature: { header: "X-Signature" }.' });
  checkHeaderName(thing, "header", options.header);
  if (options.timestampHeader !== undefined) checkHeaderName(thing, "timestampHeader", options.timestampHeader);
  else if (options.tolerance !== undefined) {
    refuse(
      thing,
      "tolerance says how old a message may be, and without timestampHeader nobody knows.",
      "Name the timestampHeader, or leave tolerance out.",
    );
  }
  const algorithm = options.algorithm ?? "sha256";
  const encoding = options.encoding ?? "hex";
  const prefix = options.prefix ?? "";
  checkOneOf(thing, "algorithm", algorithm, ["sha1", "sha256", "sha384", "sha512"]);
  checkOneOf(thing, "encoding", encoding, ["hex", "base64", "base64url"]);
  if (typeof prefix !== "string")
    refuse(thing, `prefix is ${shown(prefix)}, and text is expected.`, 'Such as "sha256=".');
  return Object.freeze({
    kind: "hmac",
    secrets: secretsOf(thing, secrets),
    header: options.header.toLowerCase(),
    algorithm,
    encoding,
    prefix,
    timestampHeader: options.timestampHeader?.toLowerCase(),
    toleranceMs: toleranceMs(thing, options.tolerance),
  });
}

/** Anybody who knows the path may send. For senders that cannot sign, behind something else that keeps strangers out. */
export const unverified: Verifier = Object.freeze({ kind: "unverified" });

function secretsOf(thing: Declared, given: SigningSecrets): readonly Secret[] {
  const secrets = (Array.isArray(given) ? given : [given]) as readonly Secret[];
  if (secrets.length === 0) refuse(thing, "it has no secret.", 'Such as secret("SHOP_WEBHOOK_SECRET").');
  for (const secret of secrets) checkSecret(thing, "its secret", secret);
  return Object.freeze([...secrets]);
}

function toleranceMs(thing: Declared, tolerance: unknown): number {
  return durationOption(thing, "tolerance", tolerance, "5m", { min: "1s", max: "366d" });
}

function checkHeaderName(thing: Declared, option: string, name: unknown): void {
  checkText(thing, option, name);
  if (!/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/.test(name as string)) {
    refuse(thing, `${option} is ${shown(name)}, which cannot be the name of a header.`, 'Such as "X-Signature".');
  }
}
