import { isFieldName, type Kind, walk } from "./walk.ts";

// What many payloads have in common, place by place: how often it is there, what stands there, how long or large it is, and, where only a few short
// values come, which. Plain values, so that it is kept in the ledger as it stands. A place costs some 300 bytes there and at most 2 kB in memory.

/** Sums of logarithms: how long texts and lists are, how large numbers are. */
export interface Sizes {
  n: number;
  sum: number;
  squares: number;
}

export interface Place {
  /** Path of what it is in. */
  readonly parent: string;
  /** How many objects or lists of its parent were seen, and in how many of them it was. */
  of: number;
  present: number;
  kinds: Partial<Record<Kind, number>>;
  /** Of texts and lists their length, of numbers their size. */
  length: Sizes;
  size: Sizes;
  /** Short values with their counts, as long as there are few; undefined once there were many. */
  values: Record<string, number> | undefined;
}

export type Profile = Map<string, Place>;

const placesMax = 144;
const fieldsMax = 100;
export const valuesMax = 16;
const valueLengthMax = 24;

/** Which names are fields is learnt: an object that has had 100 of them has names that are data. */
export interface Names {
  pathOf(parent: string, name: string): string | undefined;
}

/** The names of what is usual; each new one is a field while there is room for it. */
export function namesOf(usual: Profile): Names {
  const paths = new Set(usual.keys());
  const fields = new Map<string, number>();
  for (const { parent } of usual.values()) fields.set(parent, (fields.get(parent) ?? 0) + 1);
  return {
    pathOf(parent, name) {
      const path = parent === "" ? name : `${parent}.${name}`;
      if (paths.has(path)) return path;
      const count = fields.get(parent) ?? 0;
      if (count >= fieldsMax || paths.size >= placesMax || !isFieldName(name)) return undefined;
      paths.add(path);
      fields.set(parent, count + 1);
      return path;
    },
  };
}

/** Adds one payload. */
export function addTo(
  profile: Profile,
  payload: unknown,
  { names, usual }: { readonly names: Names; readonly usual: Profile },
): void {
  walk(
    payload,
    (path, parent, value, kind) => {
      const place = profile.get(path) ?? newPlace(profile, path, parent, usual.get(path));
      if (place === undefined) return;
      place.present++;
      place.kinds[kind] = (place.kinds[kind] ?? 0) + 1;
      if (kind === "text") measure(place, value as string);
      else if (kind === "list") add(place.length, (value as readonly unknown[]).length);
      else if (kind === "number") add(place.size, Math.abs(Number(value)));
    },
    names.pathOf,
  );
}

/** Where many values are known to come, they are not gathered again. */
function newPlace(profile: Profile, path: string, parent: string, usual: Place | undefined): Place | undefined {
  if (profile.size >= placesMax * 2) return undefined;
  const empty = (): Sizes => ({ n: 0, sum: 0, squares: 0 });
  const place: Place = {
    parent,
    of: 0,
    present: 0,
    kinds: {},
    length: empty(),
    size: empty(),
    values: usual === undefined || usual.values !== undefined ? emptyValues() : undefined,
  };
  profile.set(path, place);
  return place;
}

function measure(place: Place, text: string): void {
  add(place.length, text.length);
  const { values } = place;
  if (values === undefined) return;
  const known = values[text];
  if (known !== undefined) values[text] = known + 1;
  else if (text.length > valueLengthMax || Object.keys(values).length >= valuesMax) place.values = undefined;
  else values[text] = 1;
}

/** Without a prototype: whatever text a value is, it is only a name here. */
function emptyValues(): Record<string, number> {
  return Object.create(null) as Record<string, number>;
}

function add(sizes: Sizes, size: number): void {
  const log = Math.log1p(Number.isFinite(size) ? size : 0);
  sizes.n++;
  sizes.sum += log;
  sizes.squares += log * log;
}

/** Says of each place of a gathered profile, and of what is usual, in how many parents it could have been. */
export function countParents(gathered: Profile, usual: Profile, payloads: number): void {
  for (const [path, { parent }] of usual)
    if (!gathered.has(path) && (parent === "" || gathered.has(parent)))
      newPlace(gathered, path, parent, usual.get(path));
  for (const [path, place] of gathered) {
    const parent = gathered.get(place.parent);
    const kinds = parent?.kinds;
    place.of = path === "" ? payloads : path.endsWith("[]") ? place.present : (kinds?.object ?? 0);
  }
}

/** Adds what was gathered at one place to what is usual there. */
export function mergePlace(usual: Profile, path: string, from: Place): void {
  const into = usual.get(path);
  if (into === undefined) {
    if (usual.size >= placesMax || from.present === 0) return;
    // It was not there before: whoever had it is few among all.
    const parents = path.endsWith("[]") ? 0 : (usual.get(from.parent)?.kinds.object ?? 0);
    usual.set(path, { ...copyOf(from), of: Math.max(from.of, parents) });
    return;
  }
  into.of += from.of;
  into.present += from.present;
  for (const [kind, count] of Object.entries(from.kinds) as [Kind, number][])
    into.kinds[kind] = (into.kinds[kind] ?? 0) + count;
  for (const which of ["length", "size"] as const) {
    into[which].n += from[which].n;
    into[which].sum += from[which].sum;
    into[which].squares += from[which].squares;
  }
  into.values = mergedValues(into.values, from.values);
}

export function copyOf(place: Place): Place {
  const { kinds, length, size, values } = place;
  return {
    ...place,
    kinds: { ...kinds },
    length: { ...length },
    size: { ...size },
    values: values && Object.assign(emptyValues(), values),
  };
}

function mergedValues(into: Place["values"], from: Place["values"]): Place["values"] {
  if (into === undefined || from === undefined) return undefined;
  let room = valuesMax - Object.keys(into).length;
  for (const value in from) {
    if (into[value] === undefined && room-- <= 0) return undefined;
    into[value] = (into[value] ?? 0) + (from[value] ?? 0);
  }
  return into;
}

/** Halves what is usual, so that the newer half counts more; what has become rare is let go of. */
export function halve(profile: Profile): void {
  for (const [path, place] of profile) {
    place.of /= 2;
    place.present /= 2;
    if (place.present < 0.5) {
      profile.delete(path);
      continue;
    }
    for (const kind of Object.keys(place.kinds) as Kind[]) place.kinds[kind] = (place.kinds[kind] ?? 0) / 2;
    for (const which of ["length", "size"] as const) {
      place[which].n /= 2;
      place[which].sum /= 2;
      place[which].squares /= 2;
    }
    if (place.values !== undefined)
      for (const value in place.values) place.values[value] = (place.values[value] ?? 0) / 2;
  }
}
