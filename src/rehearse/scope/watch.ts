import { url as debuggerUrl } from "node:inspector";
import { Worker } from "node:worker_threads";
import type { WatchData } from "./watch-thread.ts";

// Code that never waits for anything (`while (true)`) keeps its thread to itself: no timer rings there any more, and a rehearsal in the same thread would
// stand still for ever. So another thread looks whether turns of the event loop still come. Where none does for a while, it has the debugger say which line
// runs, says so, and ends the process: nothing else ends such a loop.

export interface Watch extends Disposable {
  /** Called again and again, as long as turns come. */
  turn(): void;
}

/** dist has no .ts, and a checkout no .js. */
const threadUrl = new URL(import.meta.url.endsWith(".ts") ? "./watch-thread.ts" : "./watch-thread.js", import.meta.url);

/**
 * Watches the thread that calls it, until it is disposed of. Under a debugger nothing is watched: whoever stands at a breakpoint is in no hurry.
 *
 * @param what is rehearsed, as a phrase for whoever reads that it was ended.
 * @example
 * using watch = watching("the rehearsal of orders");
 */
export function watching(what: string): Watch {
  const turns = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const data: WatchData = { turns, what };
  const thread = debuggerUrl() === undefined ? new Worker(threadUrl, { workerData: data }) : undefined;
  thread?.unref();
  return {
    turn: () => void Atomics.add(turns, 0, 1),
    [Symbol.dispose]: () => void thread?.terminate(),
  };
}
