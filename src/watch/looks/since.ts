/** Since when each of some names has been there, as far as it was looked at. */
export class Since {
  #known = new Map<string, number>();

  look(names: Iterable<string>, nowMs: number): ReadonlyMap<string, number> {
    this.#known = new Map([...names].map((name) => [name, Math.min(this.#known.get(name) ?? nowMs, nowMs)] as const));
    return this.#known;
  }
}
