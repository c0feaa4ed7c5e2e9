const rememberedMs = 86_400_000;

/** Since when each of some names has been there, as far as it was looked at, and when those that are gone were found to be. */
export class Since {
  #known = new Map<string, number>();
  readonly #until = new Map<string, number>();

  look(names: Iterable<string>, nowMs: number): ReadonlyMap<string, number> {
    const before = this.#known;
    this.#known = new Map([...names].map((name) => [name, Math.min(before.get(name) ?? nowMs, nowMs)] as const));
    for (const name of [...before.keys(), ...this.#known.keys()]) this.#until.set(name, nowMs);
    for (const [name, atMs] of this.#until) if (nowMs - atMs > rememberedMs) this.#until.delete(name);
    return this.#known;
  }

  /** Until when it was there at the latest; undefined for what was not there for a day. */
  until(name: string): number | undefined {
    return this.#until.get(name);
  }
}
