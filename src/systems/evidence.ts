// What code of the user's own threw, read as evidence. A vendor's SDK throws errors of its own shape; most of them carry an HTTP status, and some
// the code of a connection that never came up. Everything else proves nothing.

export type Thrown =
  | { readonly kind: "status"; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: "not-sent" }
  | { readonly kind: "unknown" };

/** Codes that come only from before a connection stands. */
const notSentCodes = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

export function readThrown(thrown: unknown): Thrown {
  if (!isObject(thrown)) return { kind: "unknown" };
  const status = statusOf(thrown);
  if (status !== undefined) return { kind: "status", status, headers: headersOf(thrown) };
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
