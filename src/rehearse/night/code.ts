import type { Integration } from "../../define/definition.ts";
import type { AnyChange } from "../../define/request.ts";
import { between, chance } from "./chance.ts";
import { type EffectTag, type NameOf, tagged } from "./effect-tag.ts";

// The code of a night, as each of its processes has loaded it: the same integration, whose effects say whose they are. A release may call one of its effects
// by another name from then on, as when a developer renames it, with or without saying so (`formerly`). Whatever it is called, to the books of the
// rehearsal it stays the same effect: made under both names it is done twice.

export interface CodeOptions {
  readonly integration: Integration;
  readonly seed: number;
  /** Hears of each effect that the code asks for, from within its asking. */
  readonly onAsked: (tag: EffectTag) => void;
}

/** One effect that a release calls by another name. */
export interface Rename {
  readonly from: string;
  readonly to: string;
  /** The code says what it was called before. */
  readonly said: boolean;
}

const saidShare = 0.4;

export class Code {
  readonly #options: CodeOptions;
  /** What the last run of each record asked for. */
  readonly asked: Map<string, EffectTag[]> = new Map();
  /** Names that single effects were asked for under, before anything was renamed. */
  readonly #names = new Set<string>();
  readonly #calls = new Map<string, readonly EffectTag[]>();
  #renames: readonly Rename[] = [];

  constructor(options: CodeOptions) {
    this.#options = options;
  }

  /** What became of names until now. */
  get renames(): readonly Rename[] {
    return this.#renames;
  }

  /** Renames an effect in what is loaded from now on. Undefined where no run has asked for one that could be. */
  rename(nth: number): Rename | undefined {
    const { seed } = this.#options;
    const names = [...this.#names].filter((name) => !this.#renames.some(({ from }) => from === name)).sort();
    const from = names[between(0, Math.max(0, names.length - 1), seed, "renames", nth)];
    if (from === undefined) return undefined;
    const rename = { from, to: `renamed-${nth}`, said: chance(seed, "says so", nth) < saidShare };
    this.#renames = [...this.#renames, rename];
    return rename;
  }

  /**
   * What one process loads.
   *
   * @param prepare makes a change simulated, where code of the user's own makes it.
   */
  load(prepare: (change: AnyChange, tags: readonly EffectTag[]) => AnyChange): Integration {
    // Another process may have begun the same record anew meanwhile: what is asked for here is no matter of that run.
    const runs = new Map<string, EffectTag[]>();
    const tagging = tagged(this.#options.integration, {
      onRun: (record) => {
        const run: EffectTag[] = [];
        runs.set(record, run);
        this.asked.set(record, run);
      },
      onEffect: (tag) => {
        runs.get(tag.record)?.push(tag);
        this.#options.onAsked(tag);
      },
      prepare,
      calls: this.#calls,
      nameOf: this.#nameOf(this.#renames),
    });
    return renamedIn(tagging, this.#options.integration, this.#renames);
  }

  #nameOf(renames: readonly Rename[]): NameOf {
    const known = new Map(renames.map((one) => [one.from, one]));
    return (name) => {
      this.#names.add(name);
      const { to = name, said = false } = known.get(name) ?? {};
      return said ? { name: to, formerly: name } : { name: to };
    };
  }
}

/** Waybill reads in the text of the code which effects it still names: what stands around it here names none. */
function renamedIn(tagging: Integration, { definition }: Integration, renames: readonly Rename[]): Integration {
  let text = definition.deliver.toString();
  for (const { from, to } of renames)
    for (const mark of ['"', "'", "`"]) text = text.replaceAll(`${mark}${from}${mark}`, `${mark}${to}${mark}`);
  Object.assign(tagging.definition.deliver, { toString: () => text });
  return tagging;
}
