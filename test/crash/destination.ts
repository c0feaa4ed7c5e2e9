// The destination of the crash test, in a process of its own: it survives every worker, loses answers by seed, and knows what it applied and whose answers
// had not gone out when the worker died.
import type { ServerResponse } from "node:http";
import { brokenOff, type Count, type DestinationOptions, openDestination } from "../../examples/demo/destination.ts";
import type { How } from "../../src/ledger/ledger.ts";

export type Unanswered = Readonly<Record<How, number>>;

/** The first and the last effect about an edit of an order, among all that came. */
export interface Came {
  readonly first: number;
  readonly last: number;
}

/** What became of the effects that were asked for. */
export interface Traffic {
  readonly came: number;
  /** Whole, and well. */
  readonly answered: number;
  /** By edit of an order. */
  readonly order: Readonly<Record<string, Came>>;
  /** When each request came, in milliseconds. */
  readonly atMs: readonly number[];
}

export type DestinationTold =
  | { readonly count: true }
  | { readonly unanswered: true }
  | { readonly underWay: true }
  | { readonly traffic: true };
export type DestinationHeard =
  | { readonly url: string }
  | { readonly count: Count }
  /** Those of whoever died, and all that had no answer in that moment. */
  | { readonly unanswered: Unanswered; readonly all: number }
  /** Effects that came and are not answered now. */
  | { readonly underWay: number }
  | { readonly traffic: Traffic };

/** Connections of a killed worker break within this time of each other. */
const togetherMs = 250;
const hows: Readonly<Record<string, How>> = {
  "/invoices": "byKey",
  "/lines": "byKey",
  "/charges": "byLookup",
  "/send": "atMostOnce",
};

interface Cut {
  readonly how: How;
  readonly atMs: number;
  /** So many had no answer then. */
  readonly all: number;
}

let cuts: Cut[] = [];

function howOf(method: string | undefined, path: string | undefined): How | undefined {
  if (method === "PUT") return "natural";
  return method === "POST" ? hows[path ?? ""] : undefined;
}

let came = 0;
let answered = 0;
let closed = 0;
const order: Record<string, Came> = {};
const atMs: number[] = [];

function note(about: string | undefined): void {
  came += 1;
  if (about !== undefined) order[about] = { first: order[about]?.first ?? came, last: came };
}

function watch(how: How, response: ServerResponse): void {
  response.once("close", () => {
    if (response.writableFinished && response.statusCode < 400) answered += 1;
    if (!response.writableFinished && !brokenOff.has(response))
      cuts.push({ how, atMs: performance.now(), all: came - closed });
    closed += 1;
  });
}

/** Whoever dies breaks many connections at once; one that gives up waiting breaks its own. Whoever asks may ask late. */
function mostTogether(all: readonly Cut[]): readonly Cut[] {
  let most: readonly Cut[] = [];
  for (const [at, { atMs }] of all.entries()) {
    const together = all.slice(at).filter((one) => one.atMs - atMs < togetherMs);
    if (together.length > most.length) most = together;
  }
  return most;
}

const destination = await openDestination(
  JSON.parse(process.argv[2] ?? "{}") as DestinationOptions,
  (request, response) => {
    atMs.push(performance.now());
    const how = howOf(request.method, request.url);
    if (how === undefined) return;
    note(request.headers.about as string | undefined);
    watch(how, response);
  },
);

const say = (heard: DestinationHeard): void => void process.send?.(heard);
process.on("message", async (told: DestinationTold) => {
  if ("count" in told) return say({ count: destination.books.count });
  if ("underWay" in told) return say({ underWay: came - closed });
  if ("traffic" in told) return say({ traffic: { came, answered, order, atMs } });
  await new Promise((resolve) => setTimeout(resolve, togetherMs / 5));
  const unanswered = { natural: 0, byKey: 0, byLookup: 0, atMostOnce: 0 };
  const together = mostTogether(cuts);
  cuts = [];
  for (const { how } of together) unanswered[how]++;
  say({ unanswered, all: together[0]?.all ?? 0 });
});
process.on("disconnect", () => process.exit(0));
say({ url: destination.url });
