import type { HttpChange } from "../../define/request.ts";
import type { WireRequest } from "../../world/transport.ts";
import { inputShapeOf, type JsonSchema } from "../data/json-schema.ts";
import type { EffectTag } from "../night/effect-tag.ts";
import type { SourceAsked } from "../reading/simulated-source.ts";
import { type Answered, answered, refusal } from "./answered.ts";
import { Keys, keyIn } from "./keys.ts";
import { holdsList, shaped } from "./shape.ts";
import { Store, type Thing } from "./store.ts";

// A system of the user's, simulated: it behaves as it was declared, and keeps books of what it was really made to do. Its books know effects from what the
// code asked for; the requests themselves it reads as any server would.

/** What this destination does, within what was declared of it. */
export interface Manners {
  /** How much later a read sees what was just made, in milliseconds: no more than was declared. */
  lagMs(change: HttpChange): number;
  /** How long a key is remembered, in milliseconds: no less than was declared. */
  windowMs(change: HttpChange): number;
}

export interface DestinationOptions {
  readonly manners: Manners;
  /** Hears of each request that was really applied, and of which effects it was. */
  readonly onApplied: (tags: readonly EffectTag[], change: HttpChange) => void;
  /** A read does not see yet what was made. */
  readonly onLag: () => void;
  /** It has forgotten a key that it knew. */
  readonly onForgotten: () => void;
}

/** What it sees of a request. */
type Asked = Pick<WireRequest, "method" | "path" | "headers" | "body" | "about">;

export class Destination {
  readonly #store = new Store();
  readonly #keys = new Keys();
  readonly #options: DestinationOptions;

  constructor(options: DestinationOptions) {
    this.#options = options;
  }

  /**
   * Does what a request asks for, and answers.
   *
   * @param nowMs monotonic.
   * @param tags whose effects it makes.
   */
  handle(request: Asked, nowMs: number, tags: readonly EffectTag[]): Answered {
    const change = request.about?.change as HttpChange;
    const { path, query } = addressOf(request, change);
    const body = bodyOf(request);
    const key = keyIn(change, { headers: request.headers, query, body });
    const work = (): Answered => this.#work(change, { method: request.method, path, query, body, nowMs, tags });
    if (key === undefined) return work();
    const text = typeof request.body === "string" ? request.body : "";
    const windowMs = this.#options.manners.windowMs(change);
    if (this.#keys.forget(nowMs) > 0) this.#options.onForgotten();
    return this.#keys.once(key, { body: text, nowMs, windowMs }, work);
  }

  /** What it has made of everything: the thing at a path, or all right below it. */
  holds(path: string): readonly Readonly<Record<string, unknown>>[] {
    const thing = this.#store.at(path, Number.POSITIVE_INFINITY);
    const things = thing === undefined ? this.#store.below(path, noQuery, Number.POSITIVE_INFINITY) : [thing];
    return things.map(plain);
  }

  #work(change: HttpChange, { method, path, query, body, nowMs, tags }: Work): Answered {
    if (change.kind === "read") return this.#read(change, path, query, nowMs);
    const visibleAtMs = nowMs + this.#options.manners.lagMs(change);
    if (method === "DELETE") {
      const there = this.#store.remove(path);
      if (there) this.#options.onApplied(tags, change);
      return there ? answered(204, undefined, true) : refusal(404, "there is no such thing");
    }
    const thing =
      method === "POST"
        ? this.#store.make(path, body, visibleAtMs)
        : this.#store.put(path, body, { merge: method === "PATCH", visibleAtMs });
    this.#options.onApplied(tags, change);
    return this.#answerWith(change, method === "POST" ? 201 : 200, { thing }, true);
  }

  #read(change: HttpChange, path: string, query: URLSearchParams, nowMs: number): Answered {
    const thing = this.#store.at(path, nowMs);
    if (thing !== undefined) return this.#answerWith(change, 200, { thing }, false);
    const things = this.#store.below(path, query, nowMs);
    if (things.length < this.#store.below(path, query, Number.POSITIVE_INFINITY).length) this.#options.onLag();
    const schema = schemaOf(change);
    const [only] = things;
    if (schema === undefined || holdsList(schema)) return this.#answerWith(change, 200, { things }, false);
    return only === undefined
      ? refusal(404, "there is no such thing")
      : this.#answerWith(change, 200, { thing: only }, false);
  }

  #answerWith(
    change: HttpChange,
    status: number,
    held: { readonly thing: Thing } | { readonly things: readonly Thing[] },
    applied: boolean,
  ): Answered {
    const schema = schemaOf(change);
    if (schema !== undefined) return answered(status, shaped(schema, held), applied);
    return answered(status, "thing" in held ? plain(held.thing) : held.things.map(plain), applied);
  }
}

/** What a source's code asks for, as a simulated source reads it. */
export function listingAsked(request: WireRequest, change: HttpChange): SourceAsked {
  const { method, origin } = request;
  const { path, query } = addressOf(request, change);
  return { method, origin, path, query, body: bodyOf(request), expect: change.expect, schema: schemaOf(change) };
}

const noQuery = new URLSearchParams();

const plain = ({ id, content }: Thing): Readonly<Record<string, unknown>> => ({ id, ...content });

interface Work {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly nowMs: number;
  readonly tags: readonly EffectTag[];
}

/** Where it goes, below the system's own address. */
function addressOf(
  { path }: Asked,
  { system }: HttpChange,
): { readonly path: string; readonly query: URLSearchParams } {
  const [whole = "", query = ""] = path.split("?", 2);
  const base = system.baseUrl?.pathname.replace(/\/$/, "") ?? "";
  return { path: whole.startsWith(base) ? whole.slice(base.length) : whole, query: new URLSearchParams(query) };
}

function bodyOf({ body, headers }: Asked): unknown {
  if (typeof body !== "string") return undefined;
  const type = headers[headers.findIndex((name, at) => at % 2 === 0 && name === "content-type") + 1] ?? "";
  if (type.includes("json")) return JSON.parse(body);
  return type.includes("form") ? Object.fromEntries(new URLSearchParams(body)) : undefined;
}

const shapes = new WeakMap<object, JsonSchema | undefined>();

/** What the code expects for an answer; undefined where it expects nothing, or nobody can say what. */
function schemaOf({ expect }: HttpChange): JsonSchema | undefined {
  return expect === undefined ? undefined : shapes.get(expect);
}

/** Finds out what an answer has to look like, before it is needed: some libraries have to be loaded for that. */
export async function learnShape({ expect }: HttpChange): Promise<void> {
  if (expect === undefined || shapes.has(expect)) return;
  const shape = await inputShapeOf(expect);
  shapes.set(expect, "schema" in shape ? shape.schema : undefined);
}
