import { canonicalJson } from "./canonical.ts";

/** A person reads the first few. */
const pathsMax = 50;

/**
 * Where two values differ, as dotted paths; `""` is the whole.
 *
 * @example changedPaths({ id: "A", lines: [{ price: 1 }] }, { id: "A", lines: [{ price: 2 }] }) // ["lines.0.price"]
 */
export function changedPaths(before: unknown, after: unknown): readonly string[] {
  const paths: string[] = [];
  compare(before, after, "", paths);
  return paths;
}

function compare(before: unknown, after: unknown, path: string, paths: string[]): void {
  if (paths.length >= pathsMax || before === after) return;
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) {
    if (canonicalJson(before) !== canonicalJson(after)) paths.push(path);
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const there = path === "" ? key : `${path}.${key}`;
    if (Object.hasOwn(before, key) && Object.hasOwn(after, key)) compare(before[key], after[key], there, paths);
    else if (paths.length < pathsMax) paths.push(there);
  }
}

function isTree(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
