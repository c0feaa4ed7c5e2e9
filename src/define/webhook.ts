import {
  checkFunction,
  checkOptions,
  checkRequired,
  checkText,
  checkWhole,
  type Declared,
  declared,
  refuse,
  shown,
} from "../model/options.ts";
import { pathIn } from "./path-in.ts";
import type { Source, Verifier, WebhookAnswer, WebhookDefinition, WebhookRespond } from "./source.ts";

/** What a delivery's own id is made from. */
export type DeliveryId = NonNullable<WebhookDefinition["delivery"]>;

export interface WebhookOptions {
  /** Who may send: `standardWebhooks`, `githubWebhooks`, `hmac`, or, said aloud, `unverified`. */
  verify: Verifier;
  /** Picks the record out of the body: a dotted path such as `"data.order"`, or a function. */
  select?: string | ((body: unknown) => unknown);
  /** Splits what was selected into many records, each taken or refused by itself: the dotted path of a list, or a function. */
  split?: string | ((body: unknown) => readonly unknown[]);
  /** What the sender gets once everything is durable, instead of 202 and `{"record", "state"}`; the status is one of 200 to 299. */
  respond?: WebhookAnswer | WebhookRespond;
  /** The delivery's own id, which tells apart what breaks the contract and has no id yet: a header's name, or a function. */
  delivery?: string | DeliveryId;
  /** A longer body is refused with 413; 1 MB by default. */
  bodyBytesMax?: number;
}

const known = {
  verify: true,
  select: true,
  split: true,
  respond: true,
  delivery: true,
  bodyBytesMax: true,
} satisfies Record<keyof WebhookOptions, true>;
const answerKnown = { status: true, headers: true, body: true } satisfies Record<keyof WebhookAnswer, true>;
const verifiers: readonly unknown[] = ["standard", "github", "hmac", "unverified"];

/** Paths that the server answers itself. */
const taken = ["/v1", "/healthz", "/readyz", "/metrics"];

/**
 * Records that a sender POSTs to a path of Waybill's server. They are acknowledged once they are durable.
 *
 * @param path begins with `/`; letters, digits, `-`, `_`, `.` and `~` between slashes.
 * @throws {WaybillError} `bad-definition` when the path or an option cannot be.
 * @example webhook("/shop/orders", { verify: standardWebhooks(secret("SHOP_WEBHOOK_SECRET")), select: "data" })
 */
export function webhook(path: `/${string}`, options: WebhookOptions): Source {
  const thing = declared(`webhook(${shown(path)})`);
  checkPath(thing, path);
  checkOptions(thing, options ?? {}, known);
  checkRequired(thing, options ?? {}, {
    verify:
      'Say who may send: standardWebhooks(secret("…")), githubWebhooks(…), hmac(…), or unverified when anybody may.',
  });
  const { verify, select, split, respond, delivery, bodyBytesMax = 1_000_000 } = options;
  if (typeof verify !== "object" || verify === null || !verifiers.includes(verify.kind)) {
    refuse(thing, `verify is ${shown(verify)}.`, 'Such as standardWebhooks(secret("SHOP_WEBHOOK_SECRET")).');
  }
  checkWhole(thing, "bodyBytesMax", bodyBytesMax, { min: 1, max: 100_000_000 });
  return Object.freeze({
    kind: "webhook",
    path,
    verify,
    select: typeof select === "string" ? pathIn(thing, "select", select) : plain(thing, "select", select),
    split: typeof split === "string" ? listAt(thing, split) : plain(thing, "split", split),
    respond: typeof respond === "object" ? always(thing, respond) : plain(thing, "respond", respond),
    delivery: typeof delivery === "string" ? header(thing, delivery) : plain(thing, "delivery", delivery),
    bodyBytesMax,
  } satisfies WebhookDefinition);
}

function checkPath(thing: Declared, path: unknown): void {
  if (typeof path !== "string") refuse(thing, "its path is not text.", 'Such as webhook("/shop/orders", …).');
  if (!path.startsWith("/"))
    refuse(thing, 'its path does not begin with "/".', `Write "/${path.replace(/^[a-z]+:\/\/[^/]*\/?/i, "")}".`);
  const segments = path.slice(1).split("/");
  if (path.length > 200 || segments.some((segment) => !/^[\w.~-]+$/.test(segment) || /^\.\.?$/.test(segment))) {
    refuse(
      thing,
      "its path cannot be one.",
      'Letters, digits, "-", "_", "." and "~" between single slashes, at most 200 characters, as in "/shop/orders".',
    );
  }
  const own = taken.find((one) => path === one || path.startsWith(`${one}/`));
  if (own !== undefined)
    refuse(thing, `Waybill's own server answers ${own}.`, 'Choose another path, such as "/hooks/orders".');
}

function plain<F>(thing: Declared, name: string, given: F): F {
  checkFunction(thing, name, given);
  return given;
}

function listAt(thing: Declared, path: string): (body: unknown) => readonly unknown[] {
  const pick = pathIn(thing, "split", path);
  return (body) => {
    const list = pick(body);
    if (!Array.isArray(list)) throw new Error(`split: there is ${shown(list)} at "${path}", and a list is expected`);
    return list;
  };
}

function always(thing: Declared, answer: WebhookAnswer): WebhookRespond {
  checkOptions(thing, answer, answerKnown, "respond");
  if (answer.status !== undefined) {
    const hint = "Anything else would make the sender send again what is already taken.";
    checkWhole(thing, "respond.status", answer.status, { min: 200, max: 299 }, hint);
  }
  const fixed = Object.freeze({ ...answer });
  return () => fixed;
}

function header(thing: Declared, name: string): DeliveryId {
  checkText(thing, "delivery", name, 'Name the header that carries the delivery\'s id, such as "webhook-id".');
  const lower = name.toLowerCase();
  return ({ headers }) => headers[lower];
}
