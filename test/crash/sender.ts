import type { Child } from "./child.ts";
import { type Order, refOf } from "./integration.ts";
import type { Heard, Told } from "./messages.ts";

const everyMs = 3;
const underWayMax = 40;
/** A sender does not wait for ever: it sends again, to whoever is there. */
const patienceMs = 10_000;

/** When it was first sent, and when it was first acknowledged: numbers that count both. */
export interface Sent {
  readonly order: Order;
  readonly first: number;
  acknowledged: number | undefined;
}

interface UnderWay {
  readonly worker: Child<Told, Heard>;
  readonly sinceMs: number;
}

/** Sends orders to one worker or to several, each until it is acknowledged, an edit only after what it edits. */
export class Sender {
  readonly acknowledged: Order[] = [];
  readonly sent = new Map<string, Sent>();
  readonly #left: Order[];
  readonly #underWay = new Map<string, UnderWay>();
  #moments = 0;

  constructor(orders: readonly Order[]) {
    this.#left = [...orders];
  }

  get isDone(): boolean {
    return this.#left.length === 0;
  }

  add(orders: readonly Order[]): void {
    this.#left.push(...orders);
  }

  /** Sends to a worker whatever is left, until it is gone. */
  sendTo(worker: Child<Told, Heard>): void {
    worker.on((heard) => {
      if ("acknowledged" in heard) this.#acknowledge(heard.acknowledged);
      else if ("refused" in heard && this.#underWay.get(heard.refused.id)?.worker === worker)
        this.#underWay.delete(heard.refused.id);
    });
    const timer = setInterval(() => {
      if (!worker.alive) {
        this.#forget((one) => one.worker === worker);
        return clearInterval(timer);
      }
      const longAgoMs = performance.now() - patienceMs;
      this.#forget(({ sinceMs }) => sinceMs < longAgoMs);
      const next = this.#left.find(({ id }) => !this.#underWay.has(id));
      if (next !== undefined && this.#underWayAt(worker) < underWayMax) this.#send(worker, next);
    }, everyMs);
  }

  /** Whether all was acknowledged; false when the worker died first. */
  async done(worker: { readonly alive: boolean }): Promise<boolean> {
    while (worker.alive && this.#left.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    return this.isDone;
  }

  #send(worker: Child<Told, Heard>, order: Order): void {
    this.#underWay.set(order.id, { worker, sinceMs: performance.now() });
    const ref = refOf(order);
    if (!this.sent.has(ref)) this.sent.set(ref, { order, first: this.#moments++, acknowledged: undefined });
    worker.tell({ send: order });
  }

  #acknowledge(order: Order): void {
    const sent = this.sent.get(refOf(order));
    if (sent === undefined || sent.acknowledged !== undefined) return;
    sent.acknowledged = this.#moments++;
    this.acknowledged.push(order);
    this.#underWay.delete(order.id);
    this.#left.splice(
      this.#left.findIndex(({ id, edit }) => id === order.id && edit === order.edit),
      1,
    );
  }

  #forget(which: (one: UnderWay) => boolean): void {
    for (const [id, one] of this.#underWay) if (which(one)) this.#underWay.delete(id);
  }

  #underWayAt(worker: Child<Told, Heard>): number {
    return [...this.#underWay.values()].filter((one) => one.worker === worker).length;
  }
}
