import { type Declared, refuse, shown } from "../model/options.ts";

/**
 * Reads what stands at a dotted path: `"data.orders.0"`. What is not there is `undefined`; what an object inherits is not there either.
 *
 * @throws {WaybillError} `bad-definition` when the path has an empty part.
 */
export function pathIn(thing: Declared, option: string, path: string): (value: unknown) => unknown {
  const parts = path.split(".");
  if (parts.includes("")) {
    refuse(
      thing,
      `${option} is ${shown(path)}, which is no path.`,
      'Names with dots between them, as in "data.order".',
    );
  }
  return (value) => {
    let at = value;
    for (const part of parts) {
      if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
      at = (at as Readonly<Record<string, unknown>>)[part];
    }
    return at;
  };
}
