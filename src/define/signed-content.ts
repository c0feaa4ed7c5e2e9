import { didYouMean } from "../model/did-you-mean.ts";
import { checkText, type Declared, refuse, shown } from "../model/options.ts";
import type { SignedPart } from "./proof.ts";

const names = ["body", "time", "method", "url"];
const aPart = /\{([^{}]*)\}/;

/**
 * What was signed, from a template such as `"v0:{time}:{body}"`. Known are `{body}`, `{time}`, `{method}`, `{url}` and `{header.NAME}`; everything
 * else stands for itself.
 *
 * @throws {WaybillError} of the declared thing, when a part is unknown or the body is not among them.
 */
export function signedContent(thing: Declared, template: string): readonly SignedPart[] {
  checkText(thing, "signed", template, 'Such as "{time}.{body}".');
  if (!/^[\x20-\x7e\n]*$/.test(template)) {
    refuse(thing, "signed has characters beyond ASCII.", "Headers and addresses have none, so nobody signs them.");
  }
  const parts = template
    .split(aPart)
    .map((piece, index) => (index % 2 === 0 ? { kind: "text" as const, text: piece } : partOf(thing, piece)))
    .filter((part) => part.kind !== "text" || part.text !== "");
  const bodies = parts.filter(({ kind }) => kind === "body").length;
  if (bodies !== 1) {
    const problem = bodies === 0 ? "the body is not in it, so anybody could change it" : "the body is in it twice";
    refuse(thing, `signed is ${shown(template)}: ${problem}.`, 'Such as "{body}" or "{time}.{body}".');
  }
  return Object.freeze(parts);
}

function partOf(thing: Declared, name: string): SignedPart {
  if (name === "body" || name === "time" || name === "url") return { kind: name };
  // Webhooks are taken by POST alone.
  if (name === "method") return { kind: "text", text: "POST" };
  const header = /^header\.([A-Za-z0-9!#$%&'*+\-.^_`|~]+)$/.exec(name)?.[1];
  if (header !== undefined) return { kind: "header", name: header.toLowerCase() };
  const hint = `${didYouMean(name, names, "parts")} A header is {header.X-Event-Id}.`;
  refuse(thing, `signed has a part {${name.slice(0, 60)}} that nobody knows.`, hint);
}
