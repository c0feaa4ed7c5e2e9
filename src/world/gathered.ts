/** The room for a body that comes in pieces begins with this, and doubles. */
const roomBytesMin = 16_384;

/**
 * Bytes that come in pieces. They are copied together as they come: a sender that writes a million pieces of one byte would otherwise make a million
 * objects, a hundred times as large as what it sent. One piece alone, as nearly every delivery is, is not copied.
 *
 * @example const body = new Gathered(); body.add(chunk); body.bytes();
 */
export class Gathered {
  #first: Uint8Array | undefined;
  #all: Buffer | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Uint8Array): void {
    if (this.#length === 0) this.#first = piece;
    else this.#append(piece);
    this.#length += piece.length;
  }

  bytes(): Uint8Array {
    return this.#all === undefined ? (this.#first ?? new Uint8Array()) : this.#all.subarray(0, this.#length);
  }

  #append(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (this.#all === undefined || needed > this.#all.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, roomBytesMin, this.#length * 2));
      larger.set(this.bytes());
      this.#all = larger;
    }
    this.#all.set(piece, this.#length);
  }
}
