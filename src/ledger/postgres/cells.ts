import { fromText } from "./text.ts";

/** What a column holds, as it is read. Rows come as arrays. */
export type Cell = null | number | string | boolean | Uint8Array | readonly Cell[];

/** What a parameter may be: an array for each column of `unnest`. */
export type Value = Cell | undefined | readonly (Cell | undefined)[];

export function value<T extends Cell>(found: Cell | undefined): T | undefined {
  return found === null || found === undefined ? undefined : (found as T);
}

type Parse = (text: string) => Cell;

const asNumber: Parse = (text) => Number(text);
const asBoolean: Parse = (text) => text === "t";
// Not a Buffer: bytes are the same whichever store they come from.
const asBytes: Parse = (text) => new Uint8Array(Buffer.from(text.slice(2), "hex"));
const asNumbers: Parse = (text) => (text === "{}" ? [] : text.slice(1, -1).split(",").map(Number));

/** By the number of a type in PostgreSQL's catalogue (pg_type.dat): what it is read as. All our whole numbers are safe ones. */
const parsers = new Map<number, Parse>([
  [16, asBoolean],
  [17, asBytes],
  [20, asNumber],
  [21, asNumber],
  [23, asNumber],
  [700, asNumber],
  [701, asNumber],
  [1016, asNumbers],
  [1700, asNumber],
]);

export const types = {
  getTypeParser: (type: number): Parse => parsers.get(type) ?? fromText,
};
