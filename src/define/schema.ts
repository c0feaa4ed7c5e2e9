import type { StandardSchemaV1 } from "@standard-schema/spec";

/** Any schema that speaks Standard Schema: zod 4, valibot, arktype and others (https://standardschema.dev). */
export type AnySchema = StandardSchemaV1<any, any>;

/** What goes into a schema. */
export type In<S extends AnySchema> = StandardSchemaV1.InferInput<S>;

/** What a schema makes of it. */
export type Out<S extends AnySchema> = StandardSchemaV1.InferOutput<S>;

/** What an answer is known to be: without `expect` nobody checked it, so it is `unknown`. */
export type Answered<S> = S extends AnySchema ? Out<S> : unknown;
