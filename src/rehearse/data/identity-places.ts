import type { Definition } from "../../define/definition.ts";
import type { Names } from "../../flow/identify.ts";
import type { Random } from "../../world/random.ts";
import type { Base } from "./bases.ts";
import { copyOf, leavesOf, type Place, placeAt, placesOf, replaced, valueAt } from "./places.ts";
import { verdictOn } from "./verdict.ts";

// Which places of a record make its identity. Nothing declares that: `identify` is code. So one place after the other is changed, and what `identify` then
// answers is compared.

/** Folded paths of the places that each name is made of. */
export interface IdentityPlaces {
  readonly id: readonly string[];
  readonly entity: readonly string[];
  readonly key: readonly string[];
  readonly version: readonly string[];
}

/** Another value for a place. */
export type DrawAgain = (place: Place, current: unknown, random: Random) => unknown;

const basesLookedAt = 8;
const triesPerPlace = 6;
const parts = ["id", "entity", "key", "version"] as const;

export async function identityPlacesOf(
  definition: Definition,
  bases: readonly Base[],
  drawAgain: DrawAgain,
  random: Random,
): Promise<IdentityPlaces> {
  const found = {
    id: new Set<string>(),
    entity: new Set<string>(),
    key: new Set<string>(),
    version: new Set<string>(),
  };
  const settled = new Set<string>();
  for (const { value } of bases.slice(0, basesLookedAt)) {
    const verdict = await verdictOn(definition, value);
    if (!verdict.passed) continue;
    for (const path of leavesOf(value)) {
      const place = placeAt(path);
      if (settled.has(place.name)) continue;
      const changed = await changedBy(definition, value, place, verdict.names, drawAgain, random);
      for (const part of changed) found[part].add(place.name);
      if (changed.length > 0) settled.add(place.name);
    }
  }
  return { id: [...found.id], entity: [...found.entity], key: [...found.key], version: [...found.version] };
}

async function changedBy(
  definition: Definition,
  value: unknown,
  place: Place,
  before: Names,
  drawAgain: DrawAgain,
  random: Random,
): Promise<readonly (typeof parts)[number][]> {
  for (let turn = 0; turn < triesPerPlace; turn++) {
    let copy = copyOf(value);
    for (const at of placesOf(copy, place.path))
      copy = replaced(copy, at, drawAgain(place, valueAt(value, at), random));
    const verdict = await verdictOn(definition, copy);
    const changed = verdict.passed ? parts.filter((part) => verdict.names[part] !== before[part]) : [];
    if (changed.length > 0) return changed;
  }
  return [];
}
