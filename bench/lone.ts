// A shop and a destination in one process, which can tell how long a lone order takes from the one to the other. Told { url, count }, it answers the median
// and the 99th percentile in milliseconds.
import { createServer } from "node:http";
import { orderText, signed, webhookPath } from "./order.ts";
import { median, quantile } from "./processes.ts";

const restMs = 15;
let arrived: () => void = () => undefined;

const server = createServer((request, response) => {
  arrived();
  request.resume().on("end", () => {
    response.writeHead(201, { "content-type": "application/json" }).end('{"id":"inv_1"}');
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = server.address();

process.on("message", async ({ url, count }: { readonly url: string; readonly count: number }) => {
  const tookMs: number[] = [];
  for (let at = 0; at < count; at++) {
    const body = orderText(at);
    const headers = {
      "content-type": "application/json",
      ...signed(`msg_${at}`, body, Math.floor(Date.now() / 1_000)),
    };
    const effect = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const from = performance.now();
    await (await fetch(`${url}${webhookPath}`, { method: "POST", headers, body })).arrayBuffer();
    await effect;
    tookMs.push(performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, restMs));
  }
  // The first ones pay for connections and for code that never ran before.
  const warm = tookMs.slice(Math.min(50, tookMs.length >> 1));
  process.send?.({ medianMs: median(warm), p99Ms: quantile(warm, 0.99) });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ destination: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}` });
