/** A line that is nearly always joined at its end and left at its front; whoever belongs further ahead is let in there. */
export class Line<T> {
  readonly #orderOf: (one: T) => number;
  #items: T[] = [];
  #front = 0;

  constructor(orderOf: (one: T) => number) {
    this.#orderOf = orderOf;
  }

  get length(): number {
    return this.#items.length - this.#front;
  }

  get first(): T | undefined {
    return this.#items[this.#front];
  }

  join(one: T): void {
    const order = this.#orderOf(one);
    let at = this.#items.length;
    while (at > this.#front && this.#orderOf(this.#items[at - 1] as T) > order) at -= 1;
    if (at === this.#items.length) this.#items.push(one);
    else this.#items.splice(at, 0, one);
  }

  /** Takes the first one out. The array is cut now and then, not at every step. */
  shift(): T | undefined {
    const first = this.#items[this.#front];
    if (first === undefined) return undefined;
    this.#front += 1;
    if (this.#front === this.#items.length) {
      this.#items = [];
      this.#front = 0;
    } else if (this.#front >= 1_000 && this.#front * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#front);
      this.#front = 0;
    }
    return first;
  }

  /** Empties it, and answers who stood there. */
  leave(): T[] {
    const all = this.#items.slice(this.#front);
    this.#items = [];
    this.#front = 0;
    return all;
  }
}
