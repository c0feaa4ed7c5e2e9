import { checkFunction, checkOptions, declared, refuse, shown } from "../model/options.ts";
import { checkSecret, type Secret } from "./secret.ts";
import type { Sign } from "./signing.ts";
import type { Auth } from "./system-definition.ts";

/**
 * Signs each request by a function of your own. It runs for every send, retries too, after everything else about the request is settled, and sees
 * the bytes that leave; what it answers is never stored. It has 5 seconds.
 *
 * @param sign gets the request and the values of its secrets, and answers headers.
 * @param secrets by the name that `sign` knows them under.
 * @throws {WaybillError} `bad-definition` when one of them is no secret.
 * @example
 * signed(
 *   ({ method, url, body, now }, { key }) => {
 *     const at = String(Math.floor(now / 1_000));
 *     const mac = createHmac("sha256", key).update(`${at}.${method}.${url}.`).update(body).digest("hex");
 *     return { "X-Timestamp": at, "X-Signature": mac };
 *   },
 *   { key: secret("PARTNER_KEY") },
 * )
 */
export function signed<const S extends Readonly<Record<string, Secret>>>(
  sign: Sign<{ readonly [Name in keyof S]: string }>,
  secrets: S,
): Auth {
  const thing = declared("signed()");
  if (sign === undefined)
    refuse(thing, "it has no function that signs.", "Such as signed(({ body }, { key }) => …, …).");
  checkFunction(thing, "what signs", sign);
  if (typeof secrets !== "object" || secrets === null)
    refuse(thing, `its secrets are ${shown(secrets)}.`, 'Name them: { key: secret("PARTNER_KEY") }.');
  checkOptions(thing, secrets, Object.fromEntries(Object.keys(secrets).map((name) => [name, true as const])));
  for (const [name, one] of Object.entries(secrets)) checkSecret(thing, `"${name}"`, one);
  return Object.freeze({ kind: "signed", sign: sign as Sign, secrets: Object.freeze({ ...secrets }) });
}
