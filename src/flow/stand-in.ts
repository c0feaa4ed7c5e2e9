/** An answer that stands for anything: every field of it is there, and reads as its own name in angle brackets. */
export function anything(name: string): unknown {
  const text = `<${name}>`;
  return new Proxy(() => undefined, {
    get: (_, property) => {
      if (property === "then") return undefined;
      if (property === Symbol.toPrimitive || property === "toString" || property === "toJSON" || property === "valueOf")
        return () => text;
      if (property === Symbol.iterator) return [][Symbol.iterator].bind([]);
      return typeof property === "symbol" ? undefined : anything(`${name}.${property}`);
    },
    apply: () => anything(`${name}()`),
  });
}
