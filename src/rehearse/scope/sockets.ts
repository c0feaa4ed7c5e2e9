// Every client of every protocol comes to a socket in the end: http, https, tls, http2, undici, WebSocket and whatever was made
// when a program was loaded. So sockets are refused where they connect, listen and are written to, and fail as they would if the
// network had failed: by an event, later.

import dgram from "node:dgram";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import http2 from "node:http2";
import net from "node:net";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { refuse } from "./refuse.ts";
import { type Replacement, replaceFunction } from "./replace.ts";
import { currentScope } from "./scope.ts";
import { type Trace, traceHere } from "./user-line.ts";

/** These are about to fail: what is written to them meanwhile waits for a connection that never comes, and is told with it. */
const failing = new WeakSet<net.Socket>();

/** Where requests of node:http were made: they are written to a connection from before in a later tick, which no longer knows. */
const requests = new WeakMap<object, Trace>();

function httpRequests(): () => void {
  const made = (message: unknown): void => {
    if (currentScope() !== undefined) requests.set((message as { request: object }).request, traceHere());
  };
  subscribe("http.client.request.created", made);
  return () => {
    unsubscribe("http.client.request.created", made);
  };
}

/** The writing half of a socket, as streams call it. */
interface Written {
  connecting: boolean;
  connect(...parameters: unknown[]): net.Socket;
  _write(chunk: unknown, encoding: string, done: (error?: Error | null) => void): void;
  _writev(chunks: unknown, done: (error?: Error | null) => void): void;
}

const socket = net.Socket.prototype as unknown as Written;

/** `connect` takes a port, a path or options; Node's own callers have put them in a list. */
function whither(parameters: unknown[]): string {
  const [first, second] = Array.isArray(parameters[0]) ? parameters[0] : parameters;
  if (typeof first === "string" && Number.isNaN(Number(first))) return first;
  const { path, host, port } =
    typeof first === "object" && first !== null
      ? (first as { path?: unknown; host?: unknown; port?: unknown })
      : { path: undefined, host: typeof second === "string" ? second : undefined, port: first };
  return typeof path === "string" ? path : `${host ?? "localhost"}:${port}`;
}

const connecting = replaceFunction(
  [socket],
  "connect",
  (original) =>
    function (this: Written & net.Socket, ...parameters) {
      const scope = currentScope();
      if (scope === undefined) return original.apply(this, parameters);
      const refusal = refuse(scope, "socket", `a connection to ${whither(parameters)}`);
      failing.add(this);
      this.connecting = true;
      later(() => this.destroy(refusal));
      return this;
    },
);

/** What a program says to whoever started it is no call to anybody. */
const isOutput = (stream: unknown): boolean => stream === process.stdout || stream === process.stderr;

function peerOf(socket: net.Socket | TLSSocket): string {
  const { remoteAddress, remotePort } = socket;
  const host = ("servername" in socket && socket.servername) || remoteAddress;
  return host === undefined ? "a socket" : `${host}:${remotePort}`;
}

/** Refuses a write to a connection that was there before: undefined lets it through. */
function writeRefused(to: Written): Error | undefined {
  const scope = currentScope();
  const stream = to as unknown as net.Socket & { _httpMessage?: object };
  if (scope === undefined || failing.has(stream) || isOutput(to)) return undefined;
  return refuse(scope, "socket", `a write to ${peerOf(stream)}`, requests.get(stream._httpMessage ?? stream));
}

const writing: Replacement[] = [
  replaceFunction(
    [socket],
    "_write",
    (original) =>
      function (this: Written, chunk, encoding, done) {
        const refusal = writeRefused(this);
        if (refusal === undefined) original.call(this, chunk, encoding, done);
        else later(() => done(refusal));
      },
  ),
  replaceFunction(
    [socket],
    "_writev",
    (original) =>
      function (this: Written, chunks, done) {
        const refusal = writeRefused(this);
        if (refusal === undefined) original.call(this, chunks, done);
        else later(() => done(refusal));
      },
  ),
];

const listening = replaceFunction(
  [net.Server.prototype as { listen(...parameters: unknown[]): net.Server }],
  "listen",
  (original) =>
    function (this: net.Server, ...parameters) {
      const scope = currentScope();
      if (scope === undefined) return original.apply(this, parameters);
      const refusal = refuse(scope, "socket", `a server that listens on ${whither(parameters)}`);
      later(() => this.emit("error", refusal));
      return this;
    },
);

type Datagrams = Record<"bind" | "connect" | "send", (...parameters: unknown[]) => unknown>;

const datagrams = (["bind", "connect", "send"] as const).map((name) =>
  replaceFunction(
    [dgram.Socket.prototype as unknown as Datagrams],
    name,
    (original) =>
      function (this: dgram.Socket, ...parameters) {
        const scope = currentScope();
        if (scope === undefined) return original.apply(this, parameters);
        const refusal = refuse(scope, "socket", `a datagram socket (${name})`);
        const told = parameters.at(-1);
        later(() => (name !== "bind" && typeof told === "function" ? told(refusal) : this.emit("error", refusal)));
        return name === "send" ? undefined : this;
      },
  ),
);

/** A session of HTTP/2 writes past the socket's own methods, and Node hands its class to nobody: one over a stream in memory has it. */
function sessions(): () => void {
  const nowhere = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const session = http2.connect("http://localhost", { createConnection: () => nowhere });
  const prototype = Object.getPrototypeOf(session) as { request(...parameters: unknown[]): http2.ClientHttp2Stream };
  session.destroy();
  return replaceFunction(
    [prototype],
    "request",
    (original) =>
      function (this: http2.ClientHttp2Session, ...parameters) {
        const scope = currentScope();
        // One that is still connecting is refused by its socket; a session that is gone refuses a request in this way too.
        if (scope === undefined || this.connecting) return original.apply(this, parameters);
        throw refuse(scope, "socket", `a request to ${peerOf(this.socket)}`);
      },
  )();
}

interface UndiciRequest {
  readonly method: string;
  readonly origin: unknown;
  readonly path: string;
  onResponseError?(error: Error): void;
  onError?(error: Error): void;
}

/**
 * undici may keep a request until a connection is free, and write it then, from outside of the rehearsal. So it is refused where it is
 * made, which every copy of undici tells: the installed ones and the one within Node that a `fetch` from before the rehearsal calls.
 */
function undiciRequests(): () => void {
  const refused = (message: unknown): void => {
    const scope = currentScope();
    if (scope === undefined) return;
    const { request } = message as { request: UndiciRequest };
    // Without its query, which may hold a key.
    const [path] = request.path.split("?");
    const refusal = refuse(scope, "socket", `a request, ${request.method} ${request.origin}${path}`);
    if (request.onResponseError !== undefined) request.onResponseError(refusal);
    else request.onError?.(refusal);
  };
  subscribe("undici:request:create", refused);
  return () => {
    unsubscribe("undici:request:create", refused);
  };
}

/** As a network fails: after everybody has had the time to listen. It counts as real work until then. */
const later = setImmediate;

export const noSockets: readonly Replacement[] = [
  connecting,
  ...writing,
  listening,
  ...datagrams,
  httpRequests,
  sessions,
  undiciRequests,
];
