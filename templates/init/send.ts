// Sends sample.json as the shop would: signed by Standard Webhooks (https://www.standardwebhooks.com).
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

const secret = Buffer.from((process.env.SHOP_WEBHOOK_SECRET ?? "").replace(/^whsec_/, ""), "base64");
const body = readFileSync(process.argv[2] ?? "sample.json", "utf8");
const id = `msg_${randomUUID()}`;
const timestamp = Math.floor(Date.now() / 1000);
const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64");

const url = process.env.WEBHOOK_URL ?? "http://127.0.0.1:8080/shop/orders";
const answer = await fetch(url, {
  method: "POST",
  headers: {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${signature}`,
  },
  body,
}).catch((error: Error & { cause?: Error }) => {
  console.error(
    `Nobody takes webhooks at ${url} (${error.cause?.message ?? error.message}). Is "npx waybill dev" running?`,
  );
  process.exit(1);
});
console.log(answer.status, await answer.text());
