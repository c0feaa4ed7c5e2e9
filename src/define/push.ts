import type { PushDefinition, Source } from "./source.ts";

/**
 * Records that are handed in: by `waybill.send` in a program of your own, by `POST /v1/integrations/NAME/records`, by `waybill send`.
 *
 * @example integration("charges", { source: push(), … })
 */
export function push(): Source {
  return Object.freeze({ kind: "push" } satisfies PushDefinition);
}
