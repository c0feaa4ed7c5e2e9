import { createHmac, randomUUID } from "node:crypto";
import type { Delivery } from "./deliveries.ts";

// The shop: sends its deliveries signed as Standard Webhooks do, each again and again until somebody says that it is taken.

export interface ShopOptions {
  readonly url: () => string;
  readonly secret: string;
  readonly perSecond: number;
  readonly onSent: (sent: number) => void;
}

const underWayMax = 32;
const againAfterMs = 100;
const answerMsMax = 5_000;

/** What was taken, in the order in which it was acknowledged, and how many forged ones were turned away. */
export interface Sent {
  readonly acknowledged: readonly Delivery[];
  readonly turnedAway: number;
  /** Answers that were neither, which never should be. */
  readonly odd: readonly string[];
}

export async function sendAll(deliveries: readonly Delivery[], options: ShopOptions): Promise<Sent> {
  const acknowledged: Delivery[] = [];
  const odd: string[] = [];
  let turnedAway = 0;
  let begun = 0;
  const left = [...deliveries];
  const busy = new Set<string>();
  const startedAt = performance.now();

  const worker = async (): Promise<void> => {
    while (left.length > 0) {
      const due = ((performance.now() - startedAt) * options.perSecond) / 1_000;
      const at = begun < due ? left.findIndex(({ order }) => !busy.has(order)) : -1;
      if (at < 0) {
        await pause(5);
        continue;
      }
      begun += 1;
      const [delivery] = left.splice(at, 1) as [Delivery];
      busy.add(delivery.order);
      const status = await untilAnswered(delivery, options);
      busy.delete(delivery.order);
      if (status === 202) acknowledged.push(delivery);
      else if (status === 401 && delivery.kind === "forged") turnedAway += 1;
      else odd.push(`${delivery.kind} ${delivery.order} was answered with ${status}`);
      options.onSent(acknowledged.length + turnedAway + odd.length);
    }
  };
  await Promise.all(Array.from({ length: underWayMax }, worker));
  return { acknowledged, turnedAway, odd };
}

/** As every sender of webhooks does: no answer, or one that says "later", means again. */
async function untilAnswered(delivery: Delivery, { url, secret }: ShopOptions): Promise<number> {
  const id = `msg_${randomUUID()}`;
  for (;;) {
    try {
      const answer = await fetch(`${url()}/shop/orders`, {
        method: "POST",
        headers: { "content-type": "application/json", ...signed(id, delivery, secret) },
        body: delivery.body,
        signal: AbortSignal.timeout(answerMsMax),
      });
      await answer.arrayBuffer();
      if (answer.status < 500) return answer.status;
    } catch {
      // The server is gone for a moment: killed in the middle of its work.
    }
    await pause(againAfterMs);
  }
}

function signed(id: string, { kind, body }: Delivery, secret: string): Record<string, string> {
  const seconds = Math.floor(Date.now() / 1_000);
  const key = kind === "forged" ? "nobody knows this one" : Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": `v1,${signature}` };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
