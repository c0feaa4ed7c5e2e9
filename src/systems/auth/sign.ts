import type { SigningRequest } from "../../define/signing.ts";
import type { Auth } from "../../define/system-definition.ts";
import { WaybillError } from "../../model/errors.ts";
import type { World } from "../../world/transport.ts";
import type { Secrets } from "../secrets.ts";
import type { Wire } from "../wire.ts";

type Signed = Extract<Auth, { kind: "signed" }>;

/** A signature is arithmetic; one that asks a service has this long. */
export const signMsMax = 5_000;

const headerName = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;
const badInHeader = /[^\t\x20-\x7e\x80-\xff]/;
/** Set by the connection itself, after the signature. */
const ofConnection = new Set(["host", "content-length", "transfer-encoding", "connection"]);

/**
 * The request with what the user's function answers to it: what it saw is what is sent, byte for byte.
 *
 * @throws {WaybillError} `secret-missing`, or `bad-configuration` for headers that cannot be sent, and when it takes too long; what the function throws.
 */
export async function signedWire(
  { name, method }: { readonly name: string; readonly method: string },
  { sign, secrets: declared }: Signed,
  wire: Wire,
  secrets: Secrets,
  { clock, random }: Pick<World, "clock" | "random">,
): Promise<Wire> {
  const values = Object.fromEntries(Object.entries(declared).map(([own, one]) => [own, secrets.value(one.name)]));
  const body = typeof wire.body === "string" ? new TextEncoder().encode(wire.body) : wire.body;
  const request: SigningRequest = {
    method,
    url: wire.origin + wire.path,
    headers: asObject(wire.headers),
    // A copy: a function that changes what it is shown must not change what is sent.
    body: body === undefined ? new Uint8Array(0) : body.slice(),
    now: clock.now(),
    uuid: random.uuid(),
  };
  const answered = await within(async () => sign(request, values), name, clock);
  return { ...wire, body, headers: withHeaders(wire.headers, checked(answered, name)) };
}

function within<T>(work: () => Promise<T>, name: string, clock: World["clock"]): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(refusal(name, `did not sign within ${signMsMax / 1_000} s`));
    const cancel = clock.after(signMsMax, late);
    work().then(resolve, reject).finally(cancel);
  });
}

function checked(answered: unknown, name: string): readonly (readonly [string, string])[] {
  if (typeof answered !== "object" || answered === null || Array.isArray(answered))
    throw refusal(name, "answered no headers");
  return Object.entries(answered).map(([header, value]) => {
    const lower = header.toLowerCase();
    if (!headerName.test(header) || ofConnection.has(lower))
      throw refusal(name, `answered a header ${JSON.stringify(header)}, which it may not set`);
    if (typeof value !== "string" || badInHeader.test(value))
      throw refusal(name, `answered for ${lower} what no header can hold`);
    return [lower, value] as const;
  });
}

function refusal(name: string, what: string): WaybillError {
  return new WaybillError(
    "bad-configuration",
    `The function in signed() of "${name}" ${what}.`,
    'It answers an object of headers: { "X-Signature": "…" }.',
  );
}

function asObject(headers: readonly string[]): Readonly<Record<string, string>> {
  const object: Record<string, string> = {};
  for (let at = 0; at + 1 < headers.length; at += 2) object[headers[at] as string] = headers[at + 1] as string;
  return object;
}

function withHeaders(before: readonly string[], added: readonly (readonly [string, string])[]): readonly string[] {
  const names = new Set(added.map(([name]) => name));
  const kept: string[] = [];
  for (let at = 0; at + 1 < before.length; at += 2)
    if (!names.has(before[at] as string)) kept.push(before[at] as string, before[at + 1] as string);
  return [...kept, ...added.flat()];
}
