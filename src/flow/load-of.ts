import type { Definition } from "../define/definition.ts";
import type { Load } from "../define/load.ts";

/** How the entity of a notice is loaded, by the source it came from: a webhook's own way, else its integration's. Undefined: what comes is the record. */
export function loadOf(definition: Definition, source: string): Load | undefined {
  const own = definition.sources.find((one) => one.kind === "webhook" && source === `webhook:${one.path}`);
  return own?.kind === "webhook" && own.load !== undefined ? own.load : definition.load;
}
