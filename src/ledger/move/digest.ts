import { hash } from "node:crypto";
import type { MovedTable } from "./tables.ts";

// What a table holds, whatever the order of its rows: the sum of the hashes of all of them. A row that is missing, there twice, or other by one character
// makes another sum.

/** As SQLite and PostgreSQL answer them, in their own ways. */
export type Stored = null | number | string | boolean | Uint8Array | readonly unknown[];

const words = 8;
const wordBytes = 4;

export class Digest {
  #rows = 0;
  readonly #sum = new Uint32Array(words);

  add(columns: MovedTable["columns"], cells: readonly Stored[]): void {
    this.#rows++;
    const row = hash("sha256", JSON.stringify(columns.map(([, type], at) => plain(type, cells[at] ?? null))), "buffer");
    for (let at = 0; at < words; at++) this.#sum[at] = (this.#sum[at] ?? 0) + row.readUInt32LE(at * wordBytes);
  }

  get rows(): number {
    return this.#rows;
  }

  text(): string {
    return Buffer.from(this.#sum.buffer).toString("hex");
  }
}

function plain(type: string, cell: Stored): unknown {
  if (cell === null) return null;
  if (type === "boolean") return cell === true || cell === 1;
  if (type === "numbers") return typeof cell === "string" ? JSON.parse(cell) : cell;
  return cell instanceof Uint8Array
    ? Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString("base64")
    : cell;
}
