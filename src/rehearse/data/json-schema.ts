import type { AnySchema } from "../../define/schema.ts";
import { said } from "../../model/errors.ts";

// What goes into a contract, as JSON Schema of 2020-12. zod and arktype give it themselves (https://standardschema.dev/json-schema); valibot has a package
// of its own for it. Only the input side counts: it is what a sender writes.

export type JsonSchema = Readonly<Record<string, unknown>>;

interface GivesJsonSchema {
  readonly vendor: string;
  readonly jsonSchema?: {
    readonly input: (options: { readonly target: string; readonly libraryOptions?: object }) => JsonSchema;
  };
}

/** What a contract takes, or why nobody can tell, with the next step where there is one. */
export type InputShape = { readonly schema: JsonSchema } | { readonly why: string; readonly hint?: string };

const target = "draft-2020-12";

/** The JSON Schema of what goes into a contract. */
export async function inputShapeOf(contract: AnySchema): Promise<InputShape> {
  const standard = contract["~standard"] as GivesJsonSchema;
  const { vendor, jsonSchema } = standard;
  try {
    if (vendor === "valibot" && jsonSchema === undefined) return await valibotShape(contract);
    if (vendor === "zod" && jsonSchema === undefined) return await olderZodShape(contract);
    if (jsonSchema === undefined) return { why: `${vendor} gives no JSON Schema of it` };
    // Where zod cannot say what goes in (a Date, a transform that comes first), anything may, and what passes is found by trying.
    const libraryOptions = vendor === "zod" ? { unrepresentable: "any" } : {};
    return { schema: jsonSchema.input({ target, libraryOptions }) };
  } catch (error) {
    return { why: `${vendor} gives no JSON Schema of it: ${said(error)}` };
  }
}

/** Its own standard form gives up at the first action that JSON Schema does not know, such as `trim`; asked like this, it leaves those out. */
async function valibotShape(contract: AnySchema): Promise<InputShape> {
  let library: typeof import("@valibot/to-json-schema");
  try {
    library = await import("@valibot/to-json-schema");
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    return {
      why: "valibot gives its JSON Schema only with the package @valibot/to-json-schema",
      hint: "npm install @valibot/to-json-schema",
    };
  }
  const options = { typeMode: "input", errorMode: "ignore", target } as const;
  return { schema: library.toJsonSchema(contract as never, options) as JsonSchema };
}

/** zod has had Standard JSON Schema since 4.2. */
async function olderZodShape(contract: AnySchema): Promise<InputShape> {
  if (!("_zod" in contract)) return { why: "zod gives JSON Schema from version 4 on" };
  const { toJSONSchema } = await import("zod");
  return { schema: toJSONSchema(contract as never, { io: "input", unrepresentable: "any" }) as JsonSchema };
}
