import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "./clock.ts";
import { Gathered } from "./gathered.ts";

// The way in: the one place that listens. What has to be fast is offered as a few plain values, without Request and Response; whatever is not taken
// there goes on to a listener of node's own kind.

/** A request that has come, its body still on the way. */
export interface Arriving {
  readonly method: string;
  /** As it stands in the request line, undecoded: `/shop/orders?x=1`. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Of whoever connected; undefined when the connection is gone. */
  remoteAddress(): string | undefined;
  /** Reads the body, never further than `bytesMax`, and never longer than the server's limit. */
  body(bytesMax: number): Promise<ArrivedBody>;
}

export type ArrivedBody =
  | { readonly kind: "whole"; readonly bytes: Uint8Array }
  | { readonly kind: "too-large" }
  | { readonly kind: "too-slow" }
  /** So many bodies are under way that no more fits beside them. */
  | { readonly kind: "too-busy" }
  /** The sender went away, or what it sent is no HTTP. */
  | { readonly kind: "broken" };

/** What goes back. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  /** Answers at once, or says by `undefined` that `others` shall. */
  readonly first: (arriving: Arriving) => Promise<PlainAnswer> | undefined;
  readonly others: RequestListener;
  readonly limits: HttpLimits;
}

export interface HttpLimits {
  /** A sender that cannot send its headers in this time is not coming. */
  readonly headersMs: number;
  /** The longest that a body for `first` may take to arrive. */
  readonly bodyMs: number;
  /** The longest that any request may take to arrive whole. */
  readonly requestMs: number;
  readonly keepAliveMs: number;
  readonly headerBytesMax: number;
  /** Bodies for `first` that are being read, all of them together: nobody has vouched for their senders yet. */
  readonly bodiesBytesMax: number;
  /** When so many stand, those that are idle give way to a new one; when none is, the new one is dropped. */
  readonly connectionsMax: number;
}

export interface HttpServer {
  readonly address: string;
  readonly port: number;
  /** Takes no new connection, lets what is under way finish for at most `graceMs`, and ends the rest. */
  close(graceMs: number): Promise<void>;
}

/** A body nobody will read is let in this far, and this long, so that its sender gets to read the answer. */
const lingerBytesMax = 16_000_000;
const lingerMs = 1_000;
/** How often senders that dribble are looked for. */
const checkEveryMs = 1_000;
const sweepEveryMs = 50;

/** @throws what listening throws: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`. */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { limits } = options;
  let closing = false;
  const room: Room = { leftBytes: limits.bodiesBytesMax };
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.headerBytesMax,
    connectionsCheckingInterval: Math.min(checkEveryMs, limits.headersMs),
  });
  server.maxConnections = limits.connectionsMax;
  // Whoever opens connections and keeps them must not shut out those who send.
  server.on("drop", () => server.closeIdleConnections());

  server.on("request", (incoming, outgoing) => {
    if (closing) outgoing.shouldKeepAlive = false;
    const answering = options.first({
      method: incoming.method ?? "",
      target: incoming.url ?? "",
      headers: incoming.headers as Readonly<Record<string, string | undefined>>,
      remoteAddress: () => incoming.socket.remoteAddress,
      body: (bytesMax) => readBody(incoming, bytesMax, limits.bodyMs, room),
    });
    if (answering === undefined) return options.others(incoming, outgoing);
    const give = (answer: PlainAnswer): void => {
      if (closing) outgoing.shouldKeepAlive = false;
      if (incoming.complete) outgoing.writeHead(answer.status, headersOf(answer)).end(answer.body);
      else giveAndLinger(incoming, outgoing, answer);
    };
    answering.then(give, () => outgoing.destroy());
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // An error of the listening socket later on (too many open files) ends one connection, and must not end the process.
  server.on("error", () => undefined);
  const { address, port } = server.address() as AddressInfo;

  return {
    address,
    port,
    close(graceMs) {
      closing = true;
      return new Promise((resolve) => {
        const cancel = systemClock.after(graceMs, () => server.closeAllConnections());
        // A connection that is busy now is idle once it has been answered.
        let cancelSweep = (): void => undefined;
        const sweep = (): void => {
          server.closeIdleConnections();
          cancelSweep = systemClock.after(sweepEveryMs, sweep);
        };
        server.close(() => {
          cancel();
          cancelSweep();
          resolve();
        });
        sweep();
      });
    },
  };
}

type Incoming = Parameters<RequestListener>[0];
type Outgoing = Parameters<RequestListener>[1];

/** What all bodies that are being read may still take. */
interface Room {
  leftBytes: number;
}

function readBody(incoming: Incoming, bytesMax: number, allowedMs: number, room: Room): Promise<ArrivedBody> {
  // What the length header says is believed only when it says too much.
  if (Number(incoming.headers["content-length"] ?? 0) > bytesMax) return Promise.resolve({ kind: "too-large" });
  return new Promise((resolve) => {
    const body = new Gathered();
    const cancel = systemClock.after(allowedMs, () => end({ kind: "too-slow" }));
    const onData = (chunk: Uint8Array): void => {
      body.add(chunk);
      room.leftBytes -= chunk.length;
      if (body.length > bytesMax) return end({ kind: "too-large" });
      if (room.leftBytes < 0) return end({ kind: "too-busy" });
    };
    const onEnd = (): void => end({ kind: "whole", bytes: body.bytes() });
    const onClose = (): void => end({ kind: "broken" });
    function end(arrived: ArrivedBody): void {
      cancel();
      room.leftBytes += body.length;
      incoming.off("data", onData);
      incoming.off("end", onEnd);
      incoming.off("close", onClose);
      if (arrived.kind !== "whole") incoming.pause();
      resolve(arrived);
    }
    incoming.on("error", () => undefined);
    incoming.on("data", onData);
    incoming.on("end", onEnd);
    incoming.on("close", onClose);
  });
}

/** With the length, an answer leaves in one piece; without it, in chunks. */
function headersOf({ status, headers, body }: PlainAnswer): Record<string, string | number> {
  return status === 204 ? { ...headers } : { ...headers, "content-length": Buffer.byteLength(body) };
}

/** Answers a request whose body is still coming. Closing at once would reset the connection under the sender, who would never see why. */
function giveAndLinger(incoming: Incoming, outgoing: Outgoing, answer: PlainAnswer): void {
  outgoing.writeHead(answer.status, { ...headersOf(answer), connection: "close" });
  outgoing.write(answer.body);
  let bytes = 0;
  const end = (): void => {
    cancel();
    incoming.off("data", onData);
    incoming.off("end", end);
    incoming.off("close", end);
    outgoing.end();
  };
  const cancel = systemClock.after(lingerMs, end);
  const onData = (chunk: Uint8Array): void => {
    bytes += chunk.length;
    if (bytes > lingerBytesMax) end();
  };
  incoming.on("error", () => undefined);
  incoming.on("data", onData);
  incoming.on("end", end);
  incoming.on("close", end);
  incoming.resume();
}
