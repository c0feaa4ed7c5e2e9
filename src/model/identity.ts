import crypto from "node:crypto";

// Identity is computed here and nowhere else: what is hashed, in which order, cannot be changed once keys stand in other people's systems.
// Parts are prefixed with their length in UTF-8 bytes, so that ("ab", "c") and ("a", "bc") differ.

const parts = (values: readonly string[]): string => {
  let text = "";
  for (const value of values) text += `${Buffer.byteLength(value)}:${value}`;
  return text;
};

interface Prefix {
  readonly integration: string;
  readonly tenant: string;
  readonly text: string;
}

/** What many names in a row begin with is written once. */
let lastPrefix: Prefix | undefined;

function prefix(integration: string, tenant: string): string {
  if (lastPrefix?.integration === integration && lastPrefix.tenant === tenant) return lastPrefix.text;
  const text = parts(["id", integration, tenant]);
  lastPrefix = { integration, tenant, text };
  return text;
}

const part = (value: string): string => `${Buffer.byteLength(value)}:${value}`;

/** The first 16 bytes of the SHA-256: 128 bits, so that a collision costs 2^64 hashes. */
export function digest(data: string | Uint8Array): Uint8Array {
  // By way of text: a Buffer of its own for each hash costs more than the hash, here and again when it is copied to the ledger's thread.
  return Buffer.from(crypto.hash("sha256", data, "binary").slice(0, 16), "binary");
}

/**
 * A name within (integration, tenant): what marks an id, and what an entity's memory is kept under. Ids and entities stand in columns of their own,
 * so a record whose entity is its id, as most are, is hashed once.
 */
export function nameHash(integration: string, tenant: string, name: string): Uint8Array {
  return digest(prefix(integration, tenant) + part(name));
}

/** Marks content that has no identity: (integration, tenant, source, content, delivery id, index in the delivery). */
export function contentMark(
  integration: string,
  tenant: string,
  source: string,
  rawHash: Uint8Array,
  delivery: string | undefined,
  index: number,
): Uint8Array {
  return digest(parts(["content", integration, tenant, source, hex(rawHash), delivery ?? "", String(index)]));
}

/** Marks a conflict: (integration, tenant, id, content). */
export function conflictMark(integration: string, tenant: string, id: string, rawHash: Uint8Array): Uint8Array {
  return digest(parts(["conflict", integration, tenant, id, hex(rawHash)]));
}

/** A value that one entity may have: (integration, tenant, the value as canonical JSON). */
export function uniqueHash(integration: string, tenant: string, value: string): Uint8Array {
  return digest(parts(["unique", integration, tenant, value]));
}

/** What an alert is about: one incident is one alert. */
export function incidentHash(
  rule: string,
  integration: string,
  system: string,
  tenant: string,
  about: string,
): Uint8Array {
  return digest(parts(["incident", rule, integration, system, tenant, about]));
}

/** What is kept in order: 53 bits of the hash of its name. Two keys that share them wait for each other, which is harmless. */
export function keyHash(integration: string, tenant: string, key: string): number {
  return keyHashOf(nameHash(integration, tenant, key));
}

/** The same, of a name that has been hashed. */
export function keyHashOf(hash: Uint8Array): number {
  const bytes = hash as Buffer;
  return (bytes.readUInt32BE(0) & 0x1f_ffff) * 4_294_967_296 + bytes.readUInt32BE(4);
}

/** The lane of a key, of 256. */
export function laneOf(key: number): number {
  return key % 256;
}

export interface IdempotencyParts {
  readonly integration: string;
  readonly tenant: string;
  /** The record's id, or the entity for an effect made once per entity. */
  readonly of: "record" | "entity";
  readonly subject: string;
  readonly effect: string;
  readonly generation: number;
  /** The content of a released conflict. */
  readonly salt: string | undefined;
}

/** The idempotency key of an effect: 43 characters (base64url of a SHA-256), the same on every attempt, worker and restored ledger. */
export function idempotencyKey(of: IdempotencyParts): string {
  return crypto.hash(
    "sha256",
    parts([
      "effect",
      of.integration,
      of.tenant,
      of.of,
      of.subject,
      of.effect,
      String(of.generation),
      ...(of.salt === undefined ? [] : [of.salt]),
    ]),
    "base64url",
  );
}

/** The key of a call that carries the effects of several records: theirs, in the order of the call. */
export function sharedKey(system: string, batch: string, keys: readonly string[]): string {
  return crypto.hash("sha256", parts(["call", system, batch, ...keys]), "base64url");
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** A UUID (version 8, RFC 9562) that is the same whenever it is asked for: fixed per record and name. */
export function uuidOf(integration: string, tenant: string, id: string, name: string): string {
  const bytes = Buffer.from(digest(parts(["uuid", integration, tenant, id, name])));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const text = bytes.toString("hex");
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}
