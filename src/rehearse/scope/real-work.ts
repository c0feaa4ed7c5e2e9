// Which real work a rehearsal has begun. Node tells of every asynchronous resource when it begins and after its callback has run; those
// that user code has begun are counted until then, and time waits for them. Promises are not looked at: they are only of interest for what
// they wait for, and watching them would cost more than everything else here.
import { AsyncResource, createHook } from "node:async_hooks";
import { type Replacement, replaceFunction } from "./replace.ts";
import { currentScope } from "./scope.ts";
import type { Piece, UnderWay } from "./under-way.ts";
import { traceHere } from "./user-line.ts";

/** These run before anything else does, without a turn of the event loop. */
const runAtOnce: ReadonlySet<string> = new Set(["Microtask", "PROMISE"]);

/**
 * What begins nothing by being there: handles wait for somebody else, and output to a terminal or
 * a pipe changes nothing. Everything else is work, so that what a native module or a newer Node calls by a new name is waited for.
 */
const noWork: ReadonlySet<string> = new Set([
  ...["MESSAGEPORT", "TTYWRAP", "PIPEWRAP", "WRITEWRAP", "SHUTDOWNWRAP"],
  ...["TCPWRAP", "TLSWRAP", "UDPWRAP", "TCPSERVERWRAP", "PIPESERVERWRAP", "JSSTREAM", "STREAMPIPE", "DNSCHANNEL"],
  ...["HTTPCLIENTREQUEST", "HTTPINCOMINGMESSAGE", "HTTP2SESSION", "HTTP2STREAM", "HTTP2SETTINGS", "HTTP2PING"],
  ...["FILEHANDLE", "DIRHANDLE", "PROCESSWRAP", "ELDHISTOGRAM"],
]);

/** These call back more than once: they end when they are closed. */
const untilClosed: ReadonlySet<string> = new Set(["FSEVENTWRAP", "STATWATCHER", "WORKER"]);

/** These are there for long, and work only while one of their methods does. */
const worksWithin: Readonly<Record<string, string>> = { ZLIB: "write", BLOBREADER: "pull" };

/** A job of node:crypto works from `run` on; one that was to be done at once has run when that returns, and gives a list. */
const isCryptoJob = (type: string): boolean => type.endsWith("REQUEST");

const words: Readonly<Record<string, string>> = {
  Timeout: "a real timer, taken from Node before the rehearsal",
  Immediate: "a real timer, taken from Node before the rehearsal",
  FSREQCALLBACK: "a file operation",
  FSREQPROMISE: "a file operation",
  FILEHANDLECLOSEREQ: "the closing of a file",
  FSEVENTWRAP: "a file watcher",
  STATWATCHER: "a file watcher",
  ZLIB: "compression",
  BLOBREADER: "the reading of a blob",
  WORKER: "a thread",
};

/** What a resource has under way: a handle may begin its next piece while it tells that the last one has ended. */
interface Resource {
  readonly underWay: UnderWay;
  readonly pieces: Piece[];
  readonly type: string;
  /** Only of a timer: of most handles Node tells that they ended when nobody holds them any more. */
  readonly timer: object | undefined;
}

/** Whether it calls back again. Node tells that an interval was cleared, but only some turns later that a timer is over. */
function goesOn({ type, timer }: Resource): boolean {
  return timer === undefined ? untilClosed.has(type) : "_repeat" in timer && timer._repeat !== null;
}

const resources = new Map<number, Resource>();

function begin({ underWay, pieces, type }: Resource): void {
  const piece = { what: words[type] ?? `real work (${type})`, begun: traceHere() };
  pieces.push(piece);
  underWay.begin(piece);
}

type Call = (...parameters: unknown[]) => unknown;
/** Counts each call of `method` on this handle, which others do not see. */
function beginWithin(id: number, resource: Resource, handle: Record<string, Call>, method: string): void {
  const original = handle[method];
  handle[method] = (...parameters) => {
    begin(resource);
    const answer = original?.apply(handle, parameters);
    if (!Array.isArray(answer)) return answer;
    end(resource);
    // Nothing will be told of it again, and with it its night would be kept.
    resources.delete(id);
    return answer;
  };
}

function end({ underWay, pieces }: Resource): void {
  const ended = pieces.shift();
  if (ended !== undefined) underWay.end(ended);
}

const hook = createHook({
  trackPromises: false,
  init(id, type, _trigger, handle) {
    if (runAtOnce.has(type)) return;
    const underWay = currentScope()?.underWay;
    // A library's own resource says where it is, not that something is under way.
    if (underWay === undefined || handle instanceof AsyncResource) return;
    if (type === "TickObject") {
      underWay.ticks += 1;
      return;
    }
    if (noWork.has(type)) {
      underWay.needsTurns = true;
      return;
    }
    const resource: Resource = { underWay, pieces: [], type, timer: type === "Timeout" ? handle : undefined };
    resources.set(id, resource);
    const method = isCryptoJob(type) ? "run" : worksWithin[type];
    if (method === undefined) begin(resource);
    else beginWithin(id, resource, handle as Record<string, Call>, method);
  },
  after(id) {
    const resource = resources.get(id);
    if (resource !== undefined && !goesOn(resource)) end(resource);
  },
  destroy(id) {
    const resource = resources.get(id);
    for (const piece of resource?.pieces ?? []) resource?.underWay.end(piece);
    resources.delete(id);
  },
});

function watched(): () => void {
  hook.enable();
  return () => {
    hook.disable();
    resources.clear();
  };
}

const compiling = ["compile", "instantiate", "compileStreaming", "instantiateStreaming"] as const;
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: Record<(typeof compiling)[number], (...parameters: unknown[]) => Promise<unknown>>;
};

/** V8 does these in threads of its own, of which Node tells nothing. */
const byV8 = compiling.map((name) =>
  replaceFunction([WebAssembly], name, (original) => (...parameters) => {
    const answer = original(...parameters);
    const underWay = currentScope()?.underWay;
    if (underWay === undefined) return answer;
    const piece = { what: `WebAssembly.${name}`, begun: traceHere() };
    underWay.begin(piece);
    const ended = (): void => underWay.end(piece);
    answer.then(ended, ended);
    return answer;
  }),
);

export const realWork: readonly Replacement[] = [watched, ...byV8];
