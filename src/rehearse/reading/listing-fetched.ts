import type { HttpChange } from "../../define/request.ts";
import { type Clock, sleep } from "../../world/clock.ts";
import type { Answered } from "../destination/answered.ts";
import { type FateOptions, fateOf } from "../night/fate.ts";
import type { SimulatedSource } from "./simulated-source.ts";

// What the code of a source fetches by itself, past its systems. Nothing tries it again but the next run, so what may go wrong with an exchange goes
// wrong here as well.

export interface FetchedOptions {
  /** Of the night itself. */
  readonly clock: Clock;
  /** Which try it is: 1 for the first. */
  readonly nth: number;
  readonly fate: FateOptions;
  /** What a simulated system answers to what is no listing. */
  readonly otherwise: () => Promise<Response>;
  readonly onFault: (fault: string) => void;
}

/** As long as a client of its own waits. */
const timeoutMs = 30_000;

export async function listingFetched(
  source: SimulatedSource,
  request: Request,
  { clock, nth, fate, otherwise, onFault }: FetchedOptions,
): Promise<Response> {
  const { origin, pathname, search, searchParams } = new URL(request.url);
  const change = { kind: "read", system: { name: origin, timeoutMs } } as unknown as HttpChange;
  const name = `fetch ${request.method} ${pathname}${search}`;
  const { fault, connectMs, wayMs, backMs } = fateOf(change, name, nth, fate);
  if (fault !== undefined) onFault(fault);
  await sleep(clock, connectMs);
  if (fault === "refused" || (fault === "outage" && nth % 2 === 0)) throw lost("ECONNREFUSED");
  await sleep(clock, wayMs);
  if (fault === "reset-before" || fault === "late-arrival") throw lost("ECONNRESET");
  if (fault === "timeout-before") {
    await sleep(clock, timeoutMs);
    throw lost("UND_ERR_HEADERS_TIMEOUT");
  }
  if (fault === "error-before" || fault === "error-after" || fault === "outage")
    return Response.json({ error: "something went wrong" }, { status: 503 });
  if (fault === "limited")
    return Response.json({ error: "too many requests" }, { status: 429, headers: { "retry-after": "30" } });
  const body = request.method === "GET" || request.method === "HEAD" ? undefined : await jsonIn(request);
  const answer = source.answer({ method: request.method, origin, path: pathname, query: searchParams, body });
  if (answer === undefined) return otherwise();
  await sleep(clock, fault === "timeout-after" ? timeoutMs : backMs);
  if (fault === "timeout-after" || fault === "reset-after") throw lost("UND_ERR_SOCKET");
  return responseOf(answer, fault === "truncated", fault === "wrong-body");
}

function responseOf({ status, headers, body }: Answered, truncated: boolean, wrong: boolean): Response {
  if (wrong) return new Response("<html><body>Bad gateway</body></html>", { headers: { "content-type": "text/html" } });
  return new Response(truncated ? body.slice(0, body.length >> 1) : body, { status, headers });
}

async function jsonIn(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    return undefined;
  }
}

/** As `fetch` fails: https://fetch.spec.whatwg.org/#fetch-method. */
function lost(code: string): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
}
