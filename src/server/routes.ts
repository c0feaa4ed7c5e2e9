import type { Context, Env, Hono } from "hono";
import { type Problem, problem } from "./problem.ts";
import type { Visitor } from "./visitor.ts";

/** What came over the wire besides the request itself. */
export interface Wire extends Env {
  readonly Bindings: {
    /** Whoever connected; undefined inside a server of the user's own. */
    readonly remoteAddress?: string | undefined;
  };
  readonly Variables: { visitor?: Visitor };
}

/** A request as a handler sees it. */
export interface Asked {
  readonly request: Request;
  /** Who asks; undefined where everybody may. */
  readonly visitor: Visitor | undefined;
  readonly query: URLSearchParams;
  readonly remoteAddress: string | undefined;
  /** A named part of the path, decoded. */
  param(name: string): string;
}

export type Handle = (asked: Asked) => Response | Promise<Response>;

/** Paths and what they answer to; every other method on them is refused by name. */
export interface Routes {
  get(path: string, handle: Handle): void;
  post(path: string, handle: Handle): void;
  both(path: string, handles: { readonly get: Handle; readonly post: Handle }): void;
}

/** Says what went wrong, as whoever asks can read it. */
export type Tell = (request: Request, visitor: Visitor | undefined, problem: Problem) => Response;

export function routesOn(app: Hono<Wire>, tell: Tell): Routes {
  const on = (path: string, allowed: string, handles: Partial<Readonly<Record<"GET" | "POST", Handle>>>): void => {
    for (const [method, handle] of Object.entries(handles)) app.on(method, path, (context) => handle(askedBy(context)));
    app.all(path, ({ req, get }) => tell(req.raw, get("visitor"), wrongMethod(req.method, path, allowed)));
  };
  return {
    get: (path, handle) => on(path, "GET, HEAD", { GET: handle }),
    post: (path, handle) => on(path, "POST", { POST: handle }),
    both: (path, { get, post }) => on(path, "GET, HEAD, POST", { GET: get, POST: post }),
  };
}

function askedBy(context: Context<Wire>): Asked {
  const request = context.req.raw;
  return {
    request,
    visitor: context.get("visitor"),
    query: new URL(request.url).searchParams,
    remoteAddress: context.env?.remoteAddress,
    param: (name) => context.req.param(name) ?? "",
  };
}

function wrongMethod(method: string, path: string, allow: string): Problem {
  return problem(405, "wrong-method", `${method} is not for ${path}.`, `It takes ${allow}.`, {
    headers: { allow },
  });
}
