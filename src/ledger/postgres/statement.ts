import { digest } from "../../model/identity.ts";
import { type ArrayType, isArrayType } from "./array.ts";

// A statement as it goes to the server. Its name is made from its text: under it the server keeps it, read and planned, for as long as the connection
// lasts. How its arrays travel is read from what it says of them: `$1::bigint[]`.

export interface Statement {
  readonly text: string;
  /** Undefined where there are more than the server should keep. */
  readonly name: string | undefined;
  /** The arrays among its parameters that travel as bytes, by their place. */
  readonly arrays: readonly (ArrayType | undefined)[];
}

/** More different texts than the ledger has; some are put together from parts. */
const namedMax = 500;
const casts = /\$(\d+)::([a-z]+)\[\]/g;

/** Statements of a ledger by their texts, each of which is looked at once. */
export function statementsIn(schema: string): (text: string) => Statement {
  const known = new Map<string, Statement>();
  return (given) => {
    const found = known.get(given);
    if (found !== undefined) return found;
    const text = inSchema(given, schema);
    const arrays: (ArrayType | undefined)[] = [];
    for (const [, place, type = ""] of text.matchAll(casts)) if (isArrayType(type)) arrays[Number(place) - 1] = type;
    if (known.size >= namedMax) return { text, name: undefined, arrays };
    const made = { text, name: `waybill_${Buffer.from(digest(text)).toString("hex")}`, arrays };
    known.set(given, made);
    return made;
  };
}

/** Statements name the schema `waybill`; a ledger may have another one. */
export const inSchema = (text: string, schema: string): string =>
  schema === "waybill" ? text : text.replaceAll("waybill.", `"${schema}".`);
