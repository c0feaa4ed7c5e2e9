import { Pool } from "undici";
import { inFlight, orderText } from "../order.ts";

/** The measure of all else: undici's Pool alone, which remembers nothing. */
export async function bare(count: number, destination: string): Promise<Record<string, number>> {
  const orders = Array.from({ length: count }, (_, at) => orderText(at));
  const pool = new Pool(destination, { connections: inFlight, pipelining: 1 });
  const from = performance.now();
  let at = 0;
  const worker = async (): Promise<void> => {
    while (at < orders.length) {
      const mine = at++;
      const { body } = await pool.request({
        method: "POST",
        path: "/invoices",
        headers: { "content-type": "application/json", "idempotency-key": `key-${mine}` },
        body: orders[mine] as string,
      });
      await body.json();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - from) / 1_000;
  await pool.close();
  return { perSecond: count / seconds };
}
