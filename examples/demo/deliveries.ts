import { between, chance } from "./chance.ts";

/** What the shop's 2,000 deliveries are like. */
export type Kind = "order" | "edit" | "late" | "duplicate" | "broken" | "forged" | "conflict";

export interface Delivery {
  readonly kind: Kind;
  /** What it is about: its deliveries are sent one after the other, each until it is acknowledged. */
  readonly order: string;
  readonly body: string;
  /** What the invoice's details have to say once this was delivered last; undefined when it may never be delivered. */
  readonly details: string | undefined;
}

const shares = { edit: 0.19, late: 0.03, duplicate: 0.08, broken: 0.03, forged: 0.02, conflict: 0.015 } as const;
const customers = 400;
const day = Date.UTC(2026, 0, 5);

/** The deliveries of one demo, in the order in which they are sent. */
export function deliveriesFor(seed: number, count: number): Delivery[] {
  const extra = Object.values(shares).reduce((sum, share) => sum + Math.round(share * count), 0);
  const orders = count - extra;
  const made: { at: number; delivery: Delivery }[] = [];
  const put = (at: number, delivery: Delivery): void => void made.push({ at, delivery });

  for (let number = 0; number < orders; number++) put(number, genuine(seed, "order", number, 1));
  /** Another delivery about a genuine order, some time after it. */
  const about = (kind: Kind, make: (number: number) => Delivery): void => {
    const some = Math.round(shares[kind as keyof typeof shares] * count);
    for (let nth = 0; nth < some; nth++) {
      const number = (nth * 7 + between(0, 6, seed, kind, nth)) % orders;
      put(Math.min(orders, number + between(5, 250, seed, kind, "after", nth)) + 0.5, make(number));
    }
  };
  about("edit", (number) => genuine(seed, "edit", number, 3));
  // An older edit that was stuck somewhere, and comes after all newer ones were sent.
  about("late", (number) => genuine(seed, "late", number, 2));
  about("duplicate", (number) => ({ ...genuine(seed, "order", number, 1), kind: "duplicate" }));
  about("conflict", (number) => {
    const same = JSON.parse(genuine(seed, "order", number, 1).body) as object;
    return delivery("conflict", number, { ...same, total: "999999.00" }, undefined);
  });
  for (let nth = 0; nth < Math.round(shares.broken * count); nth++) {
    put(between(0, orders, seed, "broken", nth), broken(seed, orders + nth, nth));
  }
  for (let nth = 0; nth < Math.round(shares.forged * count); nth++) {
    const number = orders * 2 + nth;
    put(between(0, orders, seed, "forged", nth), {
      ...genuine(seed, "order", number, 1),
      kind: "forged",
      details: undefined,
    });
  }
  return made.sort((a, b) => a.at - b.at).map((one) => one.delivery);
}

function genuine(seed: number, kind: Kind, number: number, edit: number): Delivery {
  const total = `${between(1, 900, seed, "total", number, edit)}.${between(10, 99, seed, "cents", number, edit)}`;
  return delivery(kind, number, { ...orderOf(seed, number, edit), total }, (order) => `${order.customer} ${total}`);
}

function orderOf(
  seed: number,
  number: number,
  edit: number,
): { id: string; customer: string; email: string; updatedAt: string } {
  const customer = `C-${between(1, customers, seed, "customer", number)}`;
  const updatedAt = new Date(day + number * 60_000 + edit * 1_000).toISOString();
  return { id: nameOf(number), customer, email: `${customer.toLowerCase()}@example.com`, updatedAt };
}

/** What senders really do: numbers for text, half an address, a day that is none, nothing at all. */
function broken(seed: number, number: number, nth: number): Delivery {
  const order = { ...orderOf(seed, number, 1), total: "12.50" };
  const mess = [
    { ...order, total: 12.5 },
    { ...order, email: "ann at example.com" },
    { ...order, updatedAt: "yesterday" },
    { ...order, customer: "" },
  ][Math.floor(chance(seed, "mess", nth) * 4)] as Record<string, unknown>;
  return delivery("broken", number, mess, undefined);
}

function delivery<O extends object>(
  kind: Kind,
  number: number,
  order: O,
  details: ((order: O) => string) | undefined,
): Delivery {
  return { kind, order: nameOf(number), body: JSON.stringify(order), details: details?.(order) };
}

function nameOf(number: number): string {
  return `A-${1_000 + number}`;
}
