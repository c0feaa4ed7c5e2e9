// A destination in a process of its own. It knows nothing of limits: it notes by its own clock when each call came and what it cost, and answers a little
// later. Told `{ seen: true }`, it says what it has seen.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Seen {
  readonly atMs: number;
  readonly points: number;
}
export type ServerHeard = { readonly url: string } | { readonly seen: readonly Seen[] };

const seen: Seen[] = [];
const server = createServer((request, response) => {
  const atMs = performance.now();
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    const points = Number((JSON.parse(body) as { points: number }).points);
    seen.push({ atMs, points });
    setTimeout(
      () => {
        response.writeHead(200, { "content-type": "application/json", "x-cost": String(points) });
        response.end("{}");
      },
      5 + (seen.length % 20),
    );
  });
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}` } satisfies ServerHeard);
});
process.on("message", () => process.send?.({ seen } satisfies ServerHeard));
process.on("disconnect", () => process.exit(0));
