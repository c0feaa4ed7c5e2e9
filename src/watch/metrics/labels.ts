// Labels that others can choose (a tenant, a source, an effect that is named after an order line) would let a series grow for each of their values, for as
// long as the process lives. Each family has so many sets of those labels, and whatever comes after them shares one: "(others)". Labels of a closed set
// (states, outcomes) are not counted: their number is known.

export type Labels = Readonly<Record<string, string>>;

/** So many sets of open labels a family has by itself. */
export const setsMaxDefault = 200;
export const others = "(others)";
/** A name may be longer than a label should be. */
const lengthMax = 200;

/** What is kept under open and closed labels; `make` is asked once for each new series. */
export class Series<Cell> {
  readonly #open: readonly string[];
  readonly #closed: readonly string[];
  readonly #make: () => Cell;
  readonly #setsMax: number;
  readonly #sets = new Map<string, { readonly labels: Labels; readonly cells: Map<string, Cell> }>();

  /**
   * @param open names of labels that others choose.
   * @param closed names of labels of a closed set.
   */
  constructor(open: readonly string[], closed: readonly string[], make: () => Cell, setsMax: number = setsMaxDefault) {
    this.#open = open;
    this.#closed = closed;
    this.#make = make;
    this.#setsMax = setsMax;
  }

  /** The cell of these values, in the order in which the labels were named; `closed` is the values of all closed ones, joined by a space. */
  cell(open: readonly string[], closed: string): Cell {
    const key = open.length === 1 ? (open[0] as string) : open.join("\0");
    const set = this.#sets.get(key) ?? this.#newSet(key, open);
    let cell = set.cells.get(closed);
    if (cell === undefined) {
      cell = this.#make();
      set.cells.set(closed, cell);
    }
    return cell;
  }

  #newSet(key: string, open: readonly string[]) {
    // Cut before it is looked up again: two names that are shown alike are one series.
    const shown = open.map((value) => value.slice(0, lengthMax).toWellFormed());
    const shownKey = shown.join("\0");
    const known = shownKey === key ? undefined : this.#sets.get(shownKey);
    if (known !== undefined) return known;
    if (this.#sets.size < this.#setsMax) return this.#add(shownKey, shown);
    const shared = open.map(() => others);
    const sharedKey = shared.join("\0");
    return this.#sets.get(sharedKey) ?? this.#add(sharedKey, shared);
  }

  #add(key: string, open: readonly string[]) {
    const labels = Object.fromEntries(this.#open.map((name, at) => [name, open[at] ?? ""]));
    const set = { labels, cells: new Map<string, Cell>() };
    this.#sets.set(key, set);
    return set;
  }

  /** Every series with its labels. */
  *all(): Iterable<readonly [Labels, Cell]> {
    for (const { labels, cells } of this.#sets.values())
      for (const [closed, cell] of cells) {
        const values = closed.split(" ");
        yield [{ ...labels, ...Object.fromEntries(this.#closed.map((name, at) => [name, values[at] ?? ""])) }, cell];
      }
  }
}
