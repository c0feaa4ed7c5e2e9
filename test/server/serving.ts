import { createHmac } from "node:crypto";
import { connect } from "node:net";
import type { TestContext } from "node:test";
import {
  type Integration,
  integration,
  type OptionalSecret,
  type Secret,
  secret,
  standardWebhooks,
  webhook,
} from "waybill";
import { z } from "zod";
import { assemble } from "../../src/assembly/assemble.ts";
import type { Assembly, OpenLedger } from "../../src/assembly/assembly.ts";
import type { ServerOptions } from "../../src/define/config.ts";
import type { WaybillEvent } from "../../src/model/events.ts";
import { type Listening, type ListenOptions, listen } from "../../src/server/listen.ts";
import type { Clock } from "../../src/world/clock.ts";
import type { Transport } from "../../src/world/transport.ts";
import { createWorld } from "../../src/world/world.ts";

// A Waybill behind a real socket, over a ledger in memory.

const key = Buffer.from("a secret of the shop, long enough");
export const env = { SHOP_SECRET: `whsec_${key.toString("base64")}`, API_TOKEN: "a token of nine words or so" };
export const shopSecret = standardWebhooks(secret("SHOP_SECRET"));
const contract = z.object({ id: z.string().min(1), total: z.number() });

/** Takes orders at /shop/orders, and delivers them nowhere. */
export function ordersIntegration(
  source: Partial<Parameters<typeof webhook>[1]> = {},
  more: Record<string, unknown> = {},
): Integration {
  return integration("orders", {
    source: webhook("/shop/orders", { verify: shopSecret, bodyBytesMax: 2_000, ...source }),
    contract,
    identify: ({ id }: { id: string }) => ({ id }),
    async deliver() {},
    ...more,
  } as never);
}

/** The headers of a delivery that the shop signed. */
export function signed(
  body: string | Uint8Array,
  { at = Math.floor(Date.now() / 1_000), id = "msg_1" } = {},
): Record<string, string> {
  const mac = createHmac("sha256", key).update(`${id}.${at}.`).update(body).digest("base64");
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(at),
    "webhook-signature": `v1,${mac}`,
  };
}

export interface Serving extends Listening {
  readonly assembly: Assembly;
  readonly events: WaybillEvent[];
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body: string | Uint8Array, headers?: Record<string, string>): Promise<Response>;
  /** The counts of the first integration. */
  book(): Promise<Record<string, number>>;
}

export interface ServingOptions {
  readonly integrations?: readonly Integration[];
  readonly token?: Secret | OptionalSecret;
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: ListenOptions["limits"];
  readonly host?: string;
  readonly trustedProxies?: readonly string[];
  readonly transport?: Transport;
  /** What else of the server is configured. */
  readonly server?: ServerOptions;
  readonly clock?: Clock;
  readonly openLedger?: OpenLedger;
  /** In memory by default. */
  readonly ledger?: string;
}

export async function serving(t: TestContext, options: ServingOptions = {}): Promise<Serving> {
  const events: WaybillEvent[] = [];
  const open = createWorld({ env: options.env ?? env });
  const world = {
    ...open,
    ...(options.transport === undefined ? {} : { transport: options.transport }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  };
  const assembly = await assemble({
    ledger: options.ledger ?? "sqlite::memory:",
    integrations: options.integrations ?? [ordersIntegration()],
    world,
    emit: (event) => events.push(event),
    ...(options.openLedger === undefined ? {} : { openLedger: options.openLedger }),
    server: {
      ...options.server,
      ...(options.token === undefined ? {} : { token: options.token }),
      ...(options.trustedProxies === undefined ? {} : { trustedProxies: options.trustedProxies }),
    },
  });
  let server: Listening | undefined;
  t.after(async () => {
    await server?.close(0);
    await assembly.stop({ graceMs: 0 });
    await open.close();
  });
  const limits = options.limits === undefined ? {} : { limits: options.limits };
  server = await listen(assembly.app, { host: options.host ?? "127.0.0.1", port: 0, ...limits });
  const { url } = server;
  return {
    ...server,
    assembly,
    events,
    get: (path, headers = {}) => fetch(url + path, { headers }),
    post: (path, body, headers = {}) =>
      fetch(url + path, { method: "POST", body: body as string, headers, redirect: "error" }),
    async book() {
      await assembly.app.flush();
      const [book] = await assembly.ledger.balance(undefined);
      return { received: 0, refused: 0, quarantined: 0, duplicate: 0, waiting: 0, ...(book as object) };
    },
  };
}

/** Writes these bytes to the server as they are, and gives back all that it says until it closes. With `end` nothing more can follow. */
export function spoken(port: number, pieces: readonly (string | Uint8Array)[], { end = false } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let text = "";
    socket.setEncoding("latin1");
    socket.on("connect", () => {
      for (const piece of pieces) socket.write(piece);
      if (end) socket.end();
    });
    socket.on("data", (piece: string) => {
      text += piece;
    });
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" || error.code === "EPIPE" ? undefined : reject(error),
    );
    socket.on("close", () => resolve(text));
  });
}

/** A request as text, with a length that is true unless it is said otherwise. */
export function requestText(
  line: string,
  headers: Readonly<Record<string, string>>,
  body = "",
  { close = true } = {},
): string {
  const all = { host: "127.0.0.1", "content-length": String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(close ? { ...all, connection: "close" } : all).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${line} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

/** The status lines in what a server said. */
export function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

export type ErrorBody = { error: { code: string; message: string; hint?: string } };
