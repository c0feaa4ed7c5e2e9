import type { Definition } from "./definition.ts";

/**
 * What is declared and does nothing in this version, in words for people: nobody shall believe that it does.
 *
 * @example inactive(prices.definition) // ['integration "prices": reconcile is not done by this version.']
 */
export function inactive({ name, reconcile }: Definition): string[] {
  const found: string[] = [];
  if (reconcile !== undefined) found.push("reconcile is not done by this version.");
  return found.map((what) => `integration "${name}": ${what}`);
}
