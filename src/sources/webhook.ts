import type { WebhookDefinition } from "../define/source.ts";
import { said, WaybillError } from "../model/errors.ts";
import { digest } from "../model/identity.ts";
import { UnreadableJson } from "../model/json.ts";
import { type Flaw, type Item, itemOfBody, itemOfValue } from "./item.ts";
import { type RequestHeaders, type SecretOf, type SignatureProblem, verify } from "./signature.ts";

// A delivery becomes items: verified over its raw bytes, then decoded, then selected and split. A refusal is for what never was a record: nobody vouches
// for it, or nobody can read it. Whatever can be read is kept, also where `select` finds nothing in it.

export type RefusalReason = SignatureProblem | "too-large" | "unsupported-type" | "unreadable";

export interface RefusedDelivery {
  readonly kind: "refused";
  readonly reason: RefusalReason;
  readonly status: 400 | 401 | 413 | 415;
  /** For the sender, in one sentence. */
  readonly message: string;
}

export type Received = { readonly kind: "items"; readonly items: readonly Item[] } | RefusedDelivery;

export interface WebhookRequest {
  /** Names in lower case. */
  readonly headers: RequestHeaders;
  readonly body: Uint8Array;
}

/**
 * What one delivery brings.
 *
 * @throws {WaybillError} `secret-missing` or `bad-configuration`: the sender should come again once it is put right.
 */
export function receive(
  source: WebhookDefinition,
  request: WebhookRequest,
  secretOf: SecretOf,
  nowMs: number,
): Received {
  const { headers, body } = request;
  if (body.length > source.bodyBytesMax) {
    return refused(
      "too-large",
      413,
      `The body has ${body.length} bytes; at most ${source.bodyBytesMax} are taken here.`,
    );
  }
  const problem = verify(source.verify, headers, body, secretOf, nowMs);
  if (problem !== undefined) return refused(problem, 401, signatureText[problem]);
  const type = contentType(headers);
  if (typeof type !== "object") return refused("unsupported-type", 415, type);
  try {
    const whole = itemOfBody(body, { charset: type.charset, bytesMax: Number.POSITIVE_INFINITY });
    return { kind: "items", items: itemsOf(source, request.headers, whole) };
  } catch (error) {
    if (!(error instanceof UnreadableJson)) throw error;
    const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
    return error.flaw === "unknown-charset"
      ? refused("unsupported-type", 415, message)
      : refused("unreadable", 400, message);
  }
}

const signatureText = {
  "missing-signature": "The request is not signed as this webhook expects.",
  "bad-signature": "The signature does not fit the body and the secret.",
  "bad-timestamp": "The time of sending is not in epoch seconds.",
  "too-old": "The time of sending is too long ago.",
  "too-new": "The time of sending lies in the future.",
} as const satisfies Record<SignatureProblem, string>;

function refused(reason: RefusalReason, status: RefusedDelivery["status"], message: string): RefusedDelivery {
  return { kind: "refused", reason, status, message };
}

/** JSON, under its own name or under none that says otherwise; the answer is text when it is something else. */
function contentType(headers: RequestHeaders): { readonly charset: string | undefined } | string {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "" && encoding !== "identity") {
    return `A body in Content-Encoding ${encoding.slice(0, 50)} is not taken here. Send it plain.`;
  }
  const given = headers["content-type"] ?? "";
  if (given === "application/json") return { charset: undefined };
  const [type = "", ...parameters] = given.split(";");
  const name = type.trim().toLowerCase();
  const isJson = name === "" || name === "text/plain" || name === "application/octet-stream" || /[/+]json$/.test(name);
  if (!isJson)
    return `Content-Type ${name.slice(0, 100)} is not taken here. Send JSON, as Content-Type: application/json.`;
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(one)?.[1]).find(Boolean);
  return { charset };
}

function itemsOf(source: WebhookDefinition, headers: RequestHeaders, whole: Item): readonly Item[] {
  if (whole.flaw !== undefined) return [{ ...whole, delivery: standardDelivery(source, headers) }];
  let body = whole.value;
  let step = "delivery";
  try {
    const delivery = deliveryOf(source, headers, body) ?? standardDelivery(source, headers);
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
    return [
      { ...whole, delivery: standardDelivery(source, headers), flaw: { cause: "contract-failed", path: "", message } },
    ];
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
  const id: unknown = source.delivery?.({ headers: headers as Readonly<Record<string, string>>, body });
  return typeof id === "string" && id !== "" ? id : typeof id === "number" ? String(id) : undefined;
}

/** The delivery's id where the scheme has one: the same when it is sent again. */
function standardDelivery({ verify: { kind } }: WebhookDefinition, headers: RequestHeaders): string | undefined {
  switch (kind) {
    case "standard":
      return headers["webhook-id"];
    case "github":
      return headers["x-github-delivery"];
    default:
      return undefined;
  }
}
