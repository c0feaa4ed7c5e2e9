import type { HmacVerifier, SignedPart, Verifier } from "../define/proof.ts";
import type { WebhookDefinition } from "../define/source.ts";
import { durationText } from "../model/duration.ts";

/** What is verified of each delivery, in a sentence for people. */
export function verifiedText({ verify, from }: WebhookDefinition): string {
  const where = from === undefined ? "" : `, only from ${from.join(", ")}`;
  if (verify.kind === "unverified") return from === undefined ? "nothing: anybody may send" : `nothing${where}`;
  const secrets = verify.secrets.map(({ name }) => name).join(" or ");
  return `${proofText(verify)}; ${secrets}${where}`;
}

function proofText(verify: Exclude<Verifier, { kind: "unverified" }>): string {
  switch (verify.kind) {
    case "hmac":
      return hmacText(verify);
    case "twilio":
      return `twilio: HMAC in x-twilio-signature over ${verify.url}, its query and the form's fields; no time`;
    case "paypal":
      return `paypal${verify.sandbox ? " sandbox" : ""}: RSA in paypal-transmission-sig over id, time, webhook id and a CRC-32 of the body, at most ${durationText(verify.toleranceMs)} old`;
    case "graph":
      return "graph: the clientState in each notification; nothing is signed";
    case "password":
      return "a password in authorization; nothing is signed";
    case "token":
      return `a token in ${verify.header}; nothing is signed`;
  }
}

function hmacText({ sender, header, algorithm, encoding, signed, time, toleranceMs, url }: HmacVerifier): string {
  const whose = sender === undefined ? "" : `${sender}: `;
  const what = signed.map(partText).join("");
  const at = url === undefined ? "" : ` (${url})`;
  const age = time === undefined ? "no time" : `at most ${durationText(toleranceMs)} old`;
  return `${whose}HMAC-${algorithm.toUpperCase()} in ${encoding} in ${header} over ${what}${at}, ${age}`;
}

function partText(part: SignedPart): string {
  if (part.kind === "text") return part.text;
  return part.kind === "header" ? `{${part.name}}` : `{${part.kind.replace("hubspot-", "")}}`;
}
