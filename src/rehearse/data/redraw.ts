import type { Definition } from "../../define/definition.ts";
import { canonicalJson } from "../../model/canonical.ts";
import type { Random } from "../../world/random.ts";
import type { Base } from "./bases.ts";
import { happens, pick } from "./chance.ts";
import type { IdentityPlaces } from "./identity-places.ts";
import { copyOf, leavesOf, type Place, placeAt, placeNamed, placesOf, replaced, valueAt } from "./places.ts";
import type { SchemaMaker } from "./schema-maker.ts";
import { similarTo } from "./similar.ts";
import { verdictOn } from "./verdict.ts";

// Other values for one place of a record. Where whatever is drawn for it passes, it is drawn afresh; where the contract is picky (a check digit, a calendar),
// it is one of those that have passed.

const trials = 12;
const passesNeeded = 9;
const drawsForPicky = 200;
const pickyWanted = 16;
/** As many values to choose from as a night needs. */
const enough = 10;

/** Finds out how the places of a contract are drawn again. */
export class Redraw {
  /** By folded path: what stood there in records that meet the contract, as often as it did. */
  readonly #values = new Map<string, unknown[]>();
  /** Names of places for which whatever is drawn passes. */
  readonly #free = new Set<string>();
  readonly #schema: SchemaMaker | undefined;

  constructor(bases: readonly Base[], schema: SchemaMaker | undefined) {
    this.#schema = schema;
    for (const { value } of bases)
      for (const path of leavesOf(value)) this.#keep(placeAt(path).name, valueAt(value, path));
  }

  /** Something new, that may not pass. @param names it is to name a record, and to differ from others. */
  #fresh(place: Place, current: unknown, random: Random, names: boolean): unknown {
    const drawn = this.#schema?.again(place.name, random, { names });
    return drawn === undefined ? similarTo(current, random) : drawn.value;
  }

  /** What may be tried to see whether a place matters: something new, or what stood there in another record. */
  other(place: Place, current: unknown, random: Random): unknown {
    return happens(random, 0.5) ? this.#fresh(place, current, random, true) : this.#known(place, current, random);
  }

  /** Something that passed in another record. */
  #known(place: Place, current: unknown, random: Random): unknown {
    const values = this.#values.get(place.name);
    return values === undefined ? current : copyOf(pick(random, values));
  }

  /** As new as the contract lets it be. */
  named(place: Place, current: unknown, random: Random): unknown {
    return this.#free.has(place.name) ? this.#fresh(place, current, random, true) : this.#known(place, current, random);
  }

  /** Tries the places that make the identity, once for all records to come. */
  async learn(definition: Definition, bases: readonly Base[], places: IdentityPlaces, random: Random): Promise<void> {
    for (const name of new Set([...places.id, ...places.entity, ...places.key, ...places.version])) {
      const passes: unknown[] = [];
      for (let draw = 0; draw < drawsForPicky && passes.length < pickyWanted; draw++) {
        const drawn = await this.#passing(definition, pick(random, bases), placeNamed(name), random);
        if (drawn !== undefined) passes.push(drawn.value);
        if (draw === trials - 1 && passes.length >= passesNeeded) {
          this.#free.add(name);
          break;
        }
      }
      // What other records have there is likelier than what just passes: a year 8127 does.
      if (new Set(this.#values.get(name)?.map(canonicalJson)).size >= enough) continue;
      for (const value of passes) this.#keep(name, value);
    }
  }

  async #passing(
    definition: Definition,
    { value, accepted }: Base,
    place: Place,
    random: Random,
  ): Promise<{ readonly value: unknown } | undefined> {
    const [at] = placesOf(value, place.path);
    if (at === undefined) return undefined;
    const drawn = this.#fresh(place, valueAt(value, at), random, true);
    const verdict = await verdictOn(definition, replaced(copyOf(value), at, drawn));
    return verdict.passed && (verdict.accepted || !accepted) ? { value: drawn } : undefined;
  }

  /** Draws the content again: at least one place of it, where there is another value for one. */
  content(value: unknown, but: ReadonlySet<string>, random: Random): unknown {
    const places = leavesOf(value).filter((path) => !but.has(placeAt(path).name));
    if (places.length === 0) return value;
    const one = pick(random, places);
    let drawn = value;
    for (const path of places) {
      if (path !== one && !happens(random, 0.3)) continue;
      const current = valueAt(drawn, path);
      const other = this.#known(placeAt(path), current, random);
      const isNew = canonicalJson(other) !== canonicalJson(current);
      drawn = replaced(drawn, path, isNew ? other : this.#fresh(placeAt(path), current, random, false));
    }
    return drawn;
  }

  #keep(name: string, value: unknown): void {
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [value]);
    else values.push(value);
  }
}
