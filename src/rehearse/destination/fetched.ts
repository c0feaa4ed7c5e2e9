import { natural } from "../../define/idempotency.ts";
import type { WireRequest } from "../../world/transport.ts";
import type { Destination } from "./destination.ts";

/** Answers what user code fetches by itself, past its systems: nothing goes wrong with it, because nothing of it is promised. */
export async function fetched(request: Request, destination: Destination, nowMs: number): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const reads = request.method === "GET" || request.method === "HEAD";
  const change = { kind: reads ? "read" : "change", system: {}, idempotency: natural };
  const wire: Pick<WireRequest, "method" | "path" | "headers" | "body" | "about"> = {
    method: request.method,
    path: `${pathname}${search}`,
    headers: [...request.headers].flat(),
    body: reads ? undefined : await request.text(),
    about: { change, account: "" },
  };
  const { status, headers, body } = destination.handle(wire, nowMs, []);
  return new Response(status === 204 ? null : body, { status, headers });
}
