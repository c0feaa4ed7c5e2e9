import { type BareItem, parseDictionary, parseList, Token } from "structured-headers";

// Structured fields (RFC 9651), as far as headers about quotas use them: lists of named items with parameters, and dictionaries of numbers. What is
// malformed is malformed as a whole, as the standard says, and then says nothing.

/** A longer field is not read. */
const charactersMax = 8_192;

export interface Named {
  /** The text of a string or token; undefined for an item of another type. */
  readonly name: string | undefined;
  /** The item itself when it is an integer. */
  readonly count: number | undefined;
  readonly parameters: ReadonlyMap<string, BareItem>;
}

/** The items of a list; undefined when it is malformed, empty, or holds inner lists. */
export function namedItems(field: string): readonly Named[] | undefined {
  const list = parsed(parseList, field);
  if (list === undefined || list.length === 0) return undefined;
  const items: Named[] = [];
  for (const [value, parameters] of list) {
    if (Array.isArray(value)) return undefined;
    const name = typeof value === "string" ? value : value instanceof Token ? value.toString() : undefined;
    items.push({ name, count: wholeOf(value), parameters });
  }
  return items;
}

/** The integers of a dictionary; undefined when it is malformed. */
export function countsOf(field: string): ReadonlyMap<string, number> | undefined {
  const dictionary = parsed(parseDictionary, field);
  if (dictionary === undefined) return undefined;
  const counts = new Map<string, number>();
  for (const [key, [value]] of dictionary) {
    const count = Array.isArray(value) ? undefined : wholeOf(value);
    if (count !== undefined) counts.set(key, count);
  }
  return counts;
}

/** A non-negative integer; undefined for anything else. */
export function wholeOf(value: BareItem | undefined): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function parsed<T>(parse: (field: string) => T, field: string): T | undefined {
  if (field.length > charactersMax) return undefined;
  try {
    return parse(field.trim());
  } catch {
    return undefined;
  }
}
