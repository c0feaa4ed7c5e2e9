import { internalPrefix } from "../model/internal.ts";
import type { Definition, Integration } from "./definition.ts";
import { push } from "./push.ts";
import type { AnySchema } from "./schema.ts";
import type { SystemDefinition } from "./system-definition.ts";

// Integrations of our own: what they bring is made here and not checked again, what they do is decided by their `deliver`, and nobody watches them as a
// feed. They are delivered by the flow that delivers everything else, so what they carry outlives a crash and is tried again.

const anything: AnySchema = { "~standard": { version: 1, vendor: "waybill", validate: (value) => ({ value }) } };

/** One of them, under a name that begins as theirs do. */
export function internalIntegration(
  name: string,
  own: Pick<Definition, "identify" | "retry" | "deliverTimeoutMs" | "latestOnly" | "deliver">,
): Integration {
  const full = `${internalPrefix}${name}`;
  const definition: Definition = {
    name: full,
    per: undefined,
    sources: [push()] as Definition["sources"],
    contract: anything,
    accept: undefined,
    changedOnly: undefined,
    order: "perKey",
    sameId: "ignore",
    unique: undefined,
    search: undefined,
    load: undefined,
    volume: undefined,
    volumeWatched: false,
    drift: false,
    reconcile: undefined,
    ...own,
  };
  return Object.freeze({ name: full, definition: Object.freeze(definition) });
}

/** The account that such an integration calls. */
export function internalSystem(name: string, own: Pick<SystemDefinition, "limits" | "timeoutMs">): SystemDefinition {
  return {
    name: `${internalPrefix}${name}`,
    baseUrl: undefined,
    auth: undefined,
    headers: undefined,
    answerBytesMax: 64_000,
    breaker: undefined,
    classify: undefined,
    vendor: undefined,
    pagination: undefined,
    probe: undefined,
    privateAllowed: true,
    ...own,
  };
}
