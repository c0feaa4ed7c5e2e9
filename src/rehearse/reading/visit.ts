import { AsyncLocalStorage } from "node:async_hooks";
import type { Call } from "../../define/source.ts";
import type { SimulatedSource } from "./simulated-source.ts";

// Which source's code a request comes from: a request through a system says it itself, and what the code fetches by itself is known by the
// asynchronous context.

const asked = Symbol("waybill.rehearsed.source");
const visits = new AsyncLocalStorage<SimulatedSource>();

/** Runs a source's own code, so that what it asks for is known to be its own. */
export function visiting<T>(source: SimulatedSource, call: Call, fetch: (call: Call) => Promise<T>): Promise<T> {
  const marked: Call = (request) =>
    call(
      typeof request === "object" && request !== null ? Object.assign({ ...request }, { [asked]: source }) : request,
    );
  return visits.run(source, () => fetch(marked));
}

/** Whose request it is, where a source asked. */
export function sourceAsking(change: unknown): SimulatedSource | undefined {
  return (change as { readonly [asked]?: SimulatedSource } | undefined)?.[asked];
}

/** Whose code is running. */
export function sourceRunning(): SimulatedSource | undefined {
  return visits.getStore();
}
