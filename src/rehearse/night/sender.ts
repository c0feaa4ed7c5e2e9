import type { Integration } from "../../define/definition.ts";
import { pushFeed } from "../../sources/feeds.ts";
import type { Item } from "../../sources/item.ts";
import { itemHandedIn } from "../../sources/push.ts";
import type { Clock } from "../../world/clock.ts";
import { between } from "./chance.ts";
import type { Life } from "./life.ts";
import { meets } from "./meets.ts";
import type { Planned } from "./plan.ts";
import type { Acknowledged } from "./promises.ts";

export interface SenderOptions {
  readonly integration: Integration;
  /** How many deliveries it has. */
  readonly left: number;
  readonly seed: number;
  /** Of the night itself. */
  readonly clock: Clock;
  /** Who takes deliveries now, if anybody. */
  readonly life: () => Life | undefined;
  readonly say: (what: string, record?: string) => void;
  /** Counts sendings and acknowledgements. */
  readonly moment: () => number;
}

const patienceMs = 30_000;

/** Whoever sends records: each again until it is told that it was taken, as good senders do. */
export class Sender {
  readonly acknowledged: Acknowledged[] = [];
  /** Deliveries that were not acknowledged yet. */
  left: number;
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.left = options.left;
  }

  async deliver(delivery: Planned): Promise<void> {
    const { clock, integration } = this.#options;
    const life = this.#options.life();
    const item = itemOf(delivery.value);
    if (item === undefined) {
      // No program could hand this in.
      this.left -= 1;
      return;
    }
    if (life?.up !== true || life.assembly === undefined) return this.#again(delivery);
    const sent = this.#options.moment();
    let over = false;
    // The process may die before it answers.
    clock.after(patienceMs, () => {
      if (over) return;
      over = true;
      this.#again(delivery);
    });
    let taken: { readonly record: string; readonly state: string; readonly duplicate: boolean } | undefined;
    try {
      const result = await life.assembly.intake.take(pushFeed(integration.definition), [item], {
        tenant: delivery.tenant,
      });
      taken = result.kind === "taken" ? result.items[0]?.[0] : undefined;
    } catch {
      taken = undefined;
    }
    if (over || life.over) return;
    over = true;
    if (taken === undefined) return this.#again(delivery);
    await this.#taken(delivery, item, sent, taken);
  }

  async #taken(
    { nth, mess, value, fresh }: Planned,
    item: Item,
    sent: number,
    { record, state, duplicate }: { readonly record: string; readonly state: string; readonly duplicate: boolean },
  ): Promise<void> {
    const acknowledged = this.#options.moment();
    this.left -= 1;
    this.#options.say(`delivery ${nth + 1}${mess === undefined ? "" : ` (${mess})`} is acknowledged: ${state}`, record);
    const takes = await meets(this.#options.integration.definition, item.value);
    this.acknowledged.push({ nth, record, duplicate, sent, acknowledged, meets: takes, value, fresh });
  }

  #again(delivery: Planned): void {
    const { clock, seed } = this.#options;
    clock.after(between(1_000, 10_000, seed, "again", delivery.nth), () => void this.deliver(delivery));
  }
}

function itemOf(value: unknown): Item | undefined {
  try {
    return itemHandedIn(value);
  } catch {
    return undefined;
  }
}
