import crypto from "node:crypto";
import type { AnyChange, Headers, HttpChange, PerformChange } from "../define/request.ts";
import { isSecret } from "../define/secret.ts";
import { WaybillError } from "../model/errors.ts";
import { jsonText } from "./json-text.ts";
import type { StoredRequest, StoredText } from "./port.ts";
import { formText, pairsOf, pathOf, type StoredPair, sorted } from "./target.ts";

// From what the code declared to what is stored: everything that will be sent, except auth, with the idempotency key in its place and every
// secret by its name. What is stored is what is repeated, byte for byte, however the code changes meanwhile.

type Body = StoredRequest["body"];

/** Set by the connection itself; a request that declared them would be malformed, or smuggle another one. */
const connectionHeaders = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "upgrade",
  "expect",
  "te",
]);
const headerName = /^[a-z0-9!#$%&'*+\-.^_`|~]+$/;
/** What may not stand in a header's value. */
export const badInHeader: RegExp = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * The request as it is stored.
 *
 * @throws {WaybillError} `effect-misused` when it cannot be sent as described.
 */
export function prepare(change: AnyChange, idempotencyKey: string): StoredRequest {
  const request = change.how === "http" ? prepareHttp(change, idempotencyKey) : preparePerform(change);
  return {
    ...request,
    ...(change.parts === undefined ? {} : { parts: change.parts }),
    ...(change.undoable === undefined ? {} : { undo: change.undoable }),
  };
}

function preparePerform(change: PerformChange): StoredRequest {
  const secrets: string[] = [];
  const body: Body = change.hasRequest ? { kind: "json", text: jsonText(change.request, secrets) } : undefined;
  if (secrets.length > 0) {
    throw new WaybillError(
      "effect-misused",
      `The request of a perform on "${change.system.name}" holds the secret ${secrets[0]}.`,
      "Read secrets inside run: what is in the request is stored.",
    );
  }
  return { system: change.system.name, method: "PERFORM", path: "", query: [], headers: [], body };
}

function prepareHttp(change: HttpChange, idempotencyKey: string): StoredRequest {
  const { path, query } = pathOf(change.path);
  const place = placeOf(change, idempotencyKey);
  const pairs = [...query, ...pairsOf(change.query, "query")];
  if (place?.in === "query") pairs.push([place.name, place.key]);
  return {
    system: change.system.name,
    method: change.method,
    path,
    query: sorted(pairs),
    headers: headersOf(change, place),
    body: bodyOf(change, place),
  };
}

interface KeyPlace {
  readonly in: "header" | "query" | "body";
  readonly name: string;
  readonly key: string;
}

function placeOf(change: HttpChange, idempotencyKey: string): KeyPlace | undefined {
  const { idempotency } = change;
  if (change.kind === "read" || idempotency?.how !== "byKey") return undefined;
  const key = fitted(idempotencyKey, idempotency.max);
  if (idempotency.query !== undefined) return { in: "query", name: idempotency.query, key };
  if (idempotency.body !== undefined) return { in: "body", name: idempotency.body, key };
  return { in: "header", name: idempotency.header ?? "Idempotency-Key", key };
}

/** A key that fits the destination: a longer one is hashed, so that whatever is cut off was already spread over what stays. */
export function fitted(key: string, charactersMax: number): string {
  return key.length <= charactersMax ? key : crypto.hash("sha256", key, "base64url").slice(0, charactersMax);
}

function headersOf(change: HttpChange, place: KeyPlace | undefined): readonly StoredPair[] {
  if (change.headers === undefined && change.system.headers === undefined) {
    if (place?.in !== "header") return [];
    const name = place.name.toLowerCase();
    checkHeader(change, name, place.key);
    return [[name, place.key]];
  }
  const headers = new Map<string, StoredText>();
  collect(headers, change.system.headers);
  collect(headers, change.headers);
  if (place?.in === "header") {
    if (headers.has(place.name.toLowerCase())) {
      throw misused(
        change,
        `the header ${place.name} carries the idempotency key and is also declared in headers`,
        "Leave it to Waybill.",
      );
    }
    headers.set(place.name.toLowerCase(), place.key);
  }
  for (const [name, value] of headers) checkHeader(change, name, value);
  return sorted([...headers]);
}

function checkHeader(change: HttpChange, name: string, value: StoredText): void {
  if (connectionHeaders.has(name)) {
    throw misused(change, `the header ${name} is set by the connection itself`, "Leave it out.");
  }
  if (!headerName.test(name)) {
    throw misused(change, `${JSON.stringify(name)} is not a header's name`, "Use letters, digits and dashes.");
  }
  if (typeof value === "string" && badInHeader.test(value)) {
    const what = `the header ${name} holds a line break or a character beyond Latin-1`;
    throw misused(change, what, "Encode the value, or send it in the body.");
  }
}

function collect(into: Map<string, StoredText>, declared: Headers | undefined): void {
  if (declared === undefined) return;
  for (const [name, value] of Object.entries(declared)) {
    if (value === undefined) continue;
    if (!isSecret(value)) into.set(name.toLowerCase(), String(value));
    else into.set(name.toLowerCase(), value.optional ? { secret: value.name, optional: true } : { secret: value.name });
  }
}

function bodyOf(change: HttpChange, place: KeyPlace | undefined): Body {
  const key = place?.in === "body" ? place : undefined;
  const secrets: string[] = [];
  const secretsIn = (): { secrets?: readonly string[] } => (secrets.length === 0 ? {} : { secrets });
  if (change.hasJson) {
    if (change.json === undefined) throw misused(change, "its json is undefined", "Leave json out, or send null.");
    const text = jsonText(
      key === undefined ? change.json : withKey(change, change.json, key, key.name.split(".")),
      secrets,
    );
    return { kind: "json", text, ...secretsIn() };
  }
  if (change.form !== undefined) {
    const pairs = pairsOf(change.form, "form");
    if (key !== undefined) pairs.push([key.name, key.key]);
    return { kind: "form", text: formText(pairs, secrets), ...secretsIn() };
  }
  if (key !== undefined)
    throw misused(
      change,
      `byKey({ body: "${key.name}" }) has no json or form to put the key in`,
      "Send json or form, or name a header.",
    );
  if (change.body === undefined) return undefined;
  if (typeof change.body === "string") return { kind: "text", text: change.body };
  const { buffer, byteOffset, byteLength } = change.body;
  return { kind: "base64", text: Buffer.from(buffer, byteOffset, byteLength).toString("base64") };
}

/** The JSON with the key in its field; what the user gave is left as it is. */
function withKey(change: HttpChange, json: unknown, place: KeyPlace, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return place.key;
  if (json !== undefined && (typeof json !== "object" || json === null || Array.isArray(json))) {
    throw misused(
      change,
      `byKey({ body: "${place.name}" }) needs an object at ${JSON.stringify(name)}`,
      "Send an object there, or name another field.",
    );
  }
  const object = (json ?? {}) as Record<string, unknown>;
  if (rest.length === 0 && object[name] !== undefined) {
    throw misused(
      change,
      `the field ${place.name} carries the idempotency key and is also set in the body`,
      "Leave it to Waybill.",
    );
  }
  return { ...object, [name]: withKey(change, object[name], place, rest) };
}

function misused(change: HttpChange, why: string, hint: string): WaybillError {
  return new WaybillError(
    "effect-misused",
    `${change.method} ${change.path} on "${change.system.name}" cannot be sent: ${why}.`,
    hint,
  );
}
