// A payload's shape: each place in it by its path, and what stands there. Bounded whatever comes: so deep, so many places of one record, so many items
// of a list. Names that are data (an id or an address as a key) all count as `*`.

export type Kind = "text" | "number" | "true or false" | "object" | "list" | "null" | "other";

const depthMax = 12;
const placesMax = 1_000;
const itemsMax = 5;
/** What a person would call a field: letters, digits, a few signs; no numbers as long as an id. */
const nameForm = /^[\p{L}_$#@][\p{L}\p{N}_$ .:()/#%-]{0,63}$/u;
const idLike = /\d{5}|[0-9a-fA-F]{16}|@.*\./;

/** Called for each place: its path, and the path of the object or list that it is in. */
export type Visit = (path: string, parent: string, value: unknown, kind: Kind) => void;

/** @param pathOf answers the path of a field, or undefined when it counts as `*`. */
export function walk(value: unknown, visit: Visit, pathOf: (parent: string, name: string) => string | undefined): void {
  let left = placesMax;
  const at = (path: string, parent: string, here: unknown, depth: number): void => {
    if (left-- <= 0) return;
    const kind = kindOf(here);
    visit(path, parent, here, kind);
    if (depth >= depthMax) return;
    if (kind === "list") {
      const items = here as readonly unknown[];
      for (let index = 0; index < items.length && index < itemsMax; index++)
        at(`${path}[]`, path, items[index], depth + 1);
    } else if (kind === "object") {
      for (const name in here as object) {
        if (left <= 0) return;
        at(
          pathOf(path, name) ?? (path === "" ? "*" : `${path}.*`),
          path,
          (here as Record<string, unknown>)[name],
          depth + 1,
        );
      }
    }
  };
  at("", "", value, 0);
}

/** Whether this is a name that somebody gave to a field, and no data. */
export function isFieldName(name: string): boolean {
  return nameForm.test(name) && !idLike.test(name);
}

function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
    case "bigint":
      return "number";
    case "boolean":
      return "true or false";
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return "list";
      return value instanceof Date || value instanceof Uint8Array ? "other" : "object";
    default:
      return "other";
  }
}
