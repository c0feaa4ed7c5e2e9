import { once } from "node:events";
import { createServer } from "node:http";
import type { TestContext } from "node:test";
import { assemble } from "../../src/assembly/assemble.ts";
import type { Assembly } from "../../src/assembly/assembly.ts";
import { atMostOnce, byKey, type Integration, integration, push, system, WaybillError } from "../../src/index.ts";
import type { RecordWhole } from "../../src/ledger/ledger.ts";

/** What becomes of one request: a status with a body, an answer that is lost after it was applied, or none for now. */
export type Fate = { readonly status: number; readonly body?: unknown } | "lose" | "hang";

export interface Seen {
  readonly path: string;
  readonly key: string | undefined;
  readonly body: unknown;
}

/** A destination whose every answer the test decides. */
export async function destination(
  t: TestContext,
  fate: (seen: Seen, count: number) => Fate,
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      const one: Seen = {
        path: request.url ?? "",
        key: request.headers["idempotency-key"] as string | undefined,
        body: text === "" ? undefined : JSON.parse(text),
      };
      seen.push(one);
      const answer = fate(one, seen.length);
      if (answer === "hang") return;
      if (answer === "lose") {
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(JSON.stringify(answer.body ?? { id: `inv_${seen.length}` }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, seen };
}

/** A Standard Schema made of one function, whose mind a test may change. */
export function schemaOf(
  check: (value: unknown) => { value: unknown } | { issues: { message: string; path?: string[] }[] },
) {
  return {
    "~standard": {
      version: 1 as const,
      vendor: "test",
      types: undefined as unknown as { input: unknown; output: Order },
      validate: check as (value: unknown) => { value: Order } | { issues: { message: string; path?: string[] }[] },
    },
  };
}

export interface Order {
  readonly id: string;
  readonly of?: string;
  readonly total: string;
}

export interface Shop {
  contract: (value: unknown) => { value: unknown } | { issues: { message: string; path?: string[] }[] };
  expect: (value: unknown) => { value: unknown } | { issues: { message: string; path?: string[] }[] };
  how: "byKey" | "atMostOnce";
  per: "record" | "entity";
  path: string;
  /** What the effect's results were, as deliver saw them. */
  readonly results: unknown[];
}

/** An integration of one effect that a test can change while it runs, as a deploy would. */
export function shopOf(url: string): { shop: Shop; orders: Integration } {
  const books = system("books", { baseUrl: url, breaker: false, timeout: "20s" });
  const shop: Shop = {
    contract: (value) => ({ value }),
    expect: (value) => ({ value }),
    how: "byKey",
    per: "record",
    path: "/invoices",
    results: [],
  };
  const orders = integration("orders", {
    source: push(),
    contract: schemaOf((value) => shop.contract(value)),
    identify: (order) => ({ id: order.id, entity: order.of ?? order.id }),
    async deliver(order, { effect }) {
      const result = await effect(
        "invoice",
        books.post(shop.path, {
          json: { ref: order.id, total: order.total },
          expect: schemaOf((value) => shop.expect(value)),
          idempotency: shop.how === "byKey" ? byKey() : atMostOnce,
        }),
        { per: shop.per },
      );
      shop.results.push(result);
    },
    retry: { first: "10ms", longest: "20ms", giveUpAfter: "1h" },
  });
  return { shop, orders: orders as Integration };
}

export interface Running {
  readonly assembly: Assembly;
  send(order: object): Promise<string>;
  whole(record: string): Promise<RecordWhole>;
  settled(): Promise<void>;
}

export async function running(t: TestContext, integrations: readonly Integration[]): Promise<Running> {
  const assembly = await assemble({ ledger: "sqlite::memory:", integrations, release: "one" });
  t.after(() => assembly.stop({ graceMs: 0 }));
  await assembly.start();
  return {
    assembly,
    send: async (order) => (await assembly.intake.send(assembly.known("orders").definition, order)).record,
    async whole(record) {
      const whole = await assembly.ledger.record(record);
      if (whole === undefined) throw new Error(`no record ${record}`);
      return whole;
    },
    settled: () => assembly.settled("orders", 20_000),
  };
}

/** Looks now and then, until something holds. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it never came to this");
}

/** What a refusal looks like to `assert.rejects`. */
export function refusal(code: string, message: RegExp, hint?: RegExp): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof WaybillError)) throw error;
    if (error.code !== code) throw new Error(`${error.code}: ${error.message}`);
    if (!message.test(error.message)) throw new Error(`says: ${error.message}`);
    if (hint !== undefined && !hint.test(error.hint ?? "")) throw new Error(`hints: ${error.hint}`);
    return true;
  };
}
