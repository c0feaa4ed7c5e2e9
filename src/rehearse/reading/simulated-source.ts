import type { AnySchema } from "../../define/schema.ts";
import type { PollDefinition, SimulatedListing } from "../../define/source.ts";
import { said } from "../../model/errors.ts";
import { decodeJson, encodeJson } from "../../model/json.ts";
import type { JsonSchema } from "../data/json-schema.ts";
import { type Answered, refusal } from "../destination/answered.ts";
import { between, chance } from "../night/chance.ts";
import type { Mix } from "../night/faults.ts";
import { Listing } from "./listing.ts";
import { contentOf, type Row } from "./row.ts";

// The other system of a poll, as far as it lists records: those of the night appear in it one after the other, and it answers what the user's own code
// asks for. How such answers look says `simulate`, or `expect` where that suffices. Then what leads on are tokens of this source: whoever asks without
// one gets what stands first, and whoever asks with something else asks for what nobody but the real source could answer.

export interface SourceAsked {
  readonly method: string;
  /** Where the system stands: `https://people.example.com`. */
  readonly origin: string;
  /** Below the system's base URL. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** What the code expects, where it says so. */
  readonly expect?: AnySchema | undefined;
  readonly schema?: JsonSchema | undefined;
}

export interface SimulatedSourceOptions {
  /** As the ledger names it: `poll:contacts`. */
  readonly name: string;
  readonly seed: number;
  readonly mix: Mix;
  readonly rows: readonly Row[];
  readonly simulate: PollDefinition["simulate"];
  readonly tenant: unknown;
  /** Since the night began. */
  readonly elapsedMs: () => number;
  /** What its own clock shows when the night begins. */
  readonly wallMs: number;
  readonly isCalm: () => boolean;
  /** Nobody can tell how it would answer. */
  readonly onUnread: (why: string) => void;
  readonly onFault: (fault: "duplicated" | "reordered") => void;
  readonly say: (what: string) => void;
}

const pageMax = 12;
const marked = Symbol("waybill.rehearsed.row");

export class SimulatedSource {
  readonly name: string;
  readonly #options: SimulatedSourceOptions;
  readonly #pageSize: number;
  /** Where each token leads. */
  readonly #tokens = new Map<string, number>();
  /** What each path was first asked with. */
  readonly #first = new Map<string, ReadonlyMap<string, string>>();
  readonly #answers = new Map<string, Answered>();
  readonly #judged = new WeakSet<object>();
  #lastInstantMs = 0;
  /** How often it was asked for something. */
  asked = 0;
  /** It has answered with a list at least once. */
  answered = false;

  constructor(options: SimulatedSourceOptions) {
    this.#options = options;
    this.name = options.name;
    this.#pageSize = between(1, pageMax, options.seed, "page", options.name);
  }

  /** What it answers. Undefined for what is no listing of its records: then the system answers as any other. */
  answer(asked: SourceAsked): Answered | undefined {
    const { mix, seed, isCalm, name, onFault, say } = this.#options;
    this.asked += 1;
    const what = `${asked.method} ${asked.path} ${asked.query} ${contentOf(asked.body)}`;
    const before = this.#answers.get(what);
    const again = chance(seed, "same page", name, this.asked) < (mix.get("duplicated") ?? 0);
    if (before !== undefined && again && !isCalm()) {
      onFault("duplicated");
      say(`${name} answers as it did before`);
      return before;
    }
    const made = this.#options.simulate === undefined ? this.#derived(asked) : this.#simulated(asked);
    if (made === undefined) return undefined;
    this.answered = true;
    const answer = {
      status: 200,
      headers: { "content-type": "application/json" },
      body: encodeJson(made),
      applied: false,
    };
    this.#answers.set(what, answer);
    return answer;
  }

  #visible(): readonly Row[] {
    const nowMs = this.#options.elapsedMs();
    return this.#options.rows.filter(({ planned }) => planned.atMs <= nowMs);
  }

  #simulated({ method, origin: _, path, query, body }: SourceAsked): unknown {
    const { simulate, tenant, wallMs, elapsedMs, seed, name, onUnread, say } = this.#options;
    const rows = this.#visible();
    let draws = 0;
    const asked: SimulatedListing = {
      records: rows.map((row, nth) => ({
        value: { ...(decodeJson(row.json) as object), [marked]: nth },
        atMs: Math.floor(wallMs + row.planned.atMs),
      })),
      request: { method, path, query: Object.fromEntries(query), body },
      pageSize: this.#pageSize,
      nowMs: Math.floor(wallMs + elapsedMs()),
      tenant,
      random: () => chance(seed, "simulate", name, this.asked, ++draws),
    };
    try {
      const made = simulate?.(asked);
      if (made instanceof Promise) throw new Error("it gave a promise, and its answer is needed at once");
      const shown = new Set<number>();
      recognize(made, rows, shown);
      if (made !== undefined)
        say(`${name} is asked ${method} ${path}${textOf(query)}, and shows ${shownText(rows, shown)}`);
      return made;
    } catch (thrown) {
      onUnread(`its simulate failed: ${said(thrown)}`);
      return undefined;
    }
  }

  #derived(asked: SourceAsked): unknown {
    const { onUnread, name, say } = this.#options;
    const { schema, expect } = asked;
    if (schema === undefined || expect === undefined) return undefined;
    const listing = Listing.of(schema);
    if (!(listing instanceof Listing)) return undefined;
    const rows = this.#visible();
    const from = this.#placeIn(asked);
    if (typeof from === "string") {
      onUnread(`it asks with ${from}, which no answer of its source held`);
      return undefined;
    }
    const until = Math.min(rows.length, from + this.#pageSize);
    const page = this.#spoiled(rows, from, until);
    const fill = (some: readonly Row[]): unknown =>
      listing.filled({
        records: some.map(({ json }) => decodeJson(json)),
        more: until < rows.length,
        count: rows.length,
        token: (to, as) => this.#token(to === "end" ? rows.length : until, as, asked),
      });
    const good = this.#options.rows.find(({ planned }) => planned.mess === undefined);
    if (good !== undefined && !this.#isExpected(expect, fill([good]))) {
      onUnread("what it expects of an answer is not a list of what its contract takes");
      return undefined;
    }
    say(
      `${name} is asked ${asked.method} ${asked.path}${textOf(asked.query)}, and shows ${shownText(rows, new Set(page.map((row) => rows.indexOf(row))))}`,
    );
    return fill(page);
  }

  /** Where the page begins that is asked for, or what nobody understands. */
  #placeIn({ path, query, body }: SourceAsked): number | string {
    const given = new Map<string, string>(query);
    if (typeof body === "object" && body !== null) for (const [name, value] of leavesIn(body)) given.set(name, value);
    const first = this.#first.get(path) ?? given;
    this.#first.set(path, first);
    let place: number | undefined;
    let strange: string | undefined;
    for (const [name, value] of given) {
      if (value === "" || first.get(name) === value) continue;
      const known = this.#tokens.get(value);
      if (known === undefined) strange = `${name}=${value}`;
      else place = Math.max(place ?? 0, known);
    }
    return place ?? strange ?? 0;
  }

  #token(place: number, as: "text" | "instant" | "number" | "address", { origin, path }: SourceAsked): unknown {
    const { wallMs, elapsedMs } = this.#options;
    if (as === "number") {
      this.#tokens.set(String(place), place);
      return place;
    }
    if (as === "instant") {
      this.#lastInstantMs = Math.max(this.#lastInstantMs + 1, Math.floor(wallMs + elapsedMs()));
      const text = new Date(this.#lastInstantMs).toISOString();
      this.#tokens.set(text, place);
      return text;
    }
    const text = `after-${String(place).padStart(5, "0")}`;
    this.#tokens.set(text, place);
    return as === "address" ? `${origin}${path}?after=${text}` : text;
  }

  /** What sources do with a page: begin it with what was shown before, or list it in another order. */
  #spoiled(rows: readonly Row[], from: number, until: number): readonly Row[] {
    const { seed, mix, isCalm, name, onFault } = this.#options;
    const page = rows.slice(from, until);
    if (isCalm() || page.length === 0) return page;
    const happens = (fault: "duplicated" | "reordered"): boolean =>
      chance(seed, fault, name, this.asked) < (mix.get(fault) ?? 0) * 2;
    if (from > 0 && happens("duplicated")) {
      onFault("duplicated");
      page.unshift(...rows.slice(Math.max(0, from - 2), from));
    }
    if (page.length > 1 && happens("reordered")) {
      onFault("reordered");
      page.reverse();
    }
    return page;
  }

  /** A schema that answers later is taken at its word. Each is asked once. */
  #isExpected(expect: AnySchema, answer: unknown): boolean {
    if (this.#judged.has(expect)) return true;
    this.#judged.add(expect);
    try {
      const result = expect["~standard"].validate(decodeJson(encodeJson(answer)));
      return result instanceof Promise || result.issues === undefined;
    } catch {
      return false;
    }
  }
}

/** What the source answers while it does not know how. */
export const unanswered: Answered = refusal(501, "nobody can tell how this source answers");

/** Finds the rows in what the user's own code made of them. */
function recognize(made: unknown, rows: readonly Row[], shown: Set<number>): void {
  if (typeof made !== "object" || made === null) return;
  const nth = (made as { readonly [marked]?: number })[marked];
  const row = nth === undefined ? undefined : rows[nth];
  if (nth !== undefined && row !== undefined) {
    shown.add(nth);
    row.shown = encodeJson(made);
    return;
  }
  for (const one of Object.values(made)) recognize(one, rows, shown);
}

function* leavesIn(value: object): Iterable<[string, string]> {
  for (const [name, one] of Object.entries(value)) {
    if (typeof one === "object" && one !== null) yield* leavesIn(one);
    else if (one !== undefined && one !== null) yield [name, String(one)];
  }
}

const textOf = (query: URLSearchParams): string => (query.size === 0 ? "" : `?${query}`);

/** `record 3, 4, 5 of 17`: as the deliveries of a story are counted. */
function shownText(rows: readonly Row[], shown: ReadonlySet<number>): string {
  const names = [...shown].map((nth) => (rows[nth]?.planned.nth ?? 0) + 1);
  return names.length === 0 ? `nothing of ${rows.length}` : `${names.join(", ")} of ${rows.length}`;
}
