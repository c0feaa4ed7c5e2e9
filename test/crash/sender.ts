import type { Child } from "./child.ts";
import type { Order } from "./integration.ts";
import type { Heard, Told } from "./messages.ts";

const everyMs = 3;
const underWayMax = 40;

/** Sends orders, each until it is acknowledged, an edit only after what it edits. */
export class Sender {
  readonly acknowledged: Order[] = [];
  readonly #left: Order[];

  constructor(orders: readonly Order[]) {
    this.#left = [...orders];
  }

  /** Sends to a worker whatever is left, until all is acknowledged or the worker is gone. */
  sendTo(worker: Child<Told, Heard>): void {
    const underWay = new Map<string, Order>();
    worker.on((heard) => {
      if (!("acknowledged" in heard)) return;
      const { id, edit } = heard.acknowledged;
      underWay.delete(id);
      this.acknowledged.push(heard.acknowledged);
      this.#left.splice(
        this.#left.findIndex((order) => order.id === id && order.edit === edit),
        1,
      );
    });
    const timer = setInterval(() => {
      if (!worker.alive || this.#left.length === 0) return clearInterval(timer);
      const next = this.#left.find(({ id }) => !underWay.has(id));
      if (next === undefined || underWay.size >= underWayMax) return;
      underWay.set(next.id, next);
      worker.tell({ send: next });
    }, everyMs);
  }

  /** Whether all was acknowledged; false when the worker died first. */
  async done(worker: Child<Told, Heard>): Promise<boolean> {
    while (worker.alive && this.#left.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    return this.#left.length === 0;
  }
}
