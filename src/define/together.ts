import { closest } from "../model/did-you-mean.ts";
import { type Declared, declared, refuse } from "../model/options.ts";
import type { Definition } from "./definition.ts";
import type { FileDefinition, SourceDefinition } from "./source.ts";
import { isPerPath } from "./webhook.ts";

/**
 * Refuses integrations that cannot run beside each other. One source may feed several of them: then it is the same object.
 *
 * @throws {WaybillError} `bad-definition` when two have one name, two different webhooks one path, or two file sources one glob.
 */
export function checkTogether(definitions: readonly Definition[]): void {
  const names = new Set<string>();
  const globs = new Map<string, { source: SourceDefinition; integration: string }>();
  const owners = new Map<string, { source: SourceDefinition; integration: string }>();
  for (const { name, sources } of definitions) {
    const thing = declared(`integration "${name}"`);
    if (names.has(name))
      refuse(thing, "two integrations have this name.", "The name is part of every identity: give each its own.");
    names.add(name);
    for (const source of sources) {
      if (source.kind === "file") refuseSharedGlob(thing, name, source, globs);
      if (source.kind !== "webhook") continue;
      refuseEitherPath(thing, source, owners);
      const owner = owners.get(source.path);
      if (owner !== undefined && owner.source !== source) {
        refuse(
          thing,
          `integration "${owner.integration}" has another webhook on ${source.path}.`,
          "Share one: const orders = webhook(…), and give it to both as their source.",
        );
      }
      owners.set(source.path, { source, integration: name });
    }
  }
}

/** `/t/:tenant/orders` and `/t/all/orders` would be two opinions about one delivery. */
function refuseEitherPath(
  thing: Declared,
  { path }: { readonly path: string },
  owners: ReadonlyMap<string, { readonly integration: string }>,
): void {
  for (const [other, { integration }] of owners) {
    if (other === path || !(isPerPath(path) || isPerPath(other))) continue;
    const [mine, theirs] = [path.split("/"), other.split("/")];
    const meets = mine.every((part, at) => part === theirs[at] || part === ":tenant" || theirs[at] === ":tenant");
    if (mine.length !== theirs.length || !meets) continue;
    refuse(
      thing,
      `its webhook on ${path} and that of integration "${integration}" on ${other} would take the same deliveries.`,
      "Give one of them another path.",
    );
  }
}

/** Two that read the same files would each put them away under the other. */
function refuseSharedGlob(
  thing: Declared,
  integration: string,
  source: FileDefinition,
  globs: Map<string, { source: SourceDefinition; integration: string }>,
): void {
  const other = globs.get(source.glob);
  if (other !== undefined && other.source !== source) {
    refuse(
      thing,
      `integration "${other.integration}" has another file source on ${source.glob}.`,
      "Share one: const prices = file(…), and give it to both as their source.",
    );
  }
  globs.set(source.glob, { source, integration });
}

/** A hint for the name of an integration that is not there. */
export function meantIntegration(name: string, definitions: readonly Definition[]): string {
  const names = definitions.map((definition) => definition.name);
  const meant = closest(name, names);
  if (meant !== undefined) return `Did you mean "${meant}"?`;
  return names.length === 0 ? "There are no integrations." : `There are: ${names.join(", ")}.`;
}
