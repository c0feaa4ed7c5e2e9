import { type Replacement, replaceFunction } from "./replace.ts";
import { currentScope, type Scope } from "./scope.ts";

/** As `fetch` ends: with the answer, or as soon as its signal fires. */
async function answered({ world }: Scope, asked: Parameters<typeof fetch>): Promise<Response> {
  const request = new Request(...asked);
  const { signal } = request;
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([world.fetch(request), stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

export const virtualFetch: Replacement = replaceFunction(
  [globalThis as { fetch: typeof fetch }],
  "fetch",
  (original) =>
    (...parameters) => {
      const scope = currentScope();
      return scope === undefined ? original(...parameters) : answered(scope, parameters);
    },
);
