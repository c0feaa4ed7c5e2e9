import type { Random } from "../../../world/random.ts";
import { happens, pick } from "../chance.ts";
import { isContainer, named, type Path, replaced, valueAt } from "../places.ts";
import { dates } from "./dates.ts";
import { encodings } from "./encodings.ts";
import { fields, wholes } from "./fields.ts";
import { injections } from "./injections.ts";
import { kinds } from "./kinds.ts";
import { absent, type Mess, unfit } from "./mess.ts";
import { nothing } from "./nothing.ts";
import { numbers } from "./numbers.ts";
import { sizes } from "./sizes.ts";
import { spaces } from "./spaces.ts";
import { spreadsheets } from "./spreadsheets.ts";

/** A record with one mess in it. */
export interface Messy {
  readonly value: unknown;
  /** Where, and what was done: `lines.0.price: a decimal comma`. */
  readonly mess: string;
}

/** By what they are about. Each is as likely as the others, however many messes it knows. */
export const library: Readonly<Record<string, readonly Mess[]>> = {
  nothing,
  spaces,
  kinds,
  numbers,
  dates,
  spreadsheets,
  encodings,
  injections,
  sizes,
  fields,
};

const groups = Object.values(library);
const wholeShare = 0.04;
const triesMax = 60;
const leastWeight = 0.1;

/** Makes one mess in a record, which may be changed by it: give a copy. */
export function spoiled(record: unknown, random: Random): Messy {
  if (happens(random, wholeShare)) return whole(record, random);
  const places = placesIn(record);
  for (let turn = 0; turn < triesMax; turn++) {
    const mess = pick(random, pick(random, groups));
    if (!happens(random, Math.max(leastWeight, mess.weight ?? 1) / 3)) continue;
    const path = pick(random, places);
    const value = mess.spoil(valueAt(record, path), random);
    if (value === unfit || (value === absent && path.length === 0)) continue;
    return {
      value: value === absent ? without(record, path) : replaced(record, path, value),
      mess: path.length === 0 ? mess.words : `${named(path)}: ${mess.words}`,
    };
  }
  return whole(record, random);
}

function whole(record: unknown, random: Random): Messy {
  const mess = pick(random, wholes);
  return { value: mess.spoil(record, random), mess: mess.words };
}

/** Every leaf, and everything that holds some. */
function placesIn(value: unknown, path: Path = [], found: Path[] = []): readonly Path[] {
  found.push(path);
  if (Array.isArray(value)) for (const [index, item] of value.entries()) placesIn(item, [...path, index], found);
  else if (isContainer(value)) for (const [key, field] of Object.entries(value)) placesIn(field, [...path, key], found);
  return found;
}

function without(record: unknown, path: Path): unknown {
  const last = path.at(-1) as string | number;
  const holder = valueAt(record, path.slice(0, -1));
  if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else if (isContainer(holder)) delete (holder as Record<string, unknown>)[last];
  return record;
}
