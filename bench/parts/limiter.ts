import { concurrent, type Limit, rate } from "waybill";
import { ordersIntegration } from "../order.ts";
import { deliveryOf } from "./delivery.ts";

const pairs = 8;
const never: readonly Limit[] = [rate(10_000_000, "1s"), rate(1_000_000_000, "1d"), concurrent(100_000)];

/**
 * What limits cost that never hold anybody back: the same orders delivered with them and without, by turns, so that whatever else the machine does meets
 * both. Shares are medians over all pairs: of throughput, and of the processor's time for an order, which others on the machine change less.
 */
export async function limiter(count: number, destination: string): Promise<Record<string, number>> {
  const few = Math.ceil(count / pairs);
  const bare = ordersIntegration(destination, { name: "bare", limits: [] });
  const limited = ordersIntegration(destination, { name: "limited", limits: never });
  // The first ones find nothing warm.
  await deliveryOf(few, bare);
  await deliveryOf(few, limited);
  const throughput: number[] = [];
  const cpu: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    // Whoever goes second has what the first one left behind: that meets both, too.
    const [first, second] = pair % 2 === 0 ? [bare, limited] : [limited, bare];
    const [one, other] = [await deliveryOf(few, first), await deliveryOf(few, second)];
    const [bareOne, limitedOne] = pair % 2 === 0 ? [one, other] : [other, one];
    throughput.push(limitedOne.perSecond / bareOne.perSecond);
    cpu.push(limitedOne.workerUs / bareOne.workerUs);
  }
  return { throughput: median(throughput), cpu: median(cpu) };
}

function median(shares: readonly number[]): number {
  const sorted = shares.toSorted((a, b) => a - b);
  return ((sorted[pairs / 2 - 1] ?? Number.NaN) + (sorted[pairs / 2] ?? Number.NaN)) / 2;
}
