import type { Line } from "./line.ts";

// Numbers of entities. Records draw theirs from the clock, and where two workers draw the same one, the second finds it taken and draws again. An entity has
// no such row of its own: two of them under one number would share their effects. So each process is given a block of numbers that nobody else has,
// below zero, where no record is.

const blockSize = 65_536;
/** More entities than come in one batch. */
const batchMost = 16_384;

export class EntityNumbers {
  readonly #line: Line;
  #next = 0;
  #drawn = 0;
  #end = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  /** Before a batch: there are enough for it. What is left of a block is given up. */
  async ready(): Promise<void> {
    if (this.#end - this.#next >= batchMost) return;
    const [[given = 0] = []] = await this.#line.transaction((sql) =>
      sql.rows("update waybill.entity_numbers set given = given + $1 returning given", blockSize),
    );
    this.#next = -(given as number);
    this.#end = this.#next + blockSize;
  }

  /** A batch runs, perhaps once more: what it drew before was for nothing. */
  begin(): void {
    this.#drawn = 0;
  }

  next(): number {
    const number = this.#next + this.#drawn++;
    if (number >= this.#end) throw new Error("a batch makes more entities than it may");
    return number;
  }

  /** What it drew was used, or may have been. */
  end(): void {
    this.#next += this.#drawn;
    this.#drawn = 0;
  }
}
