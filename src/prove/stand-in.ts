import type { AnyChange } from "../define/request.ts";
import type { AnySchema } from "../define/schema.ts";
import { answerStandIn, anything, resultSchemaOf } from "../flow/stand-in.ts";
import { inputShapeOf } from "../rehearse/data/json-schema.ts";
import { shaped } from "../rehearse/destination/shape.ts";
import type { Random } from "../world/random.ts";

/** What the code gets where nothing is sent: what a `perform` simulates, else an answer as it expects one, else one that stands for anything. */
export async function standInFor(change: AnyChange, name: string, random: Random): Promise<unknown> {
  if (change.how === "perform" && change.simulate !== undefined)
    return change.simulate({ idempotencyKey: random.uuid(), random: () => random.next() });
  const expect = resultSchemaOf(change);
  const content = change.how === "http" ? change.json : change.request;
  const value = expect === undefined ? undefined : await sampleOf(expect, content, random.uuid());
  return answerStandIn(change, value ?? anything(name));
}

async function sampleOf(expect: AnySchema, content: unknown, id: string): Promise<unknown> {
  const shape = await inputShapeOf(expect);
  if (!("schema" in shape)) return undefined;
  const fields = typeof content === "object" && content !== null ? (content as Readonly<Record<string, unknown>>) : {};
  const thing = { path: `/${id}`, id, content: fields, visibleAtMs: 0 };
  const met = await expect["~standard"].validate(shaped(shape.schema, { thing }));
  return met.issues === undefined ? met.value : undefined;
}
