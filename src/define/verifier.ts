import type { Duration } from "../model/duration.ts";
import { checkOneOf, checkOptions, checkRequired, type Declared, declared, refuse, shown } from "../model/options.ts";
import type { HmacVerifier, TimeFormat, Verifier } from "./proof.ts";
import { schemes } from "./senders.ts";
import { signedContent } from "./signed-content.ts";
import { calledUrl, checkHeaderName, type SigningSecrets, signingSecrets, toleranceMs } from "./verifier-options.ts";

export interface ToleranceOptions {
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
  /** For a header of pairs such as `t=1700000000,v1=5257a8…`: the names of the signature and of the time. */
  pairs?: { signature: string; time?: string };
  /** The header that carries the time of sending. */
  timestampHeader?: string;
  /** How that time is written: epoch `"seconds"` (by default), epoch `"milliseconds"`, or `"iso"`. */
  timestampFormat?: TimeFormat;
  /** How far that time may be from ours; `"5m"` by default. */
  tolerance?: Duration;
  /**
   * What is signed, as a template of `{body}`, `{time}`, `{method}`, `{url}` and `{header.NAME}`: `"{time}.{body}"` where there is a time, otherwise
   * `"{body}"`.
   */
  signed?: string;
  /** For `{url}`: the address as it stands in the sender's settings, without its query. */
  url?: string;
  /** What the secret is: the key's text (by default), or the key in `"base64"` or `"hex"`. */
  key?: "text" | "base64" | "hex";
}

const toleranceKnown = { tolerance: true } satisfies Record<keyof ToleranceOptions, true>;
const hmacKnown = {
  header: true,
  algorithm: true,
  encoding: true,
  prefix: true,
  pairs: true,
  timestampHeader: true,
  timestampFormat: true,
  tolerance: true,
  signed: true,
  url: true,
  key: true,
} satisfies Record<keyof HmacOptions, true>;

/**
 * Signatures as https://www.standardwebhooks.com describes them: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
 *
 * @throws {WaybillError} `bad-definition` when it is not given a secret.
 * @example webhook("/shop/orders", { verify: standardWebhooks(secret("SHOP_WEBHOOK_SECRET")) })
 */
export function standardWebhooks(secrets: SigningSecrets, options: ToleranceOptions = {}): Verifier {
  return signedBy("standard", "standardWebhooks()", secrets, options);
}

/**
 * Signatures as GitHub makes them: `X-Hub-Signature-256`
 * (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries).
 *
 * @throws {WaybillError} `bad-definition` when it is not given a secret.
 * @example webhook("/people/changed", { verify: githubWebhooks(secret("PEOPLE_SECRET")) })
 */
export function githubWebhooks(secrets: SigningSecrets): Verifier {
  return signedBy("github", "githubWebhooks()", secrets);
}

/** A sender of the table that signs by an HMAC; `url` where the address is signed too. */
export function signedBy(
  sender: keyof typeof schemes,
  name: string,
  secrets: SigningSecrets,
  options: ToleranceOptions = {},
  url?: string,
): HmacVerifier {
  const thing = declared(name);
  checkOptions(thing, options, toleranceKnown);
  return Object.freeze({
    kind: "hmac",
    sender,
    secrets: signingSecrets(thing, secrets),
    ...schemes[sender],
    url,
    toleranceMs: toleranceMs(thing, options.tolerance),
  });
}

/**
 * The general scheme: an HMAC in a header, over the raw body and whatever else is signed with it.
 *
 * @throws {WaybillError} `bad-definition` when an option is missing, unknown, or says what another contradicts.
 * @example
 * hmac(secret("CRM_SECRET"), { header: "X-Signature", encoding: "base64" })
 * hmac(secret("CRM_SECRET"), { header: "X-Signature", timestampHeader: "X-Time", signed: "{method}{url}{body}{time}", url: "https://hooks.example.com/crm" })
 * hmac(secret("BANK_SECRET"), { header: "Bank-Signature", pairs: { signature: "v1", time: "t" } })
 */
export function hmac(secrets: SigningSecrets, options: HmacOptions): Verifier {
  const thing = declared("hmac()");
  checkOptions(thing, options, hmacKnown);
  checkRequired(thing, options, { header: 'Name the header that carries the signature: { header: "X-Signature" }.' });
  checkHeaderName(thing, "header", options.header);
  const { algorithm = "sha256", encoding = "hex", key = "text" } = options;
  checkOneOf(thing, "algorithm", algorithm, ["sha1", "sha256", "sha384", "sha512"]);
  checkOneOf(thing, "encoding", encoding, ["hex", "base64", "base64url"]);
  checkOneOf(thing, "key", key, ["text", "base64", "hex"]);
  const written = howWritten(thing, options);
  const time = howTimed(thing, options);
  const signed = signedContent(thing, options.signed ?? (time === undefined ? "{body}" : "{time}.{body}"));
  checkAgree(
    thing,
    options,
    signed.map(({ kind }) => kind),
    time !== undefined,
  );
  return Object.freeze({
    kind: "hmac",
    sender: undefined,
    secrets: signingSecrets(thing, secrets),
    header: options.header.toLowerCase(),
    algorithm,
    encoding,
    written,
    signed,
    time,
    key,
    url: options.url === undefined ? undefined : calledUrl(thing, options.url),
    toleranceMs: toleranceMs(thing, options.tolerance),
  });
}

function howWritten(thing: Declared, { prefix = "", pairs }: HmacOptions): HmacVerifier["written"] {
  if (typeof prefix !== "string")
    refuse(thing, `prefix is ${shown(prefix)}, and text is expected.`, 'Such as "sha256=".');
  if (pairs === undefined) return { as: "whole", prefix };
  checkOptions(thing, pairs, { signature: true, time: true }, "pairs");
  checkRequired(thing, pairs, { signature: 'Such as pairs: { signature: "v1", time: "t" }.' }, "pairs");
  for (const [option, name] of Object.entries(pairs)) {
    if (typeof name !== "string" || !/^[\w-]+$/.test(name))
      refuse(thing, `pairs.${option} is ${shown(name)}, and a name is expected.`, 'Such as "v1", in "t=…,v1=…".');
  }
  if (prefix !== "") refuse(thing, "it has pairs and a prefix, and a header is written in one way.", "Leave one out.");
  return { as: "pairs", signature: pairs.signature, time: pairs.time };
}

function howTimed(thing: Declared, options: HmacOptions): HmacVerifier["time"] {
  const { timestampHeader, timestampFormat, tolerance, pairs } = options;
  if (timestampHeader !== undefined) checkHeaderName(thing, "timestampHeader", timestampHeader);
  if (timestampHeader !== undefined && pairs?.time !== undefined)
    refuse(thing, "the time would come from pairs.time and from timestampHeader.", "Name one of them.");
  const isTimed = timestampHeader !== undefined || pairs?.time !== undefined;
  const idle = tolerance !== undefined ? "tolerance" : timestampFormat !== undefined ? "timestampFormat" : undefined;
  if (!isTimed && idle !== undefined) {
    const problem =
      idle === "tolerance"
        ? "tolerance says how old a message may be, and without timestampHeader nobody knows."
        : "timestampFormat says how a time is written, and without timestampHeader there is none.";
    refuse(thing, problem, `Name the timestampHeader, or leave ${idle} out.`);
  }
  if (!isTimed) return undefined;
  const format = timestampFormat ?? "seconds";
  checkOneOf(thing, "timestampFormat", format, ["seconds", "milliseconds", "iso"]);
  return { header: timestampHeader?.toLowerCase(), format };
}

/** What is signed and what is sent belong together: a time that is not signed could be changed by whoever sends an old message again. */
function checkAgree(thing: Declared, options: HmacOptions, signed: readonly string[], isTimed: boolean): void {
  const has = (part: string): boolean => signed.includes(part);
  if (isTimed && !has("time")) {
    refuse(
      thing,
      "the time is not in signed, so whoever sends an old message again could change it.",
      'Such as signed: "{time}.{body}".',
    );
  }
  if (!isTimed && has("time"))
    refuse(
      thing,
      "signed has {time}, and nobody knows where it comes from.",
      "Name the timestampHeader, or pairs.time.",
    );
  if (has("url") && options.url === undefined) calledUrl(thing, undefined);
  if (!has("url") && options.url !== undefined)
    refuse(thing, "url is given, and signed has no {url}.", 'Such as signed: "{url}{body}", or leave url out.');
}

/** Anybody who knows the path may send. For senders that cannot sign, behind something else that keeps strangers out. */
export const unverified: Verifier = Object.freeze({ kind: "unverified" });
