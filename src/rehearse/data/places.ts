import { isRawNumber } from "../../model/number-text.ts";

// Where something stands in a record: keys of objects and numbers of lists. Folded, every place of a list is one (`*`), because what its items have in
// common is what matters.

export type Path = readonly (string | number)[];

/** Keys, with `*` for every place of a list. */
export type FoldedPath = readonly string[];

type Fields = Record<string, unknown>;

/** Whether it holds other values: a list, or an object that is not itself a number or a Date. */
export function isContainer(value: unknown): value is Fields | unknown[] {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || !(value instanceof Date || isRawNumber(value));
}

/** A copy of all that can change. */
export function copyOf<T>(value: T): T;
export function copyOf(value: unknown): unknown {
  if (!isContainer(value)) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => copyOf(item));
  const copy: Fields = {};
  for (const key of Object.keys(value)) put(copy, key, copyOf(value[key]));
  return copy;
}

/** Sets a field, also one that is called `__proto__`: an assignment would change the object's prototype instead. */
export function put(into: Fields | unknown[], key: string | number, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  else (into as Fields)[key] = value;
}

/** What holds no other values, and where: everything that can be drawn again by itself. Empty lists and objects count. */
export function leavesOf(value: unknown, path: Path = [], found: Path[] = []): Path[] {
  if (!isContainer(value)) found.push(path);
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) leavesOf(item, [...path, index], found);
    if (value.length === 0) found.push(path);
  } else {
    const keys = Object.keys(value);
    for (const key of keys) leavesOf(value[key], [...path, key], found);
    if (keys.length === 0) found.push(path);
  }
  return found;
}

/** @returns undefined where there is nothing. */
export function valueAt(value: unknown, path: Path): unknown {
  let there = value;
  for (const key of path) {
    if (!isContainer(there) || !Object.hasOwn(there, key)) return undefined;
    there = (there as Fields)[key];
  }
  return there;
}

/** The same with something else in one place. What is given may be changed: copy it first. */
export function replaced(value: unknown, path: Path, by: unknown): unknown {
  if (path.length === 0) return by;
  const holder = valueAt(value, path.slice(0, -1));
  if (isContainer(holder)) put(holder, path.at(-1) as string | number, by);
  return value;
}

export function folded(path: Path): FoldedPath {
  return path.map((key) => (typeof key === "number" ? "*" : key));
}

/** A folded path as one text: `lines.*.sku`. A dot within a key is written `\\.`. */
export function nameOf(path: FoldedPath): string {
  return path.map((key) => key.replaceAll(".", "\\.")).join(".");
}

/** The path of such a text. */
function placeOf(name: string): FoldedPath {
  return name === "" ? [] : name.split(/(?<!\\)\./).map((key) => key.replaceAll("\\.", "."));
}

/** A folded path with its name, which is what it is found by: both are needed for every record, and making one of the other costs more than the rest. */
export interface Place {
  readonly name: string;
  readonly path: FoldedPath;
}

export function placeNamed(name: string): Place {
  return { name, path: placeOf(name) };
}

export function placeAt(path: Path): Place {
  const place = folded(path);
  return { name: nameOf(place), path: place };
}

/** Where in a value a folded path leads. */
export function placesOf(value: unknown, path: FoldedPath, at: Path = []): readonly Path[] {
  if (at.length === 0 && !path.includes("*")) return valueAt(value, path) === undefined ? [] : [path];
  const key = path[at.length];
  if (key === undefined) return [at];
  const there = valueAt(value, at);
  if (Array.isArray(there))
    return key === "*" ? there.flatMap((_, index) => placesOf(value, path, [...at, index])) : [];
  return isContainer(there) && Object.hasOwn(there, key) ? placesOf(value, path, [...at, key]) : [];
}

/** As people and reports name it: `lines.*.sku`; `the whole` for the record itself. */
export function named(path: Path): string {
  return path.length === 0 ? "the whole" : path.join(".");
}
