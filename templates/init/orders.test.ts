// An order becomes one invoice, however often it comes and whatever gets lost.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { createWaybill } from "waybill";

test("an order becomes one invoice, although an answer is lost", async (t) => {
  const applied = new Map<string, string>();
  let requests = 0;
  const books = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const key = String(request.headers["idempotency-key"]);
      if (!applied.has(key)) applied.set(key, `inv_${applied.size + 1}`);
      requests += 1;
      if (requests === 1) {
        request.socket.destroy();
        return;
      }
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ id: applied.get(key) }));
    });
  });
  await new Promise<void>((resolve) => books.listen(0, "127.0.0.1", resolve));
  t.after(() => books.close());
  const address = books.address();
  assert.ok(typeof address === "object" && address !== null);
  process.env.BOOKS_URL = `http://127.0.0.1:${address.port}`;

  const { default: orders } = await import("./integrations/orders.ts");
  const waybill = await createWaybill({ ledger: "sqlite::memory:", integrations: [orders] });
  t.after(() => waybill.stop());
  await waybill.start();
  const order = { id: "A-1", customer: "C-1", total: "10.00" };
  await waybill.send("orders", order);
  await waybill.send("orders", order);
  await waybill.settled("orders", { timeout: "20s" });

  const [book] = (await waybill.balance("orders")).integrations;
  assert.deepEqual([book?.delivered, book?.duplicate], [1, 1]);
  assert.equal(applied.size, 1);
});
