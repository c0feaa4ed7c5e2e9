import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { atMostOnce, byKey, type Integration, integration, later, push, secret, system, webhook } from "waybill";
import { z } from "zod";
import { openLedger } from "../../../src/assembly/open-ledger.ts";
import type { AlertRow, Ledger } from "../../../src/ledger/ledger.ts";
import { WaybillError } from "../../../src/model/errors.ts";
import { type Clock, systemClock } from "../../../src/world/clock.ts";
import type { Transport, WireAnswer } from "../../../src/world/transport.ts";
import { env, type Serving, type ServingOptions, serving, shopSecret } from "../serving.ts";

// A Waybill with something of each kind in it, and browsers that look at its pages.

export const token = env.API_TOKEN;
export const viewerToken = "another token, which only looks";
export const tokens = {
  token: secret("API_TOKEN"),
  server: { viewerToken: secret("VIEWER_TOKEN") },
  env: { ...env, VIEWER_TOKEN: viewerToken },
};
export const bearer = (of: string): Record<string, string> => ({ authorization: `Bearer ${of}` });

const books = system("books-of-pages", { baseUrl: "https://books.example", private: true });
const answers: Readonly<Record<string, WireAnswer>> = {
  "/fine": answered(200, '{"id":"inv_1"}'),
  "/refused": answered(422, '{"error":"no such customer"}'),
  "/lost": { kind: "failed", sent: "maybe", code: "ECONNRESET", message: "it broke", reason: "connection" },
};

function answered(status: number, text: string): WireAnswer {
  return { kind: "answered", status, headers: { "content-type": "application/json" }, body: Buffer.from(text) };
}

/** What the orders are written into: a book that accepts, refuses, or breaks off. */
export const theBooks: Transport = async ({ path, beforeSend }) => {
  beforeSend?.();
  return answers[path] ?? answered(404, "{}");
};

/** Orders that say what becomes of them. */
export function orders(more: Partial<Parameters<typeof integration>[1]> = {}): Integration {
  return integration("orders", {
    source: [push(), webhook("/shop/orders", { verify: shopSecret })],
    contract: z.object({ id: z.string().min(1), total: z.number(), does: z.string().optional() }),
    identify: ({ id }: { id: string }) => ({ id }),
    async deliver(
      { id, does = "fine" }: { id: string; does?: string },
      { effect }: { effect: (...of: never[]) => Promise<unknown> },
    ) {
      if (does === "later") throw later("1h", "the shop is closed");
      const idempotency = does === "lost" ? atMostOnce : byKey();
      await effect(...(["invoice", books.post(`/${does}`, { json: { id }, idempotency })] as never[]));
    },
    ...more,
  } as never);
}

/** A clock that is put forward by hand; what waits, waits as ever. */
export function clockAhead(): { readonly clock: Clock; forward(ms: number): void } {
  let aheadMs = 0;
  return {
    clock: {
      ...systemClock,
      now: () => systemClock.now() + aheadMs,
      monotonic: () => systemClock.monotonic() + aheadMs,
    },
    forward: (ms) => {
      aheadMs += ms;
    },
  };
}

/** A ledger that fails when it is told to. */
export function ledgerThatFails(): {
  readonly openLedger: NonNullable<ServingOptions["openLedger"]>;
  fails: Error | undefined;
} {
  const state = {
    fails: undefined as Error | undefined,
    openLedger: async (...of: Parameters<typeof openLedger>): Promise<Ledger> =>
      new Proxy(await openLedger(...of), {
        get(ledger, name) {
          const value = Reflect.get(ledger, name) as unknown;
          if (typeof value !== "function") return value;
          return (...args: unknown[]) => {
            if (state.fails !== undefined && name !== "close" && name !== "isSteward")
              return Promise.reject(state.fails);
            return value.apply(ledger, args) as unknown;
          };
        },
      }),
  };
  return state;
}

export const ledgerDown = (): WaybillError => new WaybillError("ledger-failed", "The ledger cannot be reached.");

const accepts = { accept: "text/html,*/*;q=0.8" };

/** A browser of one person. It follows nothing by itself, and keeps the cookie. */
export class Browser {
  readonly #url: string;
  cookie: string | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.#ask(path, { headers: { ...accepts, ...headers } });
  }

  post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const body = new URLSearchParams(form);
    return this.#ask(path, { method: "POST", body, headers: { ...accepts, origin: this.#url, ...headers } });
  }

  async signIn(of: string, name: string): Promise<Response> {
    return this.post("/sign-in", { token: of, name, to: "" });
  }

  /** What the form on a page that leads to this deed is filled in with already. */
  async form(page: string, deed: string): Promise<Record<string, string>> {
    const text = await (await this.get(page)).text();
    const form = new RegExp(`<form method="post" action="[./]*${deed}".*?</form>`, "s").exec(text)?.[0];
    assert.ok(form !== undefined, `${page} has no form for ${deed}`);
    return hiddenIn(form);
  }

  async #ask(path: string, { headers, ...init }: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const cookie = this.cookie === undefined ? {} : { cookie: this.cookie };
    const answer = await fetch(this.#url + path, { ...init, headers: { ...cookie, ...headers }, redirect: "manual" });
    const [set] = answer.headers.getSetCookie();
    if (set !== undefined) this.cookie = set.split(";")[0];
    return answer;
  }
}

/** What a form holds that nobody sees. */
export function hiddenIn(form: string): Record<string, string> {
  const inputs = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  return Object.fromEntries(inputs.map(([, name = "", value = ""]) => [name, unescaped(value)]));
}

/** What stands in the form under a dry run. */
export async function dryRun(by: Browser, page: string, deed: string, more: Record<string, string> = {}) {
  const form = { ...(await by.form(page, deed)), why: "x", ...more, dryRun: "true" };
  const text = await (await by.post(`/${deed}`, form)).text();
  return hiddenIn(text.slice(text.indexOf('class="confirm"')));
}

const unescaped = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

export interface Pages {
  readonly at: Serving;
  /** One record of each kind, by its state. */
  readonly records: Readonly<Record<"quarantined" | "dead" | "held" | "delivered", string>>;
  browser(): Browser;
  /** A browser of somebody who has signed in. */
  person(name: string, of?: string): Promise<Browser>;
  /** All that a deed could have changed, to be compared. */
  ledger(): Promise<string>;
}

/** Serves the pages of a ledger in which an order is delivered, one quarantined, one dead, one held, and an alert fires. */
export async function pages(t: TestContext, options: ServingOptions = tokens): Promise<Pages> {
  const at = await serving(t, { integrations: [orders()], transport: theBooks, ...options });
  await at.assembly.start();
  const records = {
    quarantined: await sent(at, { id: "Q-1", total: "free" }),
    dead: await sent(at, { id: "D-1", total: 1, does: "refused" }),
    held: await sent(at, { id: "H-1", total: 1, does: "lost" }),
    delivered: await sent(at, { id: "A-1", total: 1 }),
  };
  await at.assembly.settled(undefined, 20_000);
  await at.assembly.ledger.putAlerts([{ alert: alertRow(records.dead), expected: 0, atMs: Date.now() }]);
  const browser = (): Browser => new Browser(at.url);
  return {
    at,
    records,
    browser,
    async person(name, of = token) {
      const one = browser();
      assert.equal((await one.signIn(of, name)).status, 303);
      return one;
    },
    async ledger() {
      const { ledger, pauses } = at.assembly;
      const whole = await Promise.all(Object.values(records).map((record) => ledger.record(record)));
      const moved = whole.map((one) => [one?.record, one?.state, one?.revision, one?.timeline.length]);
      // What the watch finds out meanwhile is nobody's deed.
      const alerts = (await ledger.alerts({ id: alertId })).map(({ state, actor, why }) => [state, actor, why]);
      return JSON.stringify([await ledger.balance(undefined), moved, alerts, await pauses.list()]);
    },
  };
}

/** Hands one order in, and answers its record. */
export async function sent({ assembly }: Serving, order: unknown): Promise<string> {
  const { record } = await assembly.intake.send(assembly.known("orders").definition, order, "");
  return record;
}

export const alertId = "alert-of-pages";

export function alertRow(sample: string, more: Partial<AlertRow> = {}): AlertRow {
  const now = Date.now();
  return {
    id: alertId,
    rule: "dead",
    severity: "critical",
    integration: "orders",
    system: null,
    tenant: "",
    about: "refused",
    count: 1,
    message: "1 order could not be delivered.",
    samples: [sample],
    next: "npx waybill dead ls",
    revision: 1,
    state: "firing",
    sinceMs: now,
    lastAtMs: now,
    wellSinceMs: undefined,
    mutedUntilMs: undefined,
    actor: undefined,
    why: undefined,
    resolvedAtMs: undefined,
    news: undefined,
    newsNumber: 1,
    newsAtMs: now,
    newsCount: 1,
    ...more,
  };
}

/** Every page that answers at once, with something on it. */
export const pathsOf = ({ records }: Pages): readonly string[] => [
  "/",
  "/records",
  `/records/${records.dead}`,
  "/inboxes",
  "/inboxes/dead",
  "/alerts",
  `/alerts/${alertId}`,
  "/systems",
  "/systems/books-of-pages",
  "/integrations/orders",
  "/sources",
  "/drift",
  "/week",
];
