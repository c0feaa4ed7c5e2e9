import type { JsonSchema } from "../data/json-schema.ts";

// What a source answers, derived from what the code expects of it: one list, into which the records go, and around it what leads on. A text that may be
// missing leads to the next page, and is missing where there is none; one that is always there says where to go on: after this page, or, beside such a
// one, after everything that the source has by now.

/** What goes into one answer. */
export interface Filling {
  readonly records: readonly unknown[];
  /** There are more than those. */
  readonly more: boolean;
  /** How many the source has by now. */
  readonly count: number;
  /** What leads to what follows this page, or to what comes after everything that is there by now. */
  token(to: "next-page" | "end", as: "text" | "instant" | "number" | "address"): unknown;
}

type Fields = Readonly<Record<string, JsonSchema>>;

/** How far down a list is looked for. */
const depthMax = 3;

export class Listing {
  readonly #whole: JsonSchema;
  readonly #list: JsonSchema;
  /** Something in it may be missing, and leads on while it is not. */
  readonly #ends: boolean;

  private constructor(whole: JsonSchema, list: JsonSchema) {
    this.#whole = whole;
    this.#list = list;
    this.#ends = this.#leadsOn(whole, 0);
  }

  /**
   * How such an answer is filled, or why nobody can tell.
   *
   * @example
   * const listing = Listing.of(schema); // { items: […], next: string | null }
   * if (listing instanceof Listing) listing.filled({ records, more: true, count: 50, token });
   */
  static of(schema: JsonSchema): Listing | { readonly why: string } {
    const lists = listsIn(schema, schema, 0);
    const [list, another] = lists;
    if (list === undefined) return { why: "expect names no list in the answer" };
    if (another !== undefined) return { why: "expect names more than one list in the answer" };
    return new Listing(schema, list);
  }

  filled(filling: Filling): unknown {
    return this.#made(this.#whole, "", false, filling);
  }

  #made(schema: JsonSchema, name: string, maybe: boolean, filling: Filling): unknown {
    const { own, nullable } = opened(schema, this.#whole);
    if (own === this.#list) return filling.records;
    const soft = maybe || nullable;
    const nothing = nullable ? null : undefined;
    if ("const" in own) return own.const;
    if (Array.isArray(own.enum)) return own.enum[0];
    switch (typeOf(own)) {
      case "object":
        if (soft && !filling.more && !this.#holdsList(own)) return nothing;
        return this.#object(own, filling);
      case "array":
        return [];
      case "string":
        return this.#text(own, name, { soft, nothing }, filling);
      case "integer":
      case "number":
        if (soft && !isCount.test(name))
          return filling.more && !isBack.test(name) ? filling.token("next-page", "number") : nothing;
        return leads.test(name) && !isCount.test(name) ? filling.token("next-page", "number") : filling.count;
      case "boolean":
        return saysMore.test(name) ? filling.more : saysEnd.test(name) ? !filling.more : false;
      default:
        return null;
    }
  }

  #object(own: JsonSchema, filling: Filling): unknown {
    const required = requiredIn(own);
    const made = Object.entries(fieldsIn(own)).map(([field, sub]) => [
      field,
      this.#made(sub, field, !required.has(field), filling),
    ]);
    return Object.fromEntries(made.filter(([, value]) => value !== undefined));
  }

  #text(
    own: JsonSchema,
    name: string,
    { soft, nothing }: { readonly soft: boolean; readonly nothing: null | undefined },
    { more, token }: Filling,
  ): unknown {
    const as = own.format === "date-time" ? "instant" : own.format === "uri" ? "address" : "text";
    if (!soft) return token(this.#ends ? "end" : "next-page", as);
    return more && !isBack.test(name) && !isTrouble.test(name) ? token("next-page", as) : nothing;
  }

  #holdsList(schema: JsonSchema): boolean {
    return listsIn(schema, this.#whole, 0).includes(this.#list);
  }

  #leadsOn(schema: JsonSchema, depth: number): boolean {
    const { own } = opened(schema, this.#whole);
    const required = requiredIn(own);
    return Object.entries(fieldsIn(own)).some(([name, sub]) => {
      const { own: inner, nullable } = opened(sub, this.#whole);
      const type = typeOf(inner);
      if (type === "object" && depth < depthMax) return this.#leadsOn(inner, depth + 1);
      const soft = nullable || !required.has(name);
      return soft && type === "string" && !isBack.test(name) && !isTrouble.test(name) && !("const" in inner);
    });
  }
}

const isBack = /prev|first|before|self/i;
const isTrouble = /error|failure|reason|problem|message|warning/i;
const isCount = /total|count|size|limit|per/i;
const leads = /next|cursor|offset|since|after/i;
const saysMore = /more|next|truncated|incomplete/i;
const saysEnd = /done|last|end|complete/i;

/** Every list below a schema that could hold records. */
function listsIn(schema: JsonSchema, whole: JsonSchema, depth: number): readonly JsonSchema[] {
  const { own } = opened(schema, whole);
  if (typeOf(own) === "array") return holdsThings(own, whole) ? [own] : [];
  if (depth >= depthMax) return [];
  return Object.values(fieldsIn(own)).flatMap((sub) => listsIn(sub, whole, depth + 1));
}

/** Objects, or anything: a list of texts holds no records. */
function holdsThings({ items }: JsonSchema, whole: JsonSchema): boolean {
  if (items === undefined || items === true) return true;
  const type = typeOf(opened(items as JsonSchema, whole).own);
  return type === "object" || type === undefined;
}

/** What a schema really says, and whether it may be null. */
function opened(schema: JsonSchema, whole: JsonSchema): { readonly own: JsonSchema; readonly nullable: boolean } {
  const { $ref } = schema;
  if (typeof $ref === "string" && $ref.startsWith("#")) {
    const parts = $ref
      .slice(1)
      .split("/")
      .filter((part) => part !== "");
    return opened(parts.reduce<unknown>(inside, whole) as JsonSchema, whole);
  }
  const choices = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
  const nullable =
    choices?.some(({ type }) => type === "null") === true ||
    (Array.isArray(schema.type) && schema.type.includes("null"));
  const first = choices?.find(({ type }) => type !== "null");
  return first === undefined ? { own: schema, nullable } : { own: opened(first, whole).own, nullable };
}

const inside = (at: unknown, part: string): unknown =>
  (at as Readonly<Record<string, unknown>> | undefined)?.[part] ?? {};

const fieldsIn = (schema: JsonSchema): Fields => (schema.properties as Fields | undefined) ?? {};
const requiredIn = (schema: JsonSchema): ReadonlySet<string> =>
  new Set((schema.required as readonly string[] | undefined) ?? []);

function typeOf({ type, properties }: JsonSchema): unknown {
  if (Array.isArray(type)) return type.find((one) => one !== "null");
  return type ?? (properties === undefined ? undefined : "object");
}
