import { type Declared, refuse, shown } from "../model/options.ts";

/** What one of the constructors makes: `bearer(…)`, `rate(…)`. */
export function checkKind(thing: Declared, name: string, value: unknown, kinds: readonly string[]): void {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  if (typeof kind === "string" && kinds.includes(kind)) return;
  refuse(thing, `${name} is ${shown(value)}.`, `Make it with ${kinds.map((one) => `${one}(…)`).join(", ")}.`);
}

/** A list of `rate(…)` and `concurrent(…)`. */
export function checkLimits(thing: Declared, limits: unknown): void {
  if (!Array.isArray(limits))
    refuse(thing, `limits is ${shown(limits)}, and a list is expected.`, 'Such as [rate(60, "1m"), concurrent(5)].');
  for (const [index, limit] of limits.entries())
    checkKind(thing, `limits[${index}]`, limit, ["rate", "cost", "concurrent"]);
}
