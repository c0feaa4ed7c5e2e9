import type { Came } from "../crash/destination.ts";
import { refOf } from "../crash/integration.ts";
import type { Sent } from "../crash/sender.ts";

/**
 * Of one customer, whoever was acknowledged before another was sent went first: nothing of the second came to the destination before all of the first had.
 * In words, for each pair where it was otherwise.
 */
export function outOfOrder(sent: readonly Sent[], came: Readonly<Record<string, Came>>): string[] {
  const broken: string[] = [];
  for (const all of Map.groupBy(sent, ({ order }) => order.customer).values()) {
    for (const one of all) {
      for (const other of all) {
        if (one.acknowledged === undefined || one.acknowledged > other.first) continue;
        const [first, second] = [refOf(one.order), refOf(other.order)];
        const { last } = came[first] ?? { last: 0 };
        if (last > (came[second]?.first ?? Number.POSITIVE_INFINITY))
          broken.push(
            `order: ${first} was acknowledged before ${second} was sent, and came to ${other.order.customer} after it`,
          );
      }
    }
  }
  return broken;
}
