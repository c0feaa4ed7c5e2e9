import { isDeepStrictEqual } from "node:util";
import type { Random } from "../../world/random.ts";
import { between, happens, pick } from "./chance.ts";
import { guess, moment } from "./formats.ts";
import type { JsonSchema } from "./json-schema.ts";
import { drawNumber } from "./number.ts";
import { folded, isContainer, nameOf, type Path, put } from "./places.ts";
import { drawText } from "./text.ts";

// Values that a JSON Schema allows, for the keywords that contracts come to. `not` and `if` are left out: the contract itself looks at every record that is
// made, and what it refuses is drawn again.
//
// It is our own, because a rehearsal draws again single places of a record with its own chance, in microseconds; what there is of libraries makes whole
// values from a seed of theirs, in about a millisecond each.

/** What a place is for. */
export interface Purpose {
  /** It names something, so that two should differ. */
  readonly names: boolean;
  /** Nothing else has passed: text may be anything that programs write. */
  readonly guesses?: boolean;
}

const content: Purpose = { names: false };
const depthMax = 8;
const optionalShare = 0.6;
const defaultShare = 0.25;
/** By how many examples there are: whoever gives many of them knows better than the schema what is usual. */
const exampleShares = [0, 0.25, 0.25, 0.5, 0.5, 0.9];
/** Fields of such names name something. */
const namingField = /(^|[a-z_.-])(id|uuid|ref|reference|code|sku|key|number|no|order|customer|account|invoice)$/i;

export class SchemaMaker {
  readonly #root: JsonSchema;
  /** By folded path: what was drawn there. */
  readonly places: Map<string, JsonSchema> = new Map();
  readonly #merged = new WeakMap<JsonSchema, JsonSchema>();
  /** By way of an `anyOf`: it and what stands beside it. */
  readonly #ways = new WeakMap<JsonSchema, JsonSchema>();

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  /** A whole value. */
  draw(random: Random): unknown {
    return this.#value(this.#root, random, [], content);
  }

  /** Another value for a place that `draw` came to before; undefined where it did not. */
  again(path: string, random: Random, purpose: Purpose): { readonly value: unknown } | undefined {
    const schema = this.places.get(path);
    return schema === undefined ? undefined : { value: this.#one(schema, random, [path], purpose) };
  }

  #value(given: JsonSchema | boolean, random: Random, path: Path, purpose: Purpose): unknown {
    const schema = this.#resolved(typeof given === "boolean" ? {} : given);
    const value = this.#one(schema, random, path, purpose);
    const isEmpty = isContainer(value) && Object.keys(value).length === 0;
    if (!isContainer(value) || isEmpty) this.places.set(nameOf(folded(path)), schema);
    return value;
  }

  #one(schema: JsonSchema, random: Random, path: Path, purpose: Purpose): unknown {
    if ("const" in schema) return schema.const;
    const { enum: words, examples } = schema;
    if (Array.isArray(words) && words.length > 0) return pick(random, words as unknown[]);
    // What is to differ from all others is no example.
    if (!purpose.names) {
      const share = Array.isArray(examples) ? exampleShares[Math.min(examples.length, exampleShares.length - 1)] : 0;
      if (happens(random, share ?? 0)) return pick(random, examples as unknown[]);
      if (schema.default !== undefined && happens(random, defaultShare)) return schema.default;
    }
    const ways = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
    if (ways !== undefined && ways.length > 0) return this.#oneWay(schema, ways, random, path, purpose);
    return this.#ofType(schema, random, path, purpose);
  }

  #oneWay(schema: JsonSchema, ways: readonly JsonSchema[], random: Random, path: Path, purpose: Purpose): unknown {
    // Deep inside, only what ends.
    const ending = path.length < depthMax ? ways : ways.filter((way) => !isNesting(this.#resolved(way)));
    const way = pick(random, ending.length > 0 ? ending : ways);
    let whole = this.#ways.get(way);
    if (whole === undefined) {
      const { anyOf: _, oneOf: __, ...beside } = schema;
      whole = this.#resolved({ allOf: [beside, way] });
      this.#ways.set(way, whole);
    }
    return this.#one(whole, random, path, purpose);
  }

  #ofType(schema: JsonSchema, random: Random, path: Path, purpose: Purpose): unknown {
    const type = Array.isArray(schema.type) ? pick(random, schema.type as string[]) : (schema.type ?? typeFrom(schema));
    switch (type) {
      case "object":
        return this.#object(schema, random, path);
      case "array":
        return this.#list(schema, random, path);
      case "string":
        if (purpose.guesses === true) return guess(random);
        return drawText(schema, random, purpose.names || isName(path));
      case "integer":
      case "number":
        return drawNumber(schema, random, type === "integer", purpose.names);
      case "boolean":
        return happens(random, 0.5);
      case "null":
        return null;
      default:
        return anything(random);
    }
  }

  #object(schema: JsonSchema, random: Random, path: Path): unknown {
    const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema | boolean>>;
    const required = new Set((schema.required ?? []) as readonly string[]);
    const value: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(properties)) {
      const wanted = required.has(name) || (path.length < depthMax && happens(random, optionalShare));
      if (wanted && field !== false) put(value, name, this.#value(field, random, [...path, name], content));
    }
    const rest = schema.additionalProperties;
    const least = Number(schema.minProperties ?? 0) - Object.keys(value).length;
    // A dictionary: whatever keys, all alike.
    if (typeof rest !== "object" || rest === null) return value;
    const names = (schema.propertyNames ?? {}) as JsonSchema;
    const extra = Math.max(
      least,
      path.length < depthMax && Object.keys(properties).length === 0 ? between(random, 1, 3) : 0,
    );
    for (let index = 0; index < extra; index++) {
      const name = String(
        this.#one({ type: "string", maxLength: 12, ...this.#resolved(names) }, random, [...path, "key"], {
          names: true,
        }),
      );
      put(value, name, this.#value(rest as JsonSchema, random, [...path, name], content));
    }
    return value;
  }

  #list(schema: JsonSchema, random: Random, path: Path): unknown {
    const first = (schema.prefixItems ?? []) as readonly JsonSchema[];
    const { items } = schema;
    const least = Number(schema.minItems ?? 0);
    const most = Math.min(
      Number(schema.maxItems ?? Number.POSITIVE_INFINITY),
      path.length < depthMax ? least + 3 : least,
    );
    const list: unknown[] = [];
    for (const item of first) list.push(this.#value(item, random, [...path, list.length], content));
    if (items === undefined ? first.length > 0 : items === false) return list;
    const length = Math.max(list.length, between(random, Math.min(Math.max(1, least), most), most));
    for (let tries = 0; list.length < length && tries < length * 4; tries++) {
      const item = this.#value((items ?? {}) as JsonSchema, random, [...path, list.length], content);
      if (schema.uniqueItems !== true || !list.some((one) => isDeepStrictEqual(one, item))) list.push(item);
    }
    return list;
  }

  /** References followed, and all that has to hold together in one. */
  #resolved(schema: JsonSchema): JsonSchema {
    if (schema.$ref === undefined && schema.allOf === undefined) return schema;
    let merged = this.#merged.get(schema);
    if (merged === undefined) {
      const { $ref, allOf = [], ...own } = schema;
      const parts = [...(typeof $ref === "string" ? [this.#referred($ref)] : []), ...(allOf as readonly JsonSchema[])];
      merged = parts.map((part) => this.#resolved(part)).reduce(together, own);
      this.#merged.set(schema, merged);
    }
    return merged;
  }

  #referred(reference: string): JsonSchema {
    let there: unknown = this.#root;
    for (const key of reference
      .replace(/^#\/?/, "")
      .split("/")
      .filter((one) => one !== "")) {
      there = (there as Record<string, unknown> | undefined)?.[
        decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~")
      ];
    }
    return (there ?? {}) as JsonSchema;
  }
}

/** Both hold: fields and patterns of both, the narrower bounds. */
function together(one: JsonSchema, other: JsonSchema): JsonSchema {
  const merged: Record<string, unknown> = { ...one, ...other };
  if (one.properties !== undefined && other.properties !== undefined)
    merged.properties = { ...(one.properties as object), ...(other.properties as object) };
  if (one.required !== undefined && other.required !== undefined)
    merged.required = [...new Set([...(one.required as string[]), ...(other.required as string[])])];
  for (const keyword of ["minimum", "exclusiveMinimum", "minLength", "minItems"])
    if (keyword in one && keyword in other) merged[keyword] = Math.max(Number(one[keyword]), Number(other[keyword]));
  for (const keyword of ["maximum", "exclusiveMaximum", "maxLength", "maxItems"])
    if (keyword in one && keyword in other) merged[keyword] = Math.min(Number(one[keyword]), Number(other[keyword]));
  const patterns = [one, other].flatMap(({ pattern, patterns: more }) => [
    ...(pattern === undefined ? [] : [pattern]),
    ...((more ?? []) as unknown[]),
  ]);
  if (patterns.length > 1) merged.patterns = patterns;
  return merged;
}

function isNesting(schema: JsonSchema): boolean {
  return schema.properties !== undefined || schema.items !== undefined || schema.additionalProperties !== undefined;
}

function isName(path: Path): boolean {
  const field = path.findLast((key) => typeof key === "string");
  return typeof field === "string" && namingField.test(field);
}

function typeFrom(schema: JsonSchema): string | undefined {
  if (schema.properties !== undefined || schema.additionalProperties !== undefined) return "object";
  if (schema.items !== undefined || schema.prefixItems !== undefined) return "array";
  if (schema.pattern !== undefined || schema.format !== undefined || schema.minLength !== undefined) return "string";
  return schema.minimum !== undefined || schema.maximum !== undefined ? "number" : undefined;
}

/** Where a schema says nothing: what it takes has to be found by trying. A Date and a bigint are what programs hand in. */
function anything(random: Random): unknown {
  const text = (): string => drawText({}, random, true);
  const number = (): number => between(random, 1, 9_999);
  const ways = [
    text,
    number,
    () => moment(random).toISOString(),
    () => moment(random),
    () => happens(random, 0.5),
    () => BigInt(number()),
  ];
  return pick(random, [...ways, () => String(number()), () => [], () => ({})])();
}
