import { createHash } from "node:crypto";
import type { AnySchema } from "../../define/schema.ts";

interface GivesJsonSchema {
  readonly jsonSchema?: { readonly input: (options: { readonly target: string }) => unknown };
}

/**
 * Names what a contract takes, so that another one is seen to be another: a digest of its JSON Schema, where the library gives one, as zod and arktype do
 * (https://standardschema.dev/json-schema). Undefined where it does not.
 */
export function contractName(contract: AnySchema): string | undefined {
  try {
    const schema = (contract["~standard"] as GivesJsonSchema).jsonSchema?.input({ target: "draft-2020-12" });
    return schema === undefined ? undefined : createHash("sha256").update(JSON.stringify(schema)).digest("base64url");
  } catch {
    return undefined;
  }
}
