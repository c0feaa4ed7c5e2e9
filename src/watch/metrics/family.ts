import { type Labels, Series } from "./labels.ts";

/** One metric with all its series, as a scrape shows it. Names and units follow https://prometheus.io/docs/practices/naming/. */
export interface Family {
  readonly name: string;
  /** The name of a counter ends in `_total`, that of an info in `_info`. */
  readonly type: "counter" | "gauge" | "histogram" | "info" | "summary";
  readonly help: string;
  /**
   * What follows the name (`_bucket`, `_sum`, `_count` of a histogram), the labels, and the value; `_created` is when a series of a counter or a histogram
   * began, in seconds since 1970, and comes after its others.
   */
  readonly samples: Iterable<readonly [suffix: string, Labels, value: number]>;
}

/** Milliseconds since 1970. */
type Now = () => number;

export interface Naming {
  readonly name: string;
  readonly help: string;
  /** Labels that others choose: bounded. */
  readonly open: readonly string[];
  /** Labels of a closed set. */
  readonly closed?: readonly string[];
  readonly setsMax?: number;
}

/** Counts upwards, from the start of the process. */
export class Counter {
  readonly #naming: Naming;
  readonly #series: Series<{ value: number; readonly createdAt: number }>;

  constructor(naming: Naming, now: Now) {
    this.#naming = naming;
    const make = () => ({ value: 0, createdAt: now() / 1_000 });
    this.#series = new Series(naming.open, naming.closed ?? [], make, naming.setsMax);
  }

  /** Shows a series before anything is counted in it. */
  begin(open: readonly string[], closed = ""): void {
    this.#series.cell(open, closed);
  }

  /** What is not a number, or would count backwards, is not counted. */
  add(more: number, open: readonly string[], closed = ""): void {
    if (more > 0) this.#series.cell(open, closed).value += more;
  }

  family(): Family {
    const { name, help } = this.#naming;
    return { name, type: "counter", help, samples: this.#samples() };
  }

  *#samples(): Iterable<readonly [string, Labels, number]> {
    for (const [labels, { value, createdAt }] of this.#series.all()) {
      yield ["", labels, value];
      yield ["_created", labels, createdAt];
    }
  }
}

/** Keeps the last value that it was told. */
export class Gauge {
  readonly #naming: Naming;
  readonly #series: Series<{ value: number }>;

  constructor(naming: Naming) {
    this.#naming = naming;
    this.#series = new Series(naming.open, naming.closed ?? [], () => ({ value: 0 }), naming.setsMax);
  }

  set(value: number, open: readonly string[], closed = ""): void {
    if (Number.isFinite(value)) this.#series.cell(open, closed).value = value;
  }

  family(): Family {
    const { name, help } = this.#naming;
    const samples = [...this.#series.all()].map(([labels, { value }]) => ["", labels, value] as const);
    return { name, type: "gauge", help, samples };
  }
}

interface Histogrammed {
  /** One more than there are bounds: what is above all of them. */
  readonly counts: number[];
  readonly createdAt: number;
  sum: number;
}

/** Sorts values into buckets. */
export class Histogram {
  readonly #naming: Naming;
  readonly #bounds: readonly number[];
  readonly #series: Series<Histogrammed>;

  /** @param bounds upper bounds in the metric's unit, rising. */
  constructor(naming: Naming, bounds: readonly number[], now: Now) {
    this.#naming = naming;
    this.#bounds = bounds;
    const make = (): Histogrammed => ({
      counts: new Array<number>(bounds.length + 1).fill(0),
      createdAt: now() / 1_000,
      sum: 0,
    });
    this.#series = new Series(naming.open, naming.closed ?? [], make, naming.setsMax);
  }

  /** A value below 0 is a clock's mistake, and counts as 0. */
  observe(value: number, open: readonly string[], closed = ""): void {
    if (Number.isNaN(value)) return;
    const positive = Math.max(0, value);
    const cell = this.#series.cell(open, closed);
    let at = 0;
    while (at < this.#bounds.length && positive > (this.#bounds[at] as number)) at++;
    cell.counts[at] = (cell.counts[at] ?? 0) + 1;
    cell.sum += positive;
  }

  family(): Family {
    const { name, help } = this.#naming;
    return { name, type: "histogram", help, samples: this.#samples() };
  }

  *#samples(): Iterable<readonly [string, Labels, number]> {
    for (const [labels, { counts, createdAt, sum }] of this.#series.all()) {
      let total = 0;
      for (const [at, count] of counts.entries()) {
        total += count;
        yield ["_bucket", { ...labels, le: at < this.#bounds.length ? String(this.#bounds[at]) : "+Inf" }, total];
      }
      yield ["_sum", labels, sum];
      yield ["_count", labels, total];
      yield ["_created", labels, createdAt];
    }
  }
}
