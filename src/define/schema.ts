import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Declared, refuse, shown } from "../model/options.ts";

/** Any schema that speaks Standard Schema: zod 4, valibot, arktype and others (https://standardschema.dev). */
export type AnySchema = StandardSchemaV1;

/** What goes into a schema. */
export type In<S extends AnySchema> = StandardSchemaV1.InferInput<S>;

/** What a schema makes of it. */
export type Out<S extends AnySchema> = StandardSchemaV1.InferOutput<S>;

/** What an answer is known to be: without `expect` nobody checked it, so it is `unknown`. */
export type Answered<S> = S extends AnySchema ? Out<S> : unknown;

/** Whether a value speaks Standard Schema. Some libraries' schemas are functions. */
export function isSchema(value: unknown): value is AnySchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || !("~standard" in value))
    return false;
  const standard = value["~standard"] as Partial<AnySchema["~standard"]> | undefined;
  return standard?.version === 1 && typeof standard.validate === "function";
}

export function checkSchema(thing: Declared, name: string, value: unknown): void {
  if (isSchema(value)) return;
  refuse(
    thing,
    `${name} is ${shown(value)}, and a schema is expected.`,
    "Any Standard Schema will do: zod (4, or 3.24 and later), valibot 1, arktype 2, and others (https://standardschema.dev).",
  );
}
