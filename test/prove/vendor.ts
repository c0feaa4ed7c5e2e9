import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

// A vendor's sandbox on a real socket: things that are POSTed, PUT and looked up by their fields, with the habits that a test gives it.

export interface Habits {
  /** What it does with a repeated Idempotency-Key; it honours keys by default. */
  readonly keys?: "honoured" | "ignored" | "refused" | "in-flight";
  /** Sees a thing that was made only so many milliseconds after it was first looked for, and not before it was looked for so often. */
  readonly lag?: { readonly ms: number; readonly looks: number };
  /** Sent with every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Answered to everything. */
  readonly status?: number;
  /** Answers a POST without a word about what was made. */
  readonly silent?: boolean;
  /** Answers the first request so, and asks to come again in a second. */
  readonly first?: number;
  /** Does what the writes of these places ask for, and cuts the connection in place of an answer; the first is 1. */
  readonly lost?: readonly number[];
  /** Answers a repeated PUT so. */
  readonly putAgain?: number;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly body: string;
}

type Thing = { readonly id: string } & Readonly<Record<string, unknown>>;

export interface Vendor {
  readonly url: string;
  readonly seen: readonly Seen[];
  readonly things: readonly Thing[];
}

export async function vendor(t: TestContext, habits: Habits = {}): Promise<Vendor> {
  const seen: Seen[] = [];
  const things: Thing[] = [];
  const answered = new Map<string, Thing>();
  const looked = new Map<string, { readonly sinceMs: number; count: number }>();
  const put = new Set<string>();
  let writes = 0;

  const isVisible = ({ id }: Thing): boolean => {
    const { lag } = habits;
    if (lag === undefined) return true;
    const known = looked.get(id) ?? { sinceMs: performance.now(), count: 0 };
    known.count += 1;
    looked.set(id, known);
    return known.count > lag.looks && performance.now() - known.sinceMs >= lag.ms;
  };

  const made = (key: string | undefined, fields: Record<string, unknown>): readonly [number, unknown] => {
    const before = key === undefined ? undefined : answered.get(key);
    if (before !== undefined && habits.keys === "refused") return [422, { error: "this key was used" }];
    if (before !== undefined && habits.keys === "in-flight") return [409, { error: "this key was used" }];
    if (before !== undefined && habits.keys !== "ignored") return [201, before];
    const thing: Thing = { id: `made-${things.length + 1}`, ...fields };
    things.push(thing);
    if (key !== undefined) answered.set(key, thing);
    return [201, habits.silent === true ? { ok: true } : thing];
  };

  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    const { method = "", url = "" } = request;
    const header = request.headers["idempotency-key"];
    const key = typeof header === "string" ? header : undefined;
    seen.push({ method, path: url, key, body });
    const { pathname, searchParams } = new URL(url, "http://sandbox");
    if (method !== "GET") writes += 1;
    const answer = (status: number, value: unknown): void => {
      if (method !== "GET" && habits.lost?.includes(writes) === true) return void request.socket.destroy();
      response.writeHead(status, { "content-type": "application/json", ...habits.headers });
      response.end(JSON.stringify(value));
    };
    if (habits.first !== undefined && seen.length === 1) {
      response.setHeader("retry-after", "1");
      return answer(habits.first, { error: "later" });
    }
    if (habits.status !== undefined) return answer(habits.status, { error: "no" });
    if (method === "POST") return answer(...made(key, JSON.parse(body)));
    if (method === "PUT") {
      const isKnown = put.has(pathname);
      put.add(pathname);
      return answer(isKnown ? (habits.putAgain ?? 200) : 201, { id: pathname });
    }
    const asked = [...searchParams];
    const found = things.filter((thing) => asked.every(([name, value]) => String(thing[name]) === value));
    answer(200, { items: found.filter(isVisible) });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen, things };
}

/** An address where nobody listens any more. */
export async function nowhere(): Promise<string> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
