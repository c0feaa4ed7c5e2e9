import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { personName, type Role, type Visitor } from "./visitor.ts";

// Who has signed in with a token, in a cookie. Nothing of it is kept here: the cookie says who it is and until when, signed with a key that is derived from
// the token he showed (RFC 5869). So a page stays signed in across a restart, on every worker of a fleet, and a token that is changed ends all its sessions.

/** Also what a person signs with who has no name: a cookie of another program may have the same name under another path, and does no harm. */
export const cookieName = "waybill_session";
export const sessionMs: number = 12 * 3_600_000;

export interface Session {
  readonly name: string;
  readonly role: Role;
  readonly untilMs: number;
}

/** What stands in the cookie. */
export function sealed({ name, role, untilMs }: Session, token: string): string {
  const text = Buffer.from(JSON.stringify([role, personName(name), untilMs])).toString("base64url");
  return `${text}.${signature(text, token)}`;
}

/**
 * Who a cookie says that it is; undefined for one that is over, or that nobody here has signed.
 *
 * @param tokenOf the token of a role, where there is one.
 */
export function opened(
  value: string | undefined,
  tokenOf: (role: Role) => string | undefined,
  nowMs: number,
): Visitor | undefined {
  const [text = "", given = ""] = (value ?? "").split(".");
  const session = read(text);
  const token = session === undefined ? undefined : tokenOf(session.role);
  if (session === undefined || token === undefined || session.untilMs <= nowMs) return undefined;
  const expected = Buffer.from(signature(text, token));
  const shown = Buffer.from(given);
  if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return undefined;
  return { name: session.name, role: session.role, by: "session" };
}

function read(text: string): Session | undefined {
  try {
    const [role, name, untilMs] = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as unknown[];
    const isOne = (role === "viewer" || role === "operator") && typeof name === "string" && typeof untilMs === "number";
    return isOne ? { role, name, untilMs } : undefined;
  } catch {
    return undefined;
  }
}

function signature(text: string, token: string): string {
  return createHmac("sha256", keyOf(token, "session")).update(text).digest("base64url");
}

/** A key for one purpose: what it signs tells nothing of the token. */
export function keyOf(token: string, purpose: "session" | "form"): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", token, "waybill", purpose, 32));
}

/** One cookie of a request. */
export function cookieIn(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/**
 * No path: a browser then takes the folder of the page that set it, which is where Waybill is mounted, whatever a proxy has made of it.
 *
 * @param maxAgeMs 0 takes it away.
 */
export function cookieHeader(value: string, maxAgeMs: number, isSecure: boolean): string {
  return `${cookieName}=${value}; Max-Age=${Math.floor(maxAgeMs / 1_000)}; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`;
}
