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

/** What is used of @valibot/to-json-schema, which is only there where somebody installed it. */
interface ValibotConverter {
  toJsonSchema(
    schema: AnySchema,
    options: { readonly typeMode: "input"; readonly errorMode: "ignore"; readonly target: string },
  ): JsonSchema;
}

const target = "draft-2020-12";
const valibotConverter = "@valibot/to-json-schema";

/** The JSON Schema of what goes into a contract. */
export async function inputShapeOf(contract: AnySchema): Promise<InputShape> {
  const { vendor, jsonSchema } = contract["~standard"] as GivesJsonSchema;
  try {
    if (jsonSchema === undefined) return await notStandard(contract, vendor);
    // Where zod cannot say what goes in (a Date, a transform that comes first), anything may, and what passes is found by trying.
    const libraryOptions = vendor === "zod" ? { unrepresentable: "any" } : {};
    return { schema: jsonSchema.input({ target, libraryOptions }) };
  } catch (error) {
    return { why: `${vendor} gives no JSON Schema of it: ${said(error)}` };
  }
}

async function notStandard(contract: AnySchema, vendor: string): Promise<InputShape> {
  if (vendor === "valibot") return valibotShape(contract);
  if (vendor === "zod") return { why: "zod gives JSON Schema from version 4.2 on", hint: "npm install zod@4" };
  return { why: `${vendor} gives no JSON Schema of it` };
}

/** Its own standard form gives up at the first action that JSON Schema does not know, such as `trim`; asked like this, it leaves those out. */
async function valibotShape(contract: AnySchema): Promise<InputShape> {
  let library: ValibotConverter;
  try {
    library = (await import(valibotConverter)) as ValibotConverter;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    return {
      why: `valibot gives its JSON Schema only with the package ${valibotConverter}`,
      hint: `npm install ${valibotConverter}`,
    };
  }
  return { schema: library.toJsonSchema(contract, { typeMode: "input", errorMode: "ignore", target }) };
}
