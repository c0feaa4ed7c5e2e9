import type { SystemDefinition } from "../../define/system-definition.ts";
import type { CallSide } from "../../ledger/ledger.ts";
import type { StoredRequest } from "../port.ts";
import type { Wire } from "../wire.ts";
import { withoutCards, withoutCredentials } from "./credentials.ts";
import { isHidden, withoutHiddenMembers, withoutHiddenPairs } from "./names.ts";

// A request and its answer as they are kept for people: secrets by name, by value and by what they look like, cut to a size, and no character that a
// terminal would obey. By value comes first and sees more than is kept, so that no secret is cut in two and shown by half.

export type Redact = (text: string) => string;

/** More of a text is looked at than is kept: the longest secret that may stand across the end. */
const marginChars = 65_536;
const headersMax = 50;
const headerCharsMax = 500;
const nameCharsMax = 100;
const urlCharsMax = 2_000;

/** Headers that every request has. */
const usual: ReadonlySet<string> = new Set(["accept", "content-type", "user-agent", "content-length"]);

/** Where it went: its address, without what must not be seen. */
export function shownUrl(
  wire: Pick<Wire, "origin" | "path">,
  stored: StoredRequest,
  system: SystemDefinition,
  redact: Redact,
): string {
  const hiddenNames = new Set(stored.query.flatMap(([name, value]) => (typeof value === "string" ? [] : [name])));
  if (system.auth?.kind === "apiKey" && system.auth.in === "query") hiddenNames.add(system.auth.name);
  const [path = "", query] = redact(`${wire.origin}${wire.path}`.slice(0, marginChars)).split("?", 2);
  const pairs = query?.split("&").map((pair) => {
    const [name = ""] = pair.split("=", 1);
    return hiddenNames.has(name) || isHidden(name, "query") ? `${name}=[redacted]` : pair;
  });
  return tidy(pairs === undefined ? path : `${path}?${pairs.join("&")}`).slice(0, urlCharsMax);
}

export function shownRequest(wire: Wire, stored: StoredRequest, bodyMax: number, redact: Redact): CallSide {
  const headers: Record<string, string> = {};
  for (const [name, value] of stored.headers) {
    if (typeof value !== "string") headers[name] = `[secret ${value.secret}]`;
    else headers[name] = shownHeader(name, value, redact);
  }
  // What auth and signatures added.
  for (let at = 0; at < wire.headers.length; at += 2) {
    const name = wire.headers[at] as string;
    if (!(name in headers)) headers[name] = usual.has(name) ? (wire.headers[at + 1] as string) : "[redacted]";
  }
  return {
    headers,
    body: stored.body === undefined ? undefined : storedBody(stored.body, bodyMax, redact),
    bytes: bytesOf(wire.body),
  };
}

/** The body as it is stored: its secrets stand in it by name. */
export function storedBody(body: NonNullable<StoredRequest["body"]>, bodyMax: number, redact: Redact): string {
  if (body.kind === "base64") return `(binary, ${Buffer.byteLength(body.text, "base64")} bytes)`;
  return shownBody(body.text, bodyMax, redact);
}

export function shownHeaders(headers: Readonly<Record<string, string>>, redact: Redact): Record<string, string> {
  const all = Object.entries(headers);
  const shown = all
    .slice(0, headersMax)
    .map(([name, value]) => [tidy(redact(name)).slice(0, nameCharsMax), shownHeader(name, value, redact)]);
  if (all.length > headersMax) shown.push(["…", `${all.length - headersMax} more`]);
  return Object.fromEntries(shown) as Record<string, string>;
}

function shownHeader(name: string, value: string, redact: Redact): string {
  if (isHidden(name, "header")) return "[redacted]";
  const safe = withoutHiddenPairs(withoutCredentials(redact(value.slice(0, marginChars))), "query");
  return tidy(safe).slice(0, headerCharsMax);
}

/** The beginning of a text, JSON or form or anything. */
export function shownBody(text: string, bodyMax: number, redact: Redact): string {
  if (bodyMax === 0) return "";
  const known = redact(text.slice(0, bodyMax + marginChars)).slice(0, bodyMax * 2);
  const json = /^\s*[[{"]/.test(known);
  const named = json ? withoutHiddenMembers(known) : withoutHiddenPairs(known, "body");
  const safe = withoutCards(withoutCredentials(named));
  return tidy(safe).slice(0, bodyMax);
}

export function shownText(text: string, redact: Redact): string {
  return tidy(withoutHiddenPairs(withoutCredentials(redact(text.slice(0, marginChars))), "query")).slice(0, 2_000);
}

/** Whether a text is none: letters that no text has. */
export function isBinary(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return /[\u0000-\u0008\u000e-\u001a]/.test(text.slice(0, 1_000));
}

function bytesOf(body: Wire["body"]): number {
  return body === undefined ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
}

/** No character that steers a terminal, and no half letter. */
function tidy(text: string): string {
  return text.toWellFormed().replace(/[^\P{C}\n\t]/gu, "·");
}
