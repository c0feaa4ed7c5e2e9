import { habitsOf } from "../define/senders.ts";
import type { WebhookDefinition } from "../define/source.ts";
import { isTenantId } from "../define/tenants.ts";
import type { ItemTaken } from "../flow/intake.ts";
import { said, WaybillError } from "../model/errors.ts";
import { clientAddress } from "../sources/client-address.ts";
import { type Feed, webhookFeeds } from "../sources/feeds.ts";
import type { Handshake } from "../sources/handshake.ts";
import type { Item } from "../sources/item.ts";
import { PaypalCertificates } from "../sources/paypal-certificates.ts";
import type { Certificate, RequestHeaders } from "../sources/proof.ts";
import { tenantOfItem, unknownTenant } from "../sources/tenant-of-item.ts";
import { type Received, type RefusedDelivery, receive, wrongAddress } from "../sources/webhook.ts";
import type { TenantRef } from "../systems/tenant-ref.ts";
import { isWithin } from "../world/addresses.ts";
import type { ArrivedBody, PlainAnswer } from "../world/http-server.ts";
import type { AppParts } from "./parts.ts";
import { problem, problemOf } from "./problem.ts";
import { requestHead } from "./refusal-sample.ts";
import type { Refusals } from "./refusals.ts";
import { acknowledgement } from "./respond.ts";
import { seldom } from "./seldom.ts";

/** Reads a body, never further than the limit. */
export type ReadBody = (bytesMax: number) => Promise<ArrivedBody>;

/** What is known of a delivery before its body is read. */
export interface Announced {
  readonly headers: RequestHeaders;
  /** With its `?`, or `""`. */
  readonly query: string;
  /** Of whoever connected, where the server knows it. */
  remoteAddress(): string | undefined;
  /** Whose it is, where the path says it. */
  readonly tenant?: string | undefined;
}

/** Takes one delivery. The one place that decides about it, whichever way it came in. */
export type TakeDelivery = (announced: Announced, body: ReadBody) => Promise<PlainAnswer>;

const complaintsMax = 20;
const handshakeEveryMs = 60_000;
const failureEveryMs = 1_000;

/** What every webhook's path takes, by path as it is declared. What is not durable is never acknowledged. */
export function webhooksOf(parts: AppParts, refusals: Refusals): ReadonlyMap<string, TakeDelivery> {
  const definitions = [...parts.integrations.values()].map(({ definition }) => definition);
  const certificates = new PaypalCertificates(parts.world);
  return new Map(
    webhookFeeds(definitions).map((feed) => {
      const webhook = new Webhook(feed, parts, refusals, certificates);
      return [feed.source.path, (announced, body) => webhook.take(announced, body)];
    }),
  );
}

const nobody = "There is no such tenant here.";

/** The webhook as one tenant's sender calls it: its address may be signed, and names the tenant. */
function calledBy(source: WebhookDefinition, tenant: string): WebhookDefinition {
  const { verify } = source;
  if (!("url" in verify) || verify.url === undefined) return source;
  return { ...source, verify: { ...verify, url: verify.url.replace(":tenant", () => tenant) } };
}

/** One webhook's side of the server: what it takes, what it refuses, and what either is told. */
class Webhook {
  readonly #feed: Feed<WebhookDefinition>;
  readonly #parts: AppParts;
  readonly #refusals: Refusals;
  readonly #certificates: PaypalCertificates;
  readonly #integrations: readonly string[];
  readonly #complaints = new Set<string>();
  readonly #mayTellOfHandshake: (what: string) => boolean;
  readonly #mayTellOfFailure: (why: string) => boolean;

  constructor(feed: Feed<WebhookDefinition>, parts: AppParts, refusals: Refusals, certificates: PaypalCertificates) {
    this.#feed = feed;
    this.#parts = parts;
    this.#refusals = refusals;
    this.#certificates = certificates;
    this.#integrations = feed.integrations.map(({ name }) => name);
    this.#mayTellOfHandshake = seldom(parts.world.clock, handshakeEveryMs);
    this.#mayTellOfFailure = seldom(parts.world.clock, failureEveryMs);
  }

  async take(announced: Announced, body: ReadBody): Promise<PlainAnswer> {
    const { source } = this.#feed;
    try {
      const stranger = this.#stranger(announced);
      if (stranger !== undefined) return this.#refused(stranger, announced, "");
      const named = announced.tenant === undefined ? undefined : await this.#tenantNamed(announced.tenant);
      if (named === "unknown") return this.#refused(unknownTenant(nobody), announced, "");
      const arrived = await body(source.bodyBytesMax);
      if (arrived.kind !== "whole") return this.#refused(this.#notArrived(arrived.kind), announced, "", named);
      const { verify } = source;
      const certificate = verify.kind === "paypal" ? await this.#certificates.of(verify, announced.headers) : undefined;
      const received = this.#received(announced, arrived.bytes, certificate, named);
      if (received.kind === "refused") return this.#refused(received, announced, arrived.bytes, named);
      if (received.kind === "handshake") return this.#shaken(received);
      if (source.tenant === undefined)
        return this.#acknowledged(await this.#taken(received.items, named?.id ?? "", announced));
      const { taken, refused } = await this.#takenByTenant(received, announced);
      return refused === undefined ? this.#acknowledged(taken) : this.#refused(refused, announced, arrived.bytes);
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** The tenant that the path names, with its secrets at hand. Nobody else's are looked at. */
  async #tenantNamed(id: string): Promise<TenantRef | "unknown"> {
    const { tenants } = this.#parts;
    const of = this.#feed.integrations[0]?.per?.name;
    if (of === undefined || !isTenantId(id)) return "unknown";
    const ref = { of, id };
    if ((await tenants.find(ref)) === undefined) {
      // A list that was never read knows nobody: the sender shall come again.
      await tenants.ids(of);
      return "unknown";
    }
    await tenants.loadSecrets(ref);
    return ref;
  }

  /** Each item to its own tenant. Those of somebody who is not there are refused, and keep nobody else's back. */
  async #takenByTenant(
    { items, body }: Extract<Received, { kind: "items" }>,
    announced: Announced,
  ): Promise<{ readonly taken: readonly ItemTaken[]; readonly refused: RefusedDelivery | undefined }> {
    const { tenants } = this.#parts;
    const of = this.#feed.integrations[0]?.per?.name ?? "";
    const groups = new Map<string, number[]>();
    let refused: RefusedDelivery | undefined;
    for (const [at, item] of items.entries()) {
      const whose = tenantOfItem(this.#feed.source, item, body, announced.headers);
      const isThere = "id" in whose && isTenantId(whose.id) && (await tenants.find({ of, id: whose.id })) !== undefined;
      if (!isThere) await tenants.ids(of);
      if (isThere) groups.set(whose.id, [...(groups.get(whose.id) ?? []), at]);
      else refused ??= unknownTenant("id" in whose ? nobody : whose.why);
    }
    const taken: ItemTaken[] = [];
    await Promise.all(
      [...groups].map(async ([tenant, places]) => {
        const theirs = await this.#taken(
          places.map((at) => items[at] as Item),
          tenant,
          announced,
        );
        for (const [index, at] of places.entries()) taken[at] = theirs[index] ?? [];
      }),
    );
    return { taken: taken.filter((one) => one !== undefined), refused };
  }

  async #taken(items: readonly Item[], tenant: string, { headers }: Announced): Promise<readonly ItemTaken[]> {
    const { traceparent = "" } = headers;
    const taken = await this.#parts.intake.take(this.#feed, items, { tenant, traceparent });
    if (taken.kind !== "taken") throw new WaybillError("ledger-failed", "What came was not taken.");
    return taken.items;
  }

  #acknowledged(taken: readonly ItemTaken[]): PlainAnswer {
    return acknowledgement(taken, this.#feed.source.respond, (what) => this.#complain(what));
  }

  /** A sender whose address may not send; undefined when it may. */
  #stranger(announced: Announced): RefusedDelivery | undefined {
    const { from } = this.#feed.source;
    if (from === undefined) return undefined;
    const address = this.#addressOf(announced);
    return address !== undefined && isWithin(address, from) ? undefined : wrongAddress(address);
  }

  #addressOf({ headers, remoteAddress }: Announced): string | undefined {
    return clientAddress(remoteAddress(), headers["x-forwarded-for"], this.#parts.server.trustedProxies ?? []);
  }

  #received(
    { headers, query }: Announced,
    body: Uint8Array,
    certificate: Certificate | undefined,
    tenant: TenantRef | undefined,
  ): Received {
    const delivery = { headers, query, body, certificate };
    const { secrets, tenants, world } = this.#parts;
    const own = tenant === undefined ? secrets : tenants.secretsOf(tenant);
    const source = tenant === undefined ? this.#feed.source : calledBy(this.#feed.source, tenant.id);
    return receive(source, delivery, (name) => own.optional(name), world.clock.now());
  }

  #shaken({ what, answer }: Handshake): PlainAnswer {
    if (this.#mayTellOfHandshake(what)) this.#parts.emit({ event: "source.handshake", source: this.#feed.name, what });
    return answer;
  }

  #refused(
    refused: RefusedDelivery,
    announced: Announced,
    sample: Uint8Array | string,
    whose?: TenantRef,
  ): PlainAnswer {
    const { status, reason, message } = refused;
    const { verify } = this.#feed.source;
    const { headers, query } = announced;
    const path = this.#feed.source.path.replace(":tenant", () => announced.tenant?.slice(0, 100) ?? "");
    const head = (): string => requestHead(path, query, this.#addressOf(announced), headers);
    const source = this.#feed.name;
    const of = { source, integrations: this.#integrations, tenant: whose?.id ?? "" };
    this.#refusals.add({ ...of, reason, detail: message, head, sample });
    if (habitsOf(verify).emptyRefusals === true) return { status, headers: {}, body: "" };
    const asksForPassword = status === 401 && verify.kind === "password";
    const more = { headers: { "www-authenticate": 'Basic realm="waybill", charset="UTF-8"' } };
    return problem(status, reason, message, undefined, asksForPassword ? more : {});
  }

  #notArrived(kind: Exclude<ArrivedBody["kind"], "whole">): RefusedDelivery {
    switch (kind) {
      case "too-large": {
        const message = `The body has more than ${this.#feed.source.bodyBytesMax} bytes; no more are taken here.`;
        return { kind: "refused", status: 413, reason: "too-large", message };
      }
      case "too-busy":
        return { kind: "refused", status: 503, reason: "too-busy", message: "Too much is being sent here at once." };
      case "too-slow":
        return { kind: "refused", status: 400, reason: "unreadable", message: "The body took too long to arrive." };
      case "broken":
        return { kind: "refused", status: 400, reason: "unreadable", message: "The body did not arrive whole." };
    }
  }

  #failed(error: unknown): PlainAnswer {
    const { emit, secrets } = this.#parts;
    if (error instanceof WaybillError && error.code.startsWith("ledger-")) return problemOf(error, secrets.redact);
    const code = error instanceof WaybillError ? error.code : "failed";
    const why = said(error);
    if (this.#mayTellOfFailure(why)) emit({ event: "intake.failed", source: this.#feed.name, code, why });
    // It may be mended on our side, so the sender shall come again; it is told nothing of our configuration.
    return problem(503, "unavailable", "This webhook cannot take anything now.");
  }

  /** Once for each: a sender that comes a thousand times an hour need not say it as often. */
  #complain(what: string): void {
    if (this.#complaints.has(what) || this.#complaints.size >= complaintsMax) return;
    this.#complaints.add(what);
    this.#parts.emit({ event: "respond.ignored", source: this.#feed.name, why: what });
  }
}
