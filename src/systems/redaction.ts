// What was read once is looked for in whatever is shown to anyone. With many tenants there are thousands of shapes, so a text is not searched for each:
// one pass over it asks at every letter whether a shape may begin there.

/** Shorter values would be found in innocent text. */
const shownLengthMin = 6;
/** What a text that was cut is closed with. */
const closing = "\"'`)]}>.… \n";
/** So few are looked for one by one, which is faster. */
const fewMax = 64;

/** Values that may not be shown, and what is shown instead. */
export class Redaction {
  /** The name of the secret by the shape in which it may stand in a text. */
  readonly #shapes = new Map<string, string>();
  /** Shapes by their first letters, the longest first. */
  readonly #byStart = new Map<string, string[]>();
  #mayStart = new Uint8Array(65_536);
  #longestFirst: readonly (readonly [string, string])[] | undefined;
  #longest = 0;

  know(name: string, value: string): void {
    if (value.length < shownLengthMin || this.#shapes.get(value) === name) return;
    for (const shape of shapesOf(value)) {
      if (this.#shapes.has(shape)) continue;
      this.#shapes.set(shape, name);
      this.#longest = Math.max(this.#longest, shape.length);
      const start = shape.slice(0, shownLengthMin);
      const others = this.#byStart.get(start);
      if (others === undefined) this.#byStart.set(start, [shape]);
      else others.splice(others.findIndex((other) => other.length < shape.length) >>> 0, 0, shape);
      this.#mayStart[startOf(shape, 0)] = 1;
    }
    this.#longestFirst = undefined;
  }

  /** What is worth nothing any more is no longer looked for. */
  forget(name: string, value: string): void {
    for (const shape of shapesOf(value)) {
      if (this.#shapes.get(shape) !== name) continue;
      this.#shapes.delete(shape);
      const start = shape.slice(0, shownLengthMin);
      const left = (this.#byStart.get(start) ?? []).filter((other) => other !== shape);
      if (left.length === 0) this.#byStart.delete(start);
      else this.#byStart.set(start, left);
    }
    this.#longestFirst = undefined;
  }

  /** Replaces every known value, however it is written, by `[secret NAME]`; also one of which the text has only the beginning, because it was cut. */
  redact(text: string): string {
    return this.#withoutCut(this.#shapes.size <= fewMax ? this.#oneByOne(text) : this.#inOnePass(text));
  }

  #withoutCut(text: string): string {
    let end = text.length;
    while (end > 0 && closing.includes(text.charAt(end - 1))) end--;
    for (let at = Math.max(0, end - this.#longest + 1); at <= end - shownLengthMin; at++) {
      if (this.#mayStart[startOf(text, at)] === 0) continue;
      const tail = text.slice(at, end);
      const shape = this.#byStart.get(tail.slice(0, shownLengthMin))?.find((one) => one.startsWith(tail));
      if (shape !== undefined) return `${text.slice(0, at)}[secret ${this.#shapes.get(shape)}]${text.slice(end)}`;
    }
    return text;
  }

  #oneByOne(text: string): string {
    this.#longestFirst ??= [...this.#shapes].sort(([a], [b]) => b.length - a.length);
    let shown = text;
    for (const [shape, name] of this.#longestFirst)
      if (shown.includes(shape)) shown = shown.replaceAll(shape, `[secret ${name}]`);
    return shown;
  }

  #inOnePass(text: string): string {
    let shown = "";
    let from = 0;
    const last = text.length - shownLengthMin;
    for (let at = 0; at <= last; at++) {
      if (this.#mayStart[startOf(text, at)] === 0) continue;
      const found = this.#byStart.get(text.slice(at, at + shownLengthMin))?.find((shape) => text.startsWith(shape, at));
      if (found === undefined) continue;
      shown += `${text.slice(from, at)}[secret ${this.#shapes.get(found)}]`;
      from = at + found.length;
      at = from - 1;
    }
    return shown + text.slice(from);
  }
}

/** Four letters as a number of sixteen bits: nearly every place in a text is told apart from the start of a secret by it. */
function startOf(text: string, at: number): number {
  const mixed =
    Math.imul(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16), 0x9e3779b1) ^
    Math.imul(text.charCodeAt(at + 2) | (text.charCodeAt(at + 3) << 16), 0x85ebca6b);
  return (mixed >>> 15) & 0xffff;
}

/** Every way in which a value may stand in a text: plain, in JSON (and in JSON inside it), in a URL or form, in hex, and inside base64 of something longer (`user:password`). */
function shapesOf(value: string): Set<string> {
  const inJson = JSON.stringify(value).slice(1, -1);
  const inJsonTwice = JSON.stringify(inJson).slice(1, -1);
  const shapes = new Set([
    value,
    inJson,
    inJsonTwice,
    JSON.stringify(inJsonTwice).slice(1, -1),
    value.toWellFormed().replaceAll(" ", "+"),
  ]);
  const encoded = encodeURIComponent(value.toWellFormed());
  shapes.add(encoded).add(encoded.replaceAll("%20", "+"));
  shapes.add(encoded.replace(/%[0-9A-F]{2}/g, (percent) => percent.toLowerCase()));
  const hex = Buffer.from(value).toString("hex");
  shapes.add(hex).add(hex.toUpperCase());
  // Base64 takes three bytes at a time, so the same value looks different at each of three offsets; its first and last characters mix with the neighbours.
  for (const offset of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    const from = offset === 0 ? 0 : 4;
    const to = Math.floor(bytes.length / 3) * 4;
    const core = bytes.toString("base64").slice(from, to);
    if (core.length >= shownLengthMin) shapes.add(core).add(core.replaceAll("+", "-").replaceAll("/", "_"));
    if (offset === 0) shapes.add(bytes.toString("base64")).add(bytes.toString("base64url"));
  }
  return new Set([...shapes].filter((shape) => shape.length >= shownLengthMin));
}
