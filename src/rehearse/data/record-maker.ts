import type { Definition } from "../../define/definition.ts";
import { WaybillError } from "../../model/errors.ts";
import { type Random, seededRandom } from "../../world/random.ts";
import { type Base, basesFromSamples, basesFromSchema, samplesHint } from "./bases.ts";
import { happens, pick } from "./chance.ts";
import { type IdentityPlaces, identityPlacesOf } from "./identity-places.ts";
import { inputShapeOf } from "./json-schema.ts";
import { type Messy, spoiled } from "./messes/spoil.ts";
import { copyOf, type Place, placeNamed, placesOf, replaced, valueAt } from "./places.ts";
import { Redraw } from "./redraw.ts";
import { SchemaMaker } from "./schema-maker.ts";
import { type Verdict, verdictOn } from "./verdict.ts";

// The records that a rehearsal sends. What a good one looks like is found out once, with the contract's help: a stock of records that meet it, and which of
// their places name them. After that a record is a copy of one in stock under a new name, which costs microseconds. The contract is asked about each once
// more where it answers at once, because two good places may not fit each other.

export interface LikeOptions {
  /** Another record about the same thing as this one, with other content. */
  readonly like?: unknown;
  /** Which thing: the entity (an edit, a version), or only the key (what is kept in order with it). The entity by default. */
  readonly same?: "entity" | "key";
}

/** Makes records for one integration. */
export interface RecordMaker {
  /**
   * One that a well-behaved sender would send: it meets the contract, as far as the contract answers at once. Its identity is drawn anew, or kept as far as
   * `like` asks. Versions are mostly newer than that of `like`, sometimes older. Where a contract allows few names, two records may have the same.
   */
  good(random: Random, options?: LikeOptions): unknown;
  /** A record with one mess in it, in words for a story: `total: a space between thousands`. It may still meet the contract: that decides, not the mess. */
  messy(random: Random, of?: unknown): Messy;
  /** Which places name a record, as folded paths: `customer.id`, `lines.*.sku`. */
  readonly identity: IdentityPlaces;
  /** The part of the stock that `accept` takes; 0: what is made is all filtered out, and only samples help. */
  readonly acceptedShare: number;
}

/** The stock does not depend on the night: every rehearsal of an integration draws from the same one. */
const stockSeed = 0x0b1ade;
const triesPerRecord = 6;
const olderShare = 0.2;

/**
 * Looks at a definition, and makes what makes its records. Deterministic, as far as the contract is.
 *
 * @param samples records that good ones are made from, instead of the contract's JSON Schema.
 * @throws {WaybillError} `bad-usage` when no records can be made: the contract has no JSON Schema, nothing made from it meets it, or a sample breaks it.
 * @example
 * const maker = await recordMaker(orders.definition);
 * const order = maker.good(random);
 * const edited = maker.good(random, { like: order });
 * const { value, mess } = maker.messy(random);
 */
export async function recordMaker(definition: Definition, samples?: readonly unknown[]): Promise<RecordMaker> {
  const random = seededRandom(stockSeed);
  const schema = samples === undefined ? await schemaMaker(definition) : undefined;
  const bases =
    schema === undefined
      ? await basesFromSamples(definition, samples ?? [], random)
      : await basesFromSchema(definition, schema, random);
  const redraw = new Redraw(bases, schema);
  const other = redraw.other.bind(redraw);
  const identity = await identityPlacesOf(definition, bases, other, random);
  await redraw.learn(definition, bases, identity, random);
  return new Maker(definition, bases, redraw, identity);
}

async function schemaMaker(definition: Definition): Promise<SchemaMaker> {
  const shape = await inputShapeOf(definition.contract);
  if ("schema" in shape) return new SchemaMaker(shape.schema);
  throw new WaybillError(
    "bad-usage",
    `integration "${definition.name}": no records can be made from its contract, because ${shape.why}.`,
    shape.hint === undefined ? samplesHint : `${shape.hint}. Or: ${samplesHint}`,
  );
}

class Maker implements RecordMaker {
  readonly identity: IdentityPlaces;
  readonly acceptedShare: number;
  readonly #definition: Definition;
  readonly #bases: readonly Base[];
  readonly #redraw: Redraw;
  readonly #naming: readonly Place[];
  readonly #names: ReadonlySet<string>;

  constructor(definition: Definition, bases: readonly Base[], redraw: Redraw, identity: IdentityPlaces) {
    this.#definition = definition;
    this.#bases = bases;
    this.#redraw = redraw;
    this.identity = identity;
    this.#names = new Set([...identity.id, ...identity.entity, ...identity.key, ...identity.version]);
    this.#naming = [...this.#names].map(placeNamed);
    this.acceptedShare = bases.filter(({ accepted }) => accepted).length / bases.length;
  }

  good(random: Random, { like, same = "entity" }: LikeOptions = {}): unknown {
    return like === undefined ? this.#new(random) : this.#like(like, same, random);
  }

  messy(random: Random, of?: unknown): Messy {
    return spoiled(of === undefined ? this.#new(random) : copyOf(of), random);
  }

  #new(random: Random): unknown {
    const { value } = pick(random, this.#bases);
    for (let turn = 0; turn < triesPerRecord; turn++) {
      const made = this.#renamed(copyOf(value), this.#naming, random);
      if (this.#meets(made) !== false) return made;
    }
    return copyOf(value);
  }

  #like(like: unknown, same: "entity" | "key", random: Random): unknown {
    const kept = new Set(same === "entity" ? [...this.identity.entity, ...this.identity.key] : this.identity.key);
    // What is in the id alone differs from event to event; it must not be taken for content either.
    const changing = this.#naming.filter(({ name }) => !kept.has(name));
    const before = verdictNow(this.#definition, like);
    const newer = !happens(random, olderShare);
    let last = copyOf(like);
    for (let turn = 0; turn < triesPerRecord; turn++) {
      // With every turn nearer to what is known to pass.
      const content =
        turn < triesPerRecord / 2 ? this.#redraw.content(copyOf(like), this.#names, random) : copyOf(like);
      const made = this.#renamed(content, changing, random);
      const after = this.#meets(made);
      if (after === undefined) return made;
      if (after === false) continue;
      last = made;
      if (before === undefined || !before.passed || !after.passed) return made;
      const { version } = before.names;
      if (version === undefined || after.names.version === undefined || after.names.version > version === newer)
        return made;
    }
    return last;
  }

  #renamed(value: unknown, places: readonly Place[], random: Random): unknown {
    let made = value;
    for (const place of places)
      for (const at of placesOf(made, place.path))
        made = replaced(made, at, this.#redraw.named(place, valueAt(made, at), random));
    return made;
  }

  /** Undefined: the contract does not answer at once, so the record is taken for good. */
  #meets(record: unknown): Verdict | false | undefined {
    const verdict = verdictNow(this.#definition, record);
    return verdict?.passed === false ? false : verdict;
  }
}

function verdictNow(definition: Definition, record: unknown): Verdict | undefined {
  const verdict = verdictOn(definition, record);
  return verdict instanceof Promise ? undefined : verdict;
}
