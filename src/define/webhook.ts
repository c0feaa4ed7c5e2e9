import {
  checkFunction,
  checkOptions,
  checkPlainFunction,
  checkRequired,
  checkText,
  checkWhole,
  type Declared,
  declared,
  refuse,
  shown,
} from "../model/options.ts";
import { isAddressRange } from "../world/addresses.ts";
import { type Load, type LoadRead, loadFrom } from "./load.ts";
import { pathIn } from "./path-in.ts";
import type { Verifier } from "./proof.ts";
import { habitsOf } from "./senders.ts";
import type { Source, TenantOfItem, WebhookAnswer, WebhookDefinition, WebhookRespond } from "./source.ts";

/** What a delivery's own id is made from. */
export type DeliveryId = NonNullable<WebhookDefinition["delivery"]>;

export interface WebhookOptions {
  /** Who may send: `stripeWebhooks`, `standardWebhooks`, `hmac` and the others, or, said aloud, `unverified`. */
  verify: Verifier;
  /** Addresses and ranges that may send, such as `"192.0.2.7"` and `"2001:db8::/32"`; any by default. Behind a proxy, name it in `server.trustedProxies`. */
  from?: readonly string[];
  /** Picks the record out of the body: a dotted path such as `"data.order"`, or a function. */
  select?: string | ((body: unknown) => unknown);
  /** Splits what was selected into many records, each taken or refused by itself: the dotted path of a list, or a function. */
  split?: string | ((body: unknown) => readonly unknown[]);
  /**
   * What the sender gets once everything is durable, instead of 202 and `{"record", "state"}` or of what this sender wants; the status is one of 200 to
   * 299.
   */
  respond?: WebhookAnswer | WebhookRespond;
  /** The delivery's own id, which tells apart what breaks the contract and has no id yet: a header's name, or a function. */
  delivery?: string | DeliveryId;
  /** A longer body is refused with 413; 1 MB by default. */
  bodyBytesMax?: number;
  /**
   * What comes only says what changed: the whole entity is fetched first, once the notice is durable and acknowledged, and is then the record. One at a
   * time per entity; failing is tried again.
   */
  load?: Load | LoadRead;
  /**
   * Whose an item is, where no `:tenant` stands in the path: the tenant's id, from the item as it was selected and split, or from the whole body and
   * the headers. It is asked after the delivery has been verified, by secrets that are the same for all.
   */
  tenant?: TenantOfItem;
}

const known = {
  verify: true,
  from: true,
  select: true,
  split: true,
  respond: true,
  delivery: true,
  bodyBytesMax: true,
  load: true,
  tenant: true,
} satisfies Record<keyof WebhookOptions, true>;
const answerKnown = { status: true, headers: true, body: true } satisfies Record<keyof WebhookAnswer, true>;
const kinds = {
  unverified: true,
  hmac: true,
  twilio: true,
  paypal: true,
  graph: true,
  password: true,
  token: true,
} satisfies Record<Verifier["kind"], true>;
/** What is for systems or alerts, and is easily taken for a verifier. */
const mistaken: Readonly<Record<string, string>> = {
  bearer: "bearerWebhooks(secret(…))",
  basic: "basicWebhooks({ user, password: secret(…) })",
  apiKey: 'bearerWebhooks(secret(…), { header: "X-API-Key" })',
  slack: "slackWebhooks(secret(…))",
};

/** The part of a path that names whose it is. */
const tenantSegment = ":tenant";

/** Whether the path says whose a delivery is. */
export function isPerPath(path: string): boolean {
  return path.split("/").includes(tenantSegment);
}

/** Paths that the server answers itself. */
const taken = ["/v1", "/healthz", "/readyz", "/metrics"];

/**
 * Records that a sender POSTs to a path of Waybill's server. They are acknowledged once they are durable.
 *
 * @param path begins with `/`; letters, digits, `-`, `_`, `.` and `~` between slashes. A part `:tenant` is the id of whichever tenant is meant.
 * @throws {WaybillError} `bad-definition` when the path or an option cannot be.
 * @example webhook("/shop/orders", { verify: standardWebhooks(secret("SHOP_WEBHOOK_SECRET")), select: "data" })
 */
export function webhook(path: `/${string}`, options: WebhookOptions): Source {
  const thing = declared(`webhook(${shown(path)})`);
  checkPath(thing, path);
  checkOptions(thing, options ?? {}, known);
  checkRequired(thing, options ?? {}, {
    verify:
      'Say who may send: standardWebhooks(secret("…")), stripeWebhooks(…), hmac(…) or another one, or unverified when anybody may.',
  });
  const { verify, from, select, split, respond, delivery, bodyBytesMax = 1_000_000, load, tenant } = options;
  checkVerifier(thing, verify);
  checkPlainFunction(thing, "tenant", tenant);
  if (tenant !== undefined && isPerPath(path))
    refuse(thing, "its path names the tenant, and so does tenant.", "Leave one out.");
  if (from !== undefined) checkAddresses(thing, from);
  const habits = habitsOf(verify);
  const usualSplit = select === undefined && habits.split !== undefined ? listIn(thing, habits.split) : undefined;
  checkWhole(thing, "bodyBytesMax", bodyBytesMax, { min: 1, max: 100_000_000 });
  return Object.freeze({
    kind: "webhook",
    path,
    verify,
    from: from === undefined ? undefined : Object.freeze([...from]),
    select: typeof select === "string" ? pathIn(thing, "select", select) : plain(thing, "select", select),
    split: typeof split === "function" ? split : split === undefined ? usualSplit : listAt(thing, split),
    respond: typeof respond === "function" ? respond : always(thing, respond ?? habits.respond),
    delivery: typeof delivery === "string" ? header(thing, delivery) : plain(thing, "delivery", delivery),
    bodyBytesMax,
    load: loadFrom(thing, load),
    tenant,
  } satisfies WebhookDefinition);
}

function checkPath(thing: Declared, path: unknown): void {
  if (typeof path !== "string") refuse(thing, "its path is not text.", 'Such as webhook("/shop/orders", …).');
  if (!path.startsWith("/"))
    refuse(thing, 'its path does not begin with "/".', `Write "/${path.replace(/^[a-z]+:\/\/[^/]*\/?/i, "")}".`);
  const segments = path
    .slice(1)
    .split("/")
    .filter((segment) => segment !== tenantSegment);
  if (path.split(tenantSegment).length > 2) refuse(thing, "its path names the tenant twice.");
  if (path.length > 200 || segments.some((segment) => !/^[\w.~-]+$/.test(segment) || /^\.\.?$/.test(segment))) {
    refuse(
      thing,
      "its path cannot be one.",
      'Letters, digits, "-", "_", "." and "~" between single slashes, at most 200 characters, as in "/shop/orders".',
    );
  }
  if (path.startsWith(`/${tenantSegment}`)) {
    const hint = 'Put a part before it, as in "/t/:tenant/orders".';
    refuse(thing, "its path begins with the tenant, whose id could be a path that Waybill's own server answers.", hint);
  }
  const own = taken.find((one) => path === one || path.startsWith(`${one}/`));
  if (own !== undefined)
    refuse(thing, `Waybill's own server answers ${own}.`, 'Choose another path, such as "/hooks/orders".');
}

function checkVerifier(thing: Declared, verify: unknown): void {
  const kind: unknown = typeof verify === "object" && verify !== null && "kind" in verify ? verify.kind : undefined;
  if (typeof kind === "string" && Object.hasOwn(kinds, kind)) return;
  const meant = typeof kind === "string" ? mistaken[kind] : undefined;
  if (meant !== undefined)
    refuse(thing, `verify is ${kind}(), which is not for what comes in.`, `Here it is ${meant}.`);
  refuse(thing, `verify is ${shown(verify)}.`, 'Such as standardWebhooks(secret("SHOP_WEBHOOK_SECRET")).');
}

function checkAddresses(thing: Declared, from: unknown): void {
  const hint = 'Such as from: ["192.0.2.7", "198.51.100.0/24", "2001:db8::/32"].';
  if (!Array.isArray(from)) refuse(thing, `from is ${shown(from)}, and a list of addresses is expected.`, hint);
  if (from.length === 0) refuse(thing, "from is empty, so nobody could send.", hint);
  for (const [index, one] of from.entries()) {
    if (typeof one !== "string" || !isAddressRange(one))
      refuse(thing, `from[${index}] is ${shown(one)}, which is no address and no range of them.`, hint);
    if (/\/0+$/.test(one)) refuse(thing, `from[${index}] is ${shown(one)}: that is every address.`, "Leave from out.");
  }
}

function plain<F>(thing: Declared, name: string, given: F): F {
  checkFunction(thing, name, given);
  return given;
}

function listAt(thing: Declared, path: unknown): WebhookDefinition["split"] {
  if (typeof path !== "string") refuse(thing, `split is ${shown(path)}, and a function is expected.`);
  const pick = pathIn(thing, "split", path);
  return (body) => listFrom(pick(body), ` at "${path}"`);
}

/** The list that a sender always sends: a field of the body, or the body itself. */
function listIn(thing: Declared, path: string): WebhookDefinition["split"] {
  return path === "" ? (body) => listFrom(body, "") : listAt(thing, path);
}

function listFrom(list: unknown, where: string): readonly unknown[] {
  if (Array.isArray(list)) return list;
  throw new Error(`split: there is ${shown(list)}${where}, and a list is expected`);
}

function always(thing: Declared, answer: unknown): WebhookRespond | undefined {
  if (answer === undefined) return undefined;
  if (typeof answer !== "object") refuse(thing, `respond is ${shown(answer)}, and a function is expected.`);
  checkAnswer(thing, answer as WebhookAnswer);
  const fixed = Object.freeze({ ...answer });
  return () => fixed;
}

function checkAnswer(thing: Declared, answer: WebhookAnswer): void {
  checkOptions(thing, answer, answerKnown, "respond");
  if (answer.status !== undefined) {
    const hint = "Anything else would make the sender send again what is already taken.";
    checkWhole(thing, "respond.status", answer.status, { min: 200, max: 299 }, hint);
  }
}

function header(thing: Declared, name: string): DeliveryId {
  checkText(thing, "delivery", name, 'Name the header that carries the delivery\'s id, such as "webhook-id".');
  const lower = name.toLowerCase();
  return ({ headers }) => headers[lower];
}
