import { type Declared, durationOption, refuse, shown } from "../model/options.ts";
import { checkSecret, type Secret } from "./secret.ts";

/** One secret, or several while an old one is being replaced: any of them may have signed. */
export type SigningSecrets = Secret | readonly [Secret, ...Secret[]];

/** @throws {WaybillError} of the declared thing, when there is no secret or it is not one by name. */
export function signingSecrets(thing: Declared, given: SigningSecrets, what = "its secret"): readonly Secret[] {
  const secrets = (Array.isArray(given) ? given : [given]) as readonly Secret[];
  if (secrets.length === 0) refuse(thing, `it has no ${what.replace(/^its /, "")}.`, 'Such as secret("SHOP_SECRET").');
  for (const secret of secrets) checkSecret(thing, what, secret);
  return Object.freeze([...secrets]);
}

/** How far the sender's clock may be from ours. */
export function toleranceMs(thing: Declared, tolerance: unknown, otherwise: "5m" | "4d" = "5m"): number {
  return durationOption(thing, "tolerance", tolerance, otherwise, { min: "1s", max: "366d" });
}

export function checkHeaderName(thing: Declared, option: string, name: unknown): asserts name is string {
  if (typeof name === "string" && /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/.test(name)) return;
  const problem = name === undefined ? "is missing" : `is ${shown(name)}, which cannot be the name of a header`;
  refuse(thing, `${option} ${problem}.`, 'Such as "X-Signature".');
}

/**
 * The address that a sender calls, letter by letter as it stands in the sender's settings, because it is part of what is signed. Its query is left out:
 * that is taken from each request.
 */
export function calledUrl(thing: Declared, url: unknown): string {
  const hint = `As it stands in the sender's settings: { url: "https://hooks.example.com/shop" }.`;
  if (url === undefined) refuse(thing, '"url" is missing, and it is part of what is signed.', hint);
  if (typeof url !== "string") refuse(thing, `url is ${shown(url)}, and text is expected.`, hint);
  if (!URL.canParse(url) || !/^https?:\/\/[\x21-\x7e]+$/.test(url)) {
    refuse(thing, `url is ${shown(url)}, which is no address to call.`, hint);
  }
  if (/[?#]/.test(url)) {
    refuse(
      thing,
      `url is ${shown(url)}, with a query.`,
      'Leave out what begins with "?": it is taken from each request.',
    );
  }
  return url;
}
