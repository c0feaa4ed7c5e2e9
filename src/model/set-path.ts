import { WaybillError } from "./errors.ts";

// Changing one place of a JSON value, named as broken rules name it: fields and places in lists, with dots between them. `*` is every place of a list.

export type Change =
  | { readonly kind: "set"; readonly path: string; readonly value: unknown }
  | { readonly kind: "unset"; readonly path: string };

/**
 * A copy of a value in which one place is set or taken out. A field that is not there yet is made; what it stands in has to be there.
 *
 * @throws {WaybillError} `bad-usage`, naming the part of the path that leads nowhere.
 * @example changedAt({ lines: [{ price: null }] }, { kind: "set", path: "lines.*.price", value: 0 }) // { lines: [{ price: 0 }] }
 */
export function changedAt(value: unknown, change: Change): unknown {
  const keys = change.path === "" ? [] : change.path.split(".");
  if (keys.some((key) => key === "" || key === "__proto__")) throw nowhere(change.path, change.path);
  return at(value, keys, 0, change);
}

function at(value: unknown, keys: readonly string[], depth: number, change: Change): unknown {
  const key = keys[depth];
  if (key === undefined) {
    if (change.kind === "set") return change.value;
    throw nowhere(change.path, "");
  }
  if (Array.isArray(value)) return inList(value, keys, depth, change);
  if (typeof value !== "object" || value === null || "rawJSON" in value) {
    throw nowhere(change.path, keys.slice(0, depth + 1).join("."));
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const last = depth === keys.length - 1;
  if (last && change.kind === "unset") {
    return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== key));
  }
  if (!last && !Object.hasOwn(fields, key)) throw nowhere(change.path, keys.slice(0, depth + 1).join("."));
  const there = Object.hasOwn(fields, key) ? fields[key] : undefined;
  return { ...fields, [key]: at(there, keys, depth + 1, change) };
}

function inList(list: readonly unknown[], keys: readonly string[], depth: number, change: Change): unknown {
  const key = keys[depth] as string;
  const place = /^(0|[1-9]\d*)$/.test(key) ? Number(key) : undefined;
  const last = depth === keys.length - 1;
  // One past the end is where the next one goes.
  const room = last && change.kind === "set" ? list.length : list.length - 1;
  if (key !== "*" && (place === undefined || place > room)) {
    throw nowhere(change.path, keys.slice(0, depth + 1).join("."));
  }
  const isMeant = (index: number): boolean => key === "*" || index === place;
  if (last && change.kind === "unset") return list.filter((_, index) => !isMeant(index));
  const grown = place === list.length ? [...list, undefined] : list;
  return grown.map((item, index) => (isMeant(index) ? at(item, keys, depth + 1, change) : item));
}

function nowhere(path: string, part: string): WaybillError {
  return new WaybillError(
    "bad-usage",
    `${JSON.stringify(path)} leads nowhere in it: ${part === "" ? "the whole cannot be left out" : `there is no ${JSON.stringify(part)}`}.`,
    "Name a place as `show` does: fields and places in lists, with dots between them.",
  );
}
