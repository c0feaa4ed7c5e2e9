import type { AnyChange } from "../../define/request.ts";
import { type EffectTag, subjectOf } from "./effect-tag.ts";

// What the simulated systems were really made to do, by the effects that the code asked for: the books that Waybill's own are held against.

export interface AppliedEffect {
  readonly tag: EffectTag;
  readonly how: AnyChange["idempotency"]["how"];
  times: number;
  /** Counts everything that was applied. */
  readonly first: number;
}

export class Applied {
  readonly #effects = new Map<string, AppliedEffect>();
  /** By record: the first effect of it that was applied. */
  readonly #firstOf = new Map<string, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Answers how often it was applied by now. */
  note(tag: EffectTag, how: AppliedEffect["how"]): number {
    this.#count += 1;
    const subject = subjectOf(tag);
    const known = this.#effects.get(subject);
    if (known !== undefined) known.times += 1;
    else this.#effects.set(subject, { tag, how, times: 1, first: this.#count });
    if (!this.#firstOf.has(tag.record)) this.#firstOf.set(tag.record, this.#count);
    return known?.times ?? 1;
  }

  timesOf(tag: EffectTag): number {
    return this.#effects.get(subjectOf(tag))?.times ?? 0;
  }

  firstOf(record: string): number | undefined {
    return this.#firstOf.get(record);
  }

  all(): Iterable<AppliedEffect> {
    return this.#effects.values();
  }
}
