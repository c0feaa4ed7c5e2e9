import { WaybillError } from "../model/errors.ts";
import type { SystemDefinition } from "./system-definition.ts";

// A system is one external account: one budget, one breaker. Two declarations of one name would be two opinions about one budget, so they are
// remembered here and whoever puts a Waybill together can refuse them. Files may well repeat a declaration word for word.

const declarations = new Map<string, SystemDefinition[]>();

/** More than these are not remembered of one name: enough to say that they differ, and a reloading process does not grow. */
const perNameMax = 8;

/** Remembers a declaration, unless one of the same content is known already. */
export function rememberSystem(system: SystemDefinition): void {
  const known = declarations.get(system.name) ?? [];
  if (known.some((other) => systemDifferences(system, other).length === 0)) return;
  declarations.set(system.name, [...known, system].slice(-perNameMax));
}

/** Every system declared in this process, those of one name and different content each. */
export function systemsDeclared(): readonly SystemDefinition[] {
  return [...declarations.values()].flat();
}

/** The options in which two declarations differ. Functions are the same when they read the same. */
export function systemDifferences(left: SystemDefinition, right: SystemDefinition): readonly string[] {
  const options = Object.keys(left) as (keyof SystemDefinition)[];
  return options.filter((option) => textOf(left[option]) !== textOf(right[option]));
}

function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === "function" ? String(part) : part === Number.POSITIVE_INFINITY ? "∞" : part,
    ) ?? ""
  );
}

/**
 * One name is one external account: two opinions about its limits would be one too many.
 *
 * @throws {WaybillError} `bad-definition` when two of one name differ.
 */
export function refuseTwoDeclarations(systems: readonly SystemDefinition[]): void {
  const seen = new Map<string, SystemDefinition>();
  for (const system of systems) {
    const other = seen.get(system.name);
    const differences = other === undefined ? [] : systemDifferences(system, other);
    if (differences.length > 0) {
      throw new WaybillError(
        "bad-definition",
        `The system "${system.name}" is declared in two ways: ${differences.join(", ")} differ.`,
        "Declare it once, in a module of its own, and import it: one name is one account with one budget.",
      );
    }
    seen.set(system.name, system);
  }
}
