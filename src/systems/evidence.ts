// What code of the user's own threw, read as evidence. A vendor's SDK throws errors of its own shape; most of them carry an HTTP status, and some
// the code of a connection that never came up. Everything else proves nothing.

import { parseAnswer } from "./exact-json.ts";

export type Thrown =
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      /** Read where it is JSON; undefined where it says nothing but its message. */
      readonly body: unknown;
    }
  | { readonly kind: "not-sent" }
  | { readonly kind: "unknown" };

/** Thrown by code that knows that nothing left it. */
export class NotSent extends Error {
  override readonly name = "NotSent";
}

/** Codes that come only from before a connection stands. */
const notSentCodes = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

export function readThrown(thrown: unknown): Thrown {
  if (thrown instanceof NotSent) return { kind: "not-sent" };
  if (!isObject(thrown)) return { kind: "unknown" };
  const status = statusOf(thrown);
  if (status !== undefined) return { kind: "status", status, headers: headersOf(thrown), body: bodyOf(thrown) };
  return { kind: neverSent(thrown, 0) ? "not-sent" : "unknown" };
}

function statusOf(thrown: Record<string, unknown>): number | undefined {
  const { response, $metadata } = thrown;
  const candidates = [
    thrown.status,
    thrown.statusCode,
    isObject(response) ? (response.status ?? response.statusCode) : undefined,
    isObject($metadata) ? $metadata.httpStatusCode : undefined,
  ];
  return candidates.find(
    (one): one is number => typeof one === "number" && Number.isInteger(one) && one >= 300 && one <= 599,
  );
}

function headersOf(thrown: Record<string, unknown>): Readonly<Record<string, string>> {
  const { response } = thrown;
  const found = thrown.headers ?? (isObject(response) ? response.headers : undefined);
  const pairs: Iterable<readonly [unknown, unknown]> =
    found instanceof Headers ? found : isObject(found) ? Object.entries(found) : [];
  const headers: Record<string, string> = {};
  for (const [name, value] of pairs) if (typeof value === "string") headers[String(name).toLowerCase()] = value;
  return headers;
}

/** Where clients put the body of the answer they throw for: axios and octokit, got, fetch wrappers, SDKs of vendors; some put it into the message. */
function bodyOf(thrown: Record<string, unknown>): unknown {
  const { response, data, body, error, message } = thrown;
  const answered = isObject(response) ? [response.data, response.body] : [];
  for (const one of [...answered, data, body, error, message]) {
    const read = typeof one === "string" ? parsed(one) : one;
    if (isPlain(read)) return read;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return parseAnswer(text);
  } catch {
    return undefined;
  }
}

/** What JSON makes: no stream, no error, no class of an SDK's own. */
function isPlain(value: unknown): boolean {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Array.isArray(value);
}

function neverSent(thrown: Record<string, unknown>, depth: number): boolean {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) {
    return thrown.errors.every((one: unknown) => isObject(one) && neverSent(one, depth + 1));
  }
  const { code, syscall, cause } = thrown;
  if (typeof code === "string") return notSentCodes.has(code) || syscall === "connect" || syscall === "getaddrinfo";
  return depth < 5 && isObject(cause) && neverSent(cause, depth + 1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
