import type { Cell } from "./cells.ts";
import { toText } from "./text.ts";

// Arrays as PostgreSQL's own bytes (src/backend/utils/adt/arrayfuncs.c, array_recv): the number of dimensions, whether anything is null, the type of the
// elements, how many there are and the number of the first; then each element, its length before it. As text, each quote within JSON would be escaped here
// and read back there, and each byte would be two digits.

/** By the names of types in statements: their numbers in PostgreSQL's catalogue (pg_type.dat). */
const numbers = { bigint: 20, integer: 23, smallint: 21, text: 25, bytea: 17, boolean: 16 } as const;

export type ArrayType = keyof typeof numbers;

export const isArrayType = (name: string): name is ArrayType => Object.hasOwn(numbers, name);

const headBytes = 20;
/** Of a value that is null. */
const noLength = -1;
const half = 2 ** 32;
/** What is kept for the next array; one that is larger goes again. */
const keptBytes = 4_000_000;
let room = Buffer.allocUnsafe(65_536);

/** One dimension, as the server reads it when it is told that these are bytes. */
export function arrayBytes(type: ArrayType, values: readonly (Cell | undefined)[]): Buffer {
  const start = room;
  let at = headBytes;
  let nulls = 0;
  for (const value of values) {
    if (value === null || value === undefined) {
      reserve(at, 4);
      at = room.writeInt32BE(noLength, at);
      nulls = 1;
    } else at = write[type](value, at);
  }
  room.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  room.writeInt32BE(nulls, 4);
  room.writeInt32BE(numbers[type], 8);
  room.writeInt32BE(values.length, 12);
  room.writeInt32BE(1, 16);
  const bytes = Buffer.from(room.subarray(0, values.length === 0 ? 12 : at));
  if (room.length > keptBytes) room = start.length > keptBytes ? Buffer.allocUnsafe(65_536) : start;
  return bytes;
}

/** Each writes an element and its length at a place, and answers the place behind it. */
const write: Readonly<Record<ArrayType, (value: Cell, at: number) => number>> = {
  bigint(value, at) {
    const number = wholeNumber(value);
    reserve(at, 12);
    room.writeInt32BE(8, at);
    room.writeInt32BE(Math.floor(number / half), at + 4);
    return room.writeUInt32BE(number >>> 0, at + 8);
  },
  integer(value, at) {
    reserve(at, 8);
    room.writeInt32BE(4, at);
    return room.writeInt32BE(wholeNumber(value), at + 4);
  },
  smallint(value, at) {
    reserve(at, 6);
    room.writeInt32BE(2, at);
    return room.writeInt16BE(wholeNumber(value), at + 4);
  },
  boolean(value, at) {
    reserve(at, 5);
    room.writeInt32BE(1, at);
    return room.writeUInt8(value === true ? 1 : 0, at + 4);
  },
  text(value, at) {
    const text = toText(String(value));
    // A unit of UTF-16 is three bytes of UTF-8 at most.
    reserve(at, 4 + 3 * text.length);
    const length = room.write(text, at + 4);
    room.writeInt32BE(length, at);
    return at + 4 + length;
  },
  bytea(value, at) {
    const bytes = value as Uint8Array;
    reserve(at, 4 + bytes.length);
    room.writeInt32BE(bytes.length, at);
    room.set(bytes, at + 4);
    return at + 4 + bytes.length;
  },
};

function wholeNumber(value: Cell): number {
  if (!Number.isSafeInteger(value))
    throw new RangeError(`${String(value)} is no whole number that can be told exactly`);
  return value as number;
}

function reserve(at: number, bytes: number): void {
  if (at + bytes <= room.length) return;
  const larger = Buffer.allocUnsafe(Math.max(2 * room.length, at + bytes));
  room.copy(larger, 0, 0, at);
  room = larger;
}
