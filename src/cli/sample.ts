import type { AnySchema } from "../define/schema.ts";

// A value that a schema would take, made from its JSON Schema where the library gives one: zod and arktype do, through Standard JSON Schema
// (https://standardschema.dev/json-schema). Where it cannot be made, an answer that stands for anything.

type JsonSchema = Readonly<Record<string, unknown>>;

interface GivesJsonSchema {
  readonly jsonSchema?: Readonly<Record<"input" | "output", (options: { readonly target: string }) => JsonSchema>>;
}

/** A sample of what goes into (`input`) or comes out of (`output`) a schema; undefined where it cannot be told. */
export function sampleOf(schema: AnySchema, side: "input" | "output"): unknown {
  const given = (schema["~standard"] as GivesJsonSchema).jsonSchema?.[side];
  if (given === undefined) return undefined;
  try {
    return make(given({ target: "draft-2020-12" }));
  } catch {
    return undefined;
  }
}

const formats: Readonly<Record<string, string>> = {
  email: "ann@example.com",
  "date-time": "2026-01-02T03:04:05Z",
  date: "2026-01-02",
  time: "03:04:05",
  uri: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

function make(schema: JsonSchema): unknown {
  if ("const" in schema) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return schema.examples[0];
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const [one] = [schema.anyOf, schema.oneOf, schema.allOf].filter(Array.isArray).flat() as JsonSchema[];
  if (one !== undefined) return make(one);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "object": {
      const required = (schema.required ?? []) as readonly string[];
      const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
      return Object.fromEntries(required.map((name) => [name, make(properties[name] ?? {})]));
    }
    case "array":
      return [];
    case "string":
      return formats[String(schema.format)] ?? "sample".padEnd(Number(schema.minLength ?? 0), "x");
    case "integer":
    case "number":
      return Math.max(1, Number(schema.minimum ?? 1));
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return {};
  }
}
