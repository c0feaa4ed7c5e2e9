import type { HttpChange } from "../../define/request.ts";
import { Destination } from "../destination/destination.ts";
import { chance } from "./chance.ts";
import type { EffectTag } from "./effect-tag.ts";
import type { FaultName, Mix } from "./faults.ts";

export interface DestinationsOptions {
  readonly seed: number;
  readonly mix: Mix;
  /** How much was applied so far. */
  applied(): number;
  onApplied(tags: readonly EffectTag[], change: HttpChange): void;
  /** It uses what it was declared to be allowed. */
  onFault(fault: FaultName): void;
}

/** The simulated systems of a night, each as bad as it may be by what was declared of it. */
export class Destinations {
  readonly #options: DestinationsOptions;
  readonly #known = new Map<string, Destination>();

  constructor(options: DestinationsOptions) {
    this.#options = options;
  }

  /** @param account whose, where each tenant has one there. */
  of(system: string, account: string): Destination {
    const name = JSON.stringify([system, account]);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const { seed, mix, applied, onApplied, onFault } = this.#options;
    const made = new Destination({
      manners: {
        lagMs: ({ idempotency }) =>
          idempotency.how === "byLookup" && mix.has("lagging-lookup")
            ? Math.floor(idempotency.visibleAfterMs * chance(seed, "lag", applied()))
            : 0,
        windowMs: ({ idempotency }) =>
          idempotency.how === "byKey" && mix.has("forgotten-key") ? idempotency.windowMs : Number.POSITIVE_INFINITY,
      },
      onApplied,
      onLag: () => onFault("lagging-lookup"),
      onForgotten: () => onFault("forgotten-key"),
    });
    this.#known.set(name, made);
    return made;
  }
}
