import { Pool } from "undici";
import { inFlight } from "./order.ts";

/** The work of a peer: one order posted over undici, at most 64 at a time, its answer read. */
export function posting(destination: string): {
  post(text: string, key: string): Promise<unknown>;
  close(): Promise<void>;
} {
  const pool = new Pool(destination, { connections: inFlight, pipelining: 1 });
  return {
    async post(text, key) {
      const { statusCode, body } = await pool.request({
        method: "POST",
        path: "/invoices",
        headers: { "content-type": "application/json", "idempotency-key": key },
        body: text,
      });
      const answer = await body.json();
      if (statusCode >= 300) throw new Error(`The destination answered ${statusCode}.`);
      return answer;
    },
    close: () => pool.close(),
  };
}
