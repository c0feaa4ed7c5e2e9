// Sends signed orders to a server as fast as it takes them, over raw sockets that stay open and carry a few requests at once, from a process of its own.
// Told { port, from, count }, it answers { ms, taken }.
import { connect } from "node:net";
import { orderText, signed, webhookPath } from "./order.ts";

const connections = 64;
const pipelined = 2;
const taken202 = "HTTP/1.1 202";

interface Told {
  readonly port: number;
  readonly count: number;
}

function requestOf(at: number, seconds: number): Buffer {
  const body = orderText(at);
  const headers = {
    host: "127.0.0.1",
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...signed(`msg_${at}`, body, seconds),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([`POST ${webhookPath} HTTP/1.1`, ...lines, "", body].join("\r\n"));
}

function drive(port: number, requests: readonly Buffer[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    let sent = 0;
    let answered = 0;
    let taken = 0;
    let rest = "";
    const send = (): void => {
      while (sent < requests.length && sent - answered < pipelined) socket.write(requests[sent++] as Buffer);
    };
    socket.on("error", reject);
    socket.on("connect", send);
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      for (;;) {
        const head = rest.indexOf("\r\n\r\n");
        if (head < 0) break;
        const length = Number(/content-length: *(\d+)/i.exec(rest.slice(0, head))?.[1] ?? 0);
        if (rest.length < head + 4 + length) break;
        if (rest.startsWith(taken202)) taken++;
        rest = rest.slice(head + 4 + length);
        answered++;
      }
      if (answered === requests.length) {
        socket.end();
        resolve(taken);
      } else send();
    });
  });
}

process.on("message", async ({ port, count }: Told) => {
  const seconds = Math.floor(Date.now() / 1_000);
  const lines: Buffer[][] = Array.from({ length: connections }, () => []);
  for (let at = 0; at < count; at++) lines[at % connections]?.push(requestOf(at, seconds));
  const from = performance.now();
  const taken = await Promise.all(lines.filter(({ length }) => length > 0).map((requests) => drive(port, requests)));
  process.send?.({ ms: performance.now() - from, taken: taken.reduce((sum, one) => sum + one, 0) });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
