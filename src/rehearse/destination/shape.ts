import type { JsonSchema } from "../data/json-schema.ts";
import type { Thing } from "./store.ts";

// Answers that fit what the code expects: what the simulated system holds is put where it belongs by the names of its fields, and what the schema asks for
// besides is made up, the same each time.

/** What there is to answer with: one thing, or those that a listing found. */
export type Held = { readonly thing: Thing } | { readonly things: readonly Thing[] };

/** @param schema of what the code expects. */
export function shaped(schema: JsonSchema, held: Held): unknown {
  const root = "thing" in held ? fieldsOf(held.thing) : undefined;
  const things = "things" in held ? held.things : [held.thing];
  return new Shaping(schema, things).made(schema, root, "");
}

/** A listing: somewhere in it there is a list. */
export function holdsList(schema: JsonSchema): boolean {
  const { root, properties } = new Shaping(schema, []).opened(schema);
  return (
    typeOf(root) === "array" ||
    properties.some(([, sub]) => typeOf(new Shaping(schema, []).opened(sub).root) === "array")
  );
}

const fieldsOf = (thing: Thing): Readonly<Record<string, unknown>> => ({ id: thing.id, ...thing.content });

type Fields = Readonly<Record<string, unknown>>;

class Shaping {
  readonly #whole: JsonSchema;
  readonly #things: readonly Thing[];

  constructor(whole: JsonSchema, things: readonly Thing[]) {
    this.#whole = whole;
    this.#things = things;
  }

  opened(schema: JsonSchema): {
    readonly root: JsonSchema;
    readonly properties: readonly (readonly [string, JsonSchema])[];
  } {
    const root = this.#resolved(schema);
    return { root, properties: Object.entries((root.properties as Record<string, JsonSchema> | undefined) ?? {}) };
  }

  made(schema: JsonSchema, given: unknown, name: string): unknown {
    const own = this.#resolved(schema);
    if ("const" in own) return own.const;
    if (Array.isArray(own.enum)) return own.enum.includes(given) ? given : own.enum[0];
    const choices = (own.anyOf ?? own.oneOf) as readonly JsonSchema[] | undefined;
    if (choices !== undefined) return this.#oneOf(choices, given, name);
    switch (typeOf(own)) {
      case "object":
        return this.#object(own, given, name);
      case "array":
        return this.#array(own, given, name);
      case "string":
        return textFor(own, given, name, this.#things[0]);
      case "integer":
      case "number":
        return numberFor(own, given);
      case "boolean":
        return typeof given === "boolean" ? given : true;
      case "null":
        return null;
      default:
        return given ?? null;
    }
  }

  #oneOf(choices: readonly JsonSchema[], given: unknown, name: string): unknown {
    if (given === undefined && isTrouble.test(name) && choices.some((one) => typeOf(this.#resolved(one)) === "null"))
      return null;
    const [first] = choices;
    const fits = choices.find((one) => given !== undefined && typeOf(this.#resolved(one)) === kindOf(given));
    const likely = fits ?? choices.find((one) => typeOf(this.#resolved(one)) !== "null") ?? first;
    return likely === undefined ? null : this.made(likely, given, name);
  }

  #object(own: JsonSchema, given: unknown, _name: string): Fields {
    const content: Fields = kindOf(given) === "object" ? (given as Fields) : {};
    const required = new Set((own.required as readonly string[] | undefined) ?? []);
    const { properties } = this.opened(own);
    const known = properties.flatMap(([field, sub]) =>
      field in content || required.has(field) || isId(field)
        ? [[field, this.made(sub, content[field], field)] as const]
        : [],
    );
    const rest = own.additionalProperties === false ? [] : Object.entries(content);
    return Object.fromEntries([...rest, ...known]);
  }

  #array(own: JsonSchema, given: unknown, name: string): readonly unknown[] {
    const items = (own.items ?? {}) as JsonSchema;
    const found = Array.isArray(given) ? given : (this.#sent() ?? this.#things.map(fieldsOf));
    return found.map((one) => this.made(items, one, name));
  }

  /** A call that carried many things in a list is answered by a list of them, each with an id of its own. */
  #sent(): readonly unknown[] | undefined {
    const [thing, ...others] = this.#things;
    if (thing === undefined || others.length > 0) return undefined;
    const lists = Object.values(thing.content).filter(
      (one) => Array.isArray(one) && one.every((item) => kindOf(item) === "object"),
    );
    const [list, another] = lists as (readonly Fields[])[];
    if (another !== undefined) return undefined;
    return list?.map((one, at) => ({ id: `${thing.id}-${at + 1}`, ...one }));
  }

  #resolved(schema: JsonSchema): JsonSchema {
    const { $ref } = schema;
    if (typeof $ref !== "string" || !$ref.startsWith("#")) return merged(schema);
    const found = $ref
      .slice(1)
      .split("/")
      .filter((part) => part !== "")
      .reduce<unknown>((at, part) => (at as Fields | undefined)?.[part], this.#whole);
    return merged((found ?? {}) as JsonSchema);
  }
}

function merged(schema: JsonSchema): JsonSchema {
  const all = schema.allOf as readonly JsonSchema[] | undefined;
  if (all === undefined) return schema;
  const parts = [schema, ...all];
  return {
    ...Object.assign({}, ...parts),
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required }) => (required as readonly string[] | undefined) ?? []),
  };
}

function typeOf(schema: JsonSchema): string | undefined {
  const { type } = schema;
  if (Array.isArray(type)) return type.find((one) => one !== "null") as string | undefined;
  if (typeof type === "string") return type;
  return "properties" in schema ? "object" : undefined;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

/** What says that something is wrong: nothing is. */
const isTrouble = /error|failure|reason|problem/i;

/** Whoever makes a thing names it. */
const isId = (name: string): boolean => /(^|_)id$|Id$/.test(name);

function textFor(schema: JsonSchema, given: unknown, name: string, thing: Thing | undefined): string {
  if (typeof given === "string") return given;
  if (typeof given === "number" || typeof given === "bigint") return String(given);
  if (isId(name) && thing !== undefined) return thing.id;
  const made = madeUp[schema.format as keyof typeof madeUp] ?? `${name === "" ? "text" : name} of a rehearsal`;
  return made
    .padEnd((schema.minLength as number | undefined) ?? 0, ".")
    .slice(0, schema.maxLength as number | undefined);
}

/** By the formats of JSON Schema (https://json-schema.org/draft/2020-12/json-schema-validation#section-7). */
const madeUp = {
  "date-time": "2026-01-02T03:04:05Z",
  date: "2026-01-02",
  time: "03:04:05Z",
  email: "somebody@example.com",
  uri: "https://example.com/",
  uuid: "7f8c1e52-3b0a-4d6e-9a41-0c5d2e9b7a10",
  ipv4: "192.0.2.1",
} as const;

function numberFor({ minimum, exclusiveMinimum }: JsonSchema, given: unknown): number {
  const asNumber = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
  if (typeof asNumber === "number" && Number.isFinite(asNumber)) return asNumber;
  if (typeof minimum === "number") return minimum;
  return typeof exclusiveMinimum === "number" ? Math.floor(exclusiveMinimum) + 1 : 1;
}
