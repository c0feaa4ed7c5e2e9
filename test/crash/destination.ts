// The destination of the crash test, in a process of its own: it survives every worker, loses answers by seed, and knows what it applied and whose answers
// had not gone out when the worker died.
import type { ServerResponse } from "node:http";
import { brokenOff, type Count, type DestinationOptions, openDestination } from "../../examples/demo/destination.ts";
import type { How } from "../../src/ledger/ledger.ts";

export type Unanswered = Readonly<Record<How, number>>;

export type DestinationTold = { readonly count: true } | { readonly unanswered: true };
export type DestinationHeard =
  | { readonly url: string }
  | { readonly count: Count }
  | { readonly unanswered: Unanswered };

/** Connections of a killed worker break within this time of each other. */
const togetherMs = 250;
const hows: Readonly<Record<string, How>> = {
  "/invoices": "byKey",
  "/lines": "byKey",
  "/charges": "byLookup",
  "/send": "atMostOnce",
};

const cut: { readonly how: How; readonly atMs: number }[] = [];

function howOf(method: string | undefined, path: string | undefined): How | undefined {
  if (method === "PUT") return "natural";
  return method === "POST" ? hows[path ?? ""] : undefined;
}

function watch(how: How, response: ServerResponse): void {
  response.once("close", () => {
    if (!response.writableFinished && !brokenOff.has(response)) cut.push({ how, atMs: performance.now() });
  });
}

const destination = await openDestination(
  JSON.parse(process.argv[2] ?? "{}") as DestinationOptions,
  (request, response) => {
    const how = howOf(request.method, request.url);
    if (how !== undefined) watch(how, response);
  },
);

const say = (heard: DestinationHeard): void => void process.send?.(heard);
process.on("message", async (told: DestinationTold) => {
  if ("count" in told) return say({ count: destination.books.count });
  await new Promise((resolve) => setTimeout(resolve, togetherMs / 5));
  const unanswered = { natural: 0, byKey: 0, byLookup: 0, atMostOnce: 0 };
  for (const { how, atMs } of cut.splice(0)) if (performance.now() - atMs < togetherMs) unanswered[how]++;
  say({ unanswered });
});
process.on("disconnect", () => process.exit(0));
say({ url: destination.url });
