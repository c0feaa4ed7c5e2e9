import { createServer, type Server, type Socket } from "node:net";

/** A destination of raw bytes: it sees every request whole, as text, and answers as the test says. */
export interface Destination {
  readonly origin: string;
  readonly port: number;
  /** Every whole request that arrived, in order. */
  readonly requests: string[];
  /** All bytes that arrived, whole requests or not. */
  bytes(): number;
  connections(): number;
  close(): Promise<void>;
}

export type Respond = (socket: Socket, request: string, count: number) => void;

/**
 * @param respond called for each whole request (content-length bodies only)
 * @param onConnect called for each new connection
 */
export async function destination(respond: Respond, onConnect?: (socket: Socket) => void): Promise<Destination> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let bytes = 0;
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    onConnect?.(socket);
    let pending = "";
    socket.on("data", (chunk) => {
      bytes += chunk.length;
      pending += chunk.toString("latin1");
      for (;;) {
        const head = pending.indexOf("\r\n\r\n");
        if (head === -1) return;
        const length = Number(/content-length: (\d+)/i.exec(pending.slice(0, head))?.[1] ?? 0);
        if (pending.length < head + 4 + length) return;
        const request = pending.slice(0, head + 4 + length);
        pending = pending.slice(head + 4 + length);
        requests.push(request);
        respond(socket, request, requests.length);
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as { port: number };
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    bytes: () => bytes,
    connections: () => connections,
    close: () =>
      new Promise((closed) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => closed());
      }),
  };
}

/** An answer as text. */
export function answer(status: number, body = "", headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ "content-length": String(Buffer.byteLength(body)), ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n${body}`;
}
