import { habitsOf } from "../define/senders.ts";
import type { WebhookDefinition } from "../define/source.ts";
import { decodeText } from "../model/charset.ts";
import { said, WaybillError } from "../model/errors.ts";
import { digest } from "../model/identity.ts";
import { UnreadableJson } from "../model/json.ts";
import { formFields, formValue } from "./form.ts";
import { type Handshake, handshakeByBody, handshakeByQuery } from "./handshake.ts";
import { type Flaw, type Item, itemOfBody, itemOfValue } from "./item.ts";
import type { Delivery, RequestHeaders, SecretOf, SignatureProblem } from "./proof.ts";
import { verify } from "./signature.ts";

// A delivery becomes items: verified over its raw bytes, then decoded, then selected and split. A refusal is for what never was a record: nobody vouches
// for it, or nobody can read it. Whatever can be read is kept, also where `select` finds nothing in it.

export type RefusalReason =
  | SignatureProblem
  | "wrong-address"
  | "unknown-tenant"
  | "too-busy"
  | "too-large"
  | "unsupported-type"
  | "unreadable";

export interface RefusedDelivery {
  readonly kind: "refused";
  readonly reason: RefusalReason;
  readonly status: 400 | 401 | 403 | 404 | 413 | 415 | 503;
  /** For the sender, in one sentence. */
  readonly message: string;
}

export type Received =
  | { readonly kind: "items"; readonly items: readonly Item[]; readonly body: unknown }
  | ({ readonly kind: "handshake" } & Handshake)
  | RefusedDelivery;

/**
 * What one delivery brings.
 *
 * @throws {WaybillError} `secret-missing` or `bad-configuration`: the sender should come again once it is put right.
 */
export function receive(source: WebhookDefinition, delivery: Delivery, secretOf: SecretOf, nowMs: number): Received {
  const { headers, body, query } = delivery;
  if (body.length > source.bodyBytesMax) {
    return refused(
      "too-large",
      413,
      `The body has ${body.length} bytes; at most ${source.bodyBytesMax} are taken here.`,
    );
  }
  const asked = handshakeByQuery(source.verify, query, body);
  if (asked !== undefined) return { kind: "handshake", ...asked };
  const problem = verify(source.verify, delivery, secretOf, nowMs);
  if (problem !== undefined)
    return refused(problem, problem === "certificate-unavailable" ? 503 : 401, problemText[problem]);
  const type = contentType(headers, habitsOf(source.verify).forms === true);
  if (typeof type !== "object") return refused("unsupported-type", 415, type);
  try {
    const whole = type.form
      ? itemOfForm(body, type.charset)
      : itemOfBody(body, { charset: type.charset, bytesMax: Number.POSITIVE_INFINITY });
    const shaken = whole.flaw === undefined ? handshakeByBody(source.verify, whole.value) : undefined;
    if (shaken !== undefined) return { kind: "handshake", ...shaken };
    return { kind: "items", items: itemsOf(source, headers, whole), body: whole.value };
  } catch (error) {
    if (!(error instanceof UnreadableJson)) throw error;
    const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
    return error.flaw === "unknown-charset"
      ? refused("unsupported-type", 415, message)
      : refused("unreadable", 400, message);
  }
}

/** A form's fields as an item. What is kept of it is their JSON, which says all that the form says. */
function itemOfForm(body: Uint8Array, charset: string | undefined): Item {
  return itemOfValue(formValue(formFields(decodeText(body, charset))), undefined, 0);
}

/** A sender at an address that is not among those that may send. */
export function wrongAddress(address: string | undefined): RefusedDelivery {
  const message =
    address === undefined
      ? "Nobody knows the address that this comes from, and only some may send here."
      : "This address may not send here.";
  return refused("wrong-address", 403, message);
}

const problemText = {
  "missing-signature": "The request is not signed as this webhook expects.",
  "bad-signature": "The signature does not fit the body and the secret.",
  "bad-timestamp": "The time of sending is not written as this webhook expects.",
  "too-old": "The time of sending is too long ago.",
  "too-new": "The time of sending lies in the future.",
  "missing-credentials": "The request shows nothing that would say who sends it.",
  "wrong-credentials": "What the request shows is not what was agreed on.",
  "certificate-unavailable": "The certificate that this is signed with could not be asked for now.",
} as const satisfies Record<SignatureProblem, string>;

function refused(reason: RefusalReason, status: RefusedDelivery["status"], message: string): RefusedDelivery {
  return { kind: "refused", reason, status, message };
}

interface BodyType {
  readonly charset: string | undefined;
  readonly form: boolean;
}

/** JSON, under its own name or under none that says otherwise, or a form where the sender sends those; the answer is text when it is something else. */
function contentType(headers: RequestHeaders, forms: boolean): BodyType | string {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "" && encoding !== "identity") {
    return `A body in Content-Encoding ${encoding.slice(0, 50)} is not taken here. Send it plain.`;
  }
  const given = headers["content-type"] ?? "";
  if (given === "application/json") return { charset: undefined, form: false };
  const [type = "", ...parameters] = given.split(";");
  const name = type.trim().toLowerCase();
  const form = forms && name === "application/x-www-form-urlencoded";
  const isJson =
    form || name === "" || name === "text/plain" || name === "application/octet-stream" || /[/+]json$/.test(name);
  if (!isJson)
    return `Content-Type ${name.slice(0, 100)} is not taken here. Send JSON, as Content-Type: application/json.`;
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(one)?.[1]).find(Boolean);
  return { charset, form };
}

function itemsOf(source: WebhookDefinition, headers: RequestHeaders, whole: Item): readonly Item[] {
  if (whole.flaw !== undefined) return [{ ...whole, delivery: usualDelivery(source, headers, undefined) }];
  let body = whole.value;
  let step = "delivery";
  try {
    const delivery = deliveryOf(source, headers, body) ?? usualDelivery(source, headers, body);
    if (source.select === undefined && source.split === undefined) return [{ ...whole, delivery }];
    step = "select";
    if (source.select !== undefined) body = atOnce(source.select(body));
    if (body === undefined) {
      const flaw: Flaw = { cause: "contract", path: "", message: "select found nothing in the body" };
      return [{ ...whole, delivery, flaw }];
    }
    if (source.split === undefined) return [part(whole, delivery, 0, body)];
    step = "split";
    const list: unknown = atOnce(source.split(body));
    if (!Array.isArray(list)) throw new Error("it returned no list");
    return list.map((one, index) => part(whole, delivery, index, one));
  } catch (error) {
    const message = `${step} failed: ${said(error)}`;
    const delivery = usualDelivery(source, headers, whole.value);
    return [{ ...whole, delivery, flaw: { cause: "contract-failed", path: "", message } }];
  }
}

function atOnce(picked: unknown): unknown {
  if (!(picked instanceof Promise)) return picked;
  picked.catch(() => undefined);
  throw new Error("it returned a promise; it has to pick at once");
}

/** What was picked out of a body, as an item of its own. What JSON cannot hold keeps the whole body, so that nothing is lost. */
function part(whole: Item, delivery: string | undefined, index: number, value: unknown): Item {
  try {
    return itemOfValue(value, delivery, index);
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    const message = `what select or split picked cannot be kept: ${error.message}`;
    return {
      ...whole,
      delivery,
      index,
      rawHash: digest(whole.raw),
      flaw: { cause: "contract-failed", path: "", message },
    };
  }
}

function deliveryOf(source: WebhookDefinition, headers: RequestHeaders, body: unknown): string | undefined {
  return idText(source.delivery?.({ headers: headers as Readonly<Record<string, string>>, body }));
}

/** The delivery's id where the sender has one: the same when it is sent again. */
function usualDelivery({ verify: by }: WebhookDefinition, headers: RequestHeaders, body: unknown): string | undefined {
  const { delivery } = habitsOf(by);
  if (delivery === undefined) return undefined;
  if ("header" in delivery) return headers[delivery.header];
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, delivery.field)) return undefined;
  return idText((body as Readonly<Record<string, unknown>>)[delivery.field]);
}

function idText(id: unknown): string | undefined {
  return typeof id === "string" && id !== "" ? id : typeof id === "number" ? String(id) : undefined;
}
