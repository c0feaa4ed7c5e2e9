import type { Context, Env, Hono } from "hono";
import { problem, responseOf } from "./problem.ts";

/** What came over the wire besides the request itself. */
export interface Wire extends Env {
  readonly Bindings: {
    /** Whoever connected; undefined inside a server of the user's own. */
    readonly remoteAddress?: string | undefined;
  };
}

/** A request as a handler sees it. */
export interface Asked {
  readonly request: Request;
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
}

export function routesOn(app: Hono<Wire>): Routes {
  const on = (method: "GET" | "POST", allowed: string, path: string, handle: Handle): void => {
    app.on(method, path, (context) => handle(askedBy(context)));
    app.all(path, (context) => responseOf(wrongMethod(context.req.method, path, allowed)));
  };
  return {
    get: (path, handle) => on("GET", "GET, HEAD", path, handle),
    post: (path, handle) => on("POST", "POST", path, handle),
  };
}

function askedBy(context: Context<Wire>): Asked {
  const request = context.req.raw;
  return {
    request,
    query: new URL(request.url).searchParams,
    remoteAddress: context.env?.remoteAddress,
    param: (name) => context.req.param(name) ?? "",
  };
}

function wrongMethod(method: string, path: string, allow: string) {
  return problem(405, "wrong-method", `${method} is not for ${path}.`, `It takes ${allow}.`, {
    headers: { allow },
  });
}
