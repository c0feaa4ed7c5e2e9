// Plays the other system: takes invoices, honours Idempotency-Key, and now and then loses an answer after it did its work.
import { createServer } from "node:http";

const invoices = new Map<string, { id: string; ref: string }>();
let requests = 0;

createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    requests += 1;
    if (request.method !== "POST") {
      response.end(JSON.stringify([...invoices.values()], undefined, 2));
      return;
    }
    const key = String(request.headers["idempotency-key"]);
    const known = invoices.get(key);
    const invoice = known ?? { id: `inv_${invoices.size + 1}`, ref: JSON.parse(body).ref };
    invoices.set(key, invoice);
    console.log(
      `${request.method} ${request.url} ${invoice.ref} → ${invoice.id}${known === undefined ? "" : " (seen before)"}`,
    );
    if (requests % 3 === 1) {
      console.log("  and the answer gets lost");
      request.socket.destroy();
      return;
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(invoice));
  });
}).listen(9001, "127.0.0.1", () => console.log("plays the books on http://127.0.0.1:9001"));
