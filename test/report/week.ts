// A quiet week and a messy one after it, lived through by a real Waybill on a real ledger in seconds. Beside it stands somebody who counts what was sent,
// what the other systems were asked and answered, and what was done by hand, and who never looks into the ledger.
import { createHmac } from "node:crypto";
import { z } from "zod";
import { assemble } from "../../src/assembly/assemble.ts";
import type { Assembly } from "../../src/assembly/assembly.ts";
import {
  atMostOnce,
  byKey,
  hmac,
  type Integration,
  integration,
  natural,
  push,
  secret,
  system,
  webhook,
} from "../../src/index.ts";
import type { WaybillEvent } from "../../src/model/events.ts";
import { type Random, seededRandom } from "../../src/world/random.ts";
import type { Transport, WireAnswer } from "../../src/world/transport.ts";
import { createWorld } from "../../src/world/world.ts";
import { Time } from "./time.ts";

export const hour = 3_600_000;
export const day = 24 * hour;
const minute = 60_000;
/** Thursday, 12 November 2026, 14:00 UTC: the messy week begins on the 19th. */
export const beginsMs = Date.UTC(2026, 10, 12, 14);
export const messyMs: number = beginsMs + 7 * day;
export const endsMs: number = messyMs + 7 * day;
const stepMs = 5 * minute;

/** One request, as the other side saw it. */
export interface Call {
  readonly system: string;
  readonly atMs: number;
  readonly tookMs: number;
  /** Undefined when the answer was lost. */
  readonly status: number | undefined;
  readonly id: string;
}

/** One record, as whoever sent it knows it. */
export interface Sent {
  readonly integration: string;
  readonly id: string;
  readonly atMs: number;
  readonly record: string;
  /** It has what the contract asks for. */
  readonly fits: boolean;
  readonly amount: number;
}

export class Week {
  readonly time: Time = new Time(beginsMs);
  readonly random: Random;
  readonly calls: Call[] = [];
  readonly sent: Sent[] = [];
  readonly again: Sent[] = [];
  refused = 0;
  /** When the other side said yes to a record, by id. */
  readonly applied: Map<string, number> = new Map();
  /** What was told, and when. */
  readonly timed: { readonly atMs: number; readonly event: WaybillEvent }[] = [];
  readonly #ledger: string;
  #assembly: Assembly | undefined;
  #nextId = 0;

  constructor(ledger: string, seed: number) {
    this.#ledger = ledger;
    this.random = seededRandom(seed);
    this.time.settle = () => this.settle();
  }

  get waybill(): Assembly {
    if (this.#assembly === undefined) throw new Error("nothing runs");
    return this.#assembly;
  }

  async start(): Promise<void> {
    const world = createWorld();
    this.#assembly = await assemble({
      integrations,
      ledger: this.#ledger,
      release: "1",
      emit: (event) => void this.timed.push({ atMs: this.time.now(), event }),
      world: {
        ...world,
        clock: this.time,
        random: seededRandom(1),
        env: { SHOP_SECRET: "shh" },
        transport: this.#transport,
      },
    });
    await this.#assembly.start();
    await this.look();
  }

  async stop(): Promise<void> {
    const stopping = this.#assembly?.stop({ graceMs: 1_000 });
    await this.settle();
    await this.time.until(this.time.now() + 2_000);
    await stopping;
  }

  async look(): Promise<void> {
    await this.#assembly?.watch()?.look();
  }

  /** The ledger answers in the order in which it is asked, so after some rounds nothing is left that somebody waits for. */
  async settle(): Promise<void> {
    for (let round = 0; round < 8; round++) {
      await this.#assembly?.ledger.cursor("nothing").catch(() => undefined);
      await new Promise((later) => setImmediate(later));
    }
  }

  /** Time passes, and somebody looks every five minutes. */
  async pass(untilMs: number): Promise<void> {
    while (this.time.now() < untilMs) {
      const next = Math.min(untilMs, this.time.now() - (this.time.now() % stepMs) + stepMs);
      await this.time.until(next);
      await this.look();
    }
  }

  async send(name: string, record: Record<string, unknown>, id: string = this.id(name)): Promise<Sent> {
    const { definition } = this.waybill.known(name);
    const { record: made } = await this.waybill.intake.send(definition, { id, ...record });
    const fits = name !== "orders" || "email" in (record.customer as object);
    const one = {
      integration: name,
      id,
      atMs: this.time.now(),
      record: made,
      fits,
      amount: Number(record.amount ?? 1),
    };
    if (this.sent.some((other) => other.integration === name && other.id === id)) this.again.push(one);
    else this.sent.push(one);
    await this.settle();
    return one;
  }

  id(name: string): string {
    return `${name}-${++this.#nextId}`;
  }

  /** A notice of a shop, by webhook. */
  async notify(body: unknown, key = "shh"): Promise<void> {
    const text = JSON.stringify(body);
    const signature = createHmac("sha256", key).update(text).digest("hex");
    const headers = { "content-type": "application/json", "x-signature": signature };
    const request = new Request("http://127.0.0.1/shop", { method: "POST", body: text, headers });
    const answer = await this.waybill.app.fetch(request, "127.0.0.1");
    if (answer.status === 401) this.refused++;
    else {
      const { record } = (await answer.json()) as { record: string };
      const id = String((body as { id: string }).id);
      this.sent.push({ integration: "shop-notices", id, atMs: this.time.now(), record, fits: true, amount: 1 });
    }
    await this.waybill.app.flush();
    await this.settle();
  }

  /** The other systems, all of them: how long each takes and what it answers depends on the day. */
  readonly #transport: Transport = async (request) => {
    const { origin, path, body } = request;
    const name = new URL(origin).hostname.split(".")[0] as string;
    const asked = JSON.parse(typeof body === "string" ? body : "{}") as { id?: string; amount?: number };
    const id = asked.id ?? path;
    const atMs = this.time.now();
    request.beforeSend?.();
    const { status, tookMs, headers = {} } = this.#answer(name, asked);
    await new Promise<void>((done) => void this.time.after(tookMs, done));
    this.calls.push({ system: name, atMs, tookMs, status, id });
    if (status === undefined)
      return {
        kind: "failed",
        sent: "maybe",
        code: "ECONNRESET",
        message: "the connection was lost",
        reason: "connection",
      };
    if (status < 300) this.applied.set(id, this.time.now());
    return {
      kind: "answered",
      status,
      headers: { "content-type": "application/json", ...headers },
      body: Buffer.from(JSON.stringify(status < 300 ? { id: `${id}-there` } : { error: said[status] ?? "no" })),
    } satisfies WireAnswer;
  };

  #answer(
    name: string,
    { amount = 1 }: { readonly amount?: number },
  ): { readonly status: number | undefined; readonly tookMs: number; readonly headers?: Record<string, string> } {
    const nowMs = this.time.now();
    const messy = nowMs >= messyMs;
    const tookMs = Math.round((name === "crm" && messy ? 900 : 120) * (0.7 + this.random.next() * 0.6));
    const into = (from: number, until: number): boolean => nowMs >= messyMs + from && nowMs < messyMs + until;
    if (name === "erp" && into(1 * day + 3 * hour, 1 * day + 6 * hour)) return { status: 503, tookMs: 40 };
    if (name === "crm" && into(4 * day + 19 * hour, 5 * day) && this.random.next() < 0.4)
      return { status: 429, tookMs: 30, headers: { "retry-after": "600" } };
    if (name === "erp" && amount < 0) return { status: 422, tookMs };
    if (name === "bank" && messy && this.random.next() < 0.08) return { status: undefined, tookMs: 5_000 };
    return { status: 200, tookMs };
  }
}

const said: Readonly<Record<number, string>> = {
  422: 'the amount is <b onclick="alert(1)">below</b> \u001b[31mzero\u001b[0m',
  429: "too many requests",
  503: "down for maintenance",
};

const Order = z.object({ id: z.string(), amount: z.number(), customer: z.object({ email: z.string() }) });

function declared(): Integration[] {
  const erp = system("erp", { baseUrl: "https://erp.example.com" });
  const crm = system("crm", { baseUrl: "https://crm.example.com" });
  const bank = system("bank", { baseUrl: "https://bank.example.com", breaker: false });
  const first = { first: "30s", longest: "10m", giveUpAfter: "2d" } as const;
  return [
    integration("orders", {
      source: push(),
      contract: Order,
      identify: ({ id }) => ({ id }),
      retry: first,
      async deliver(order, { effect }) {
        await effect("invoice", erp.post("/invoices", { json: order, idempotency: byKey() }));
      },
    }),
    integration("contacts", {
      source: push(),
      contract: z.object({ id: z.string() }),
      identify: ({ id }) => ({ id }),
      retry: first,
      async deliver(contact, { effect }) {
        await effect("contact", crm.put("/contacts", { json: contact, idempotency: natural }));
      },
    }),
    integration("payouts", {
      source: push(),
      contract: z.object({ id: z.string() }),
      identify: ({ id }) => ({ id }),
      retry: first,
      async deliver(payout, { effect }) {
        await effect("transfer", bank.post("/transfers", { json: payout, idempotency: atMostOnce }));
      },
    }),
    integration("stock-levels", {
      source: push(),
      contract: z.object({ id: z.string(), sku: z.string(), left: z.number() }),
      identify: ({ id }) => ({ id }),
      volume: { atLeast: 1, per: "3h" },
      async deliver() {},
    }),
    integration("shop-notices", {
      source: webhook("/shop", { verify: hmac(secret("SHOP_SECRET"), { header: "x-signature" }) }),
      contract: z.object({ id: z.string() }),
      identify: ({ id }) => ({ id }),
      async deliver() {},
    }),
  ];
}

const integrations = declared();
const ann = { actor: "ann", why: "the customer called" };

/** Lives through both weeks, up to the end of the second. */
export async function live(week: Week): Promise<void> {
  await week.start();
  const { random } = week;
  for (let atMs = beginsMs; atMs < endsMs; atMs += hour) {
    await week.pass(atMs);
    if (atMs === messyMs + 4 * day) await restart(week);
    const messy = atMs >= messyMs;
    const of = new Date(atMs).getUTCHours();
    const office = of >= 7 && of < 18 && ![0, 6].includes(new Date(atMs).getUTCDay());
    for (let count = Math.round((office ? 9 : 1) * (0.5 + random.next())); count > 0; count--) {
      await week.pass(week.time.now() + Math.round(random.next() * 4 * minute));
      await order(week, messy);
    }
    if (office) for (let count = 0; count < 4; count++) await week.send("contacts", { name: "Bo" });
    if (of % 6 === 0) for (let count = 0; count < 6; count++) await week.send("payouts", { amount: 10 });
    // The feed of stock levels stops on the second Friday at noon, and nobody says so.
    if (atMs < messyMs + 22 * hour) await week.send("stock-levels", { sku: "A", left: 3 });
    if (of % 3 === 0) await week.notify({ id: `notice-${atMs}` });
    if (messy && of % 8 === 2) await week.notify({ id: `forged-${atMs}` }, "guessed");
    await byHand(week, atMs);
  }
  await week.pass(endsMs);
}

async function order(week: Week, messy: boolean): Promise<void> {
  const { random } = week;
  const renamed = week.time.now() >= messyMs + 3 * day && week.time.now() < messyMs + 3 * day + 8 * hour;
  const customer = renamed ? { mail: "a@example.com" } : { email: "a@example.com" };
  const amount = messy && random.next() < 0.03 ? -5 : Math.round(random.next() * 900) + 1;
  const one = await week.send("orders", { amount, customer });
  if (messy && !renamed && random.next() < 0.05) await week.send("orders", { amount, customer }, one.id);
}

async function restart(week: Week): Promise<void> {
  await week.stop();
  await week.start();
}

/** What persons do in the messy week. */
async function byHand(week: Week, atMs: number): Promise<void> {
  const { inboxes, pauses, ledger } = week.waybill;
  if (atMs === messyMs + 1 * day + 8 * hour) {
    const { rows } = await ledger.find({ states: ["dead"], limit: 2, order: "oldest" });
    for (const { record } of rows) await inboxes.replay(record, { ...ann, why: "they say it works now" });
  }
  if (atMs === messyMs + 3 * day + 12 * hour) {
    const { rows } = await ledger.find({ states: ["quarantined"], limit: 3, order: "oldest" });
    for (const { record, id } of rows) {
      const raw = JSON.stringify({ id: id ?? record, amount: 7, customer: { email: "b@example.com" } });
      await inboxes.edit(record, ann, { kind: "text", text: raw });
      await inboxes.release(record, ann);
    }
  }
  if (atMs === messyMs + 4 * day + 2 * hour)
    await pauses.pause("payouts", undefined, { actor: "ben", why: "the bank asked for it" });
  if (atMs === messyMs + 4 * day + 9 * hour)
    await pauses.resume("payouts", undefined, { actor: "ben", why: "they are done" });
  await week.settle();
}
