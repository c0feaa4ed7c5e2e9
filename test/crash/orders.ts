import { between, chance } from "../../examples/demo/chance.ts";
import type { Order } from "./integration.ts";

/** So many orders of so many customers, half of them edited once. */
export function ordersFor(seed: number, { orders, customers }: { orders: number; customers: number }): Order[] {
  return Array.from({ length: orders }, (_, at) => at).flatMap((at) => {
    const id = `O-${seed}-${at}`;
    const customer = `C-${between(1, customers, seed, "customer", at)}`;
    const edits = chance(seed, "edited", at) < 0.5 ? 2 : 1;
    return Array.from({ length: edits }, (_, edit) => ({
      id,
      customer,
      edit,
      total: `${between(1, 900, seed, at, edit)}.50`,
    }));
  });
}
