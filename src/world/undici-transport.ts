import type { LookupFunction, Socket } from "node:net";
import { buildConnector, Pool } from "undici";
import { AddressRefused, isPublicAddress, literalAddress, publicLookup, type Resolve } from "./addresses.ts";
import type { Clock } from "./clock.ts";
import { Deadlines } from "./deadlines.ts";
import { Exchange } from "./exchange.ts";
import type { Passing } from "./points.ts";
import type { TlsIdentity } from "./tls-identity.ts";
import type { Transport, WireAnswer, WireRequest } from "./transport.ts";

/** Connections to one origin. Limits keep it far lower; this is what keeps a process without limits from drowning a host. */
const connectionsMax = 256;
/** How long a connection may take to come up, TLS included. */
const connectMsMax = 10_000;

export interface OpenTransport {
  readonly send: Transport;
  /** Ends what is under way and closes all connections. */
  close(): Promise<void>;
}

/**
 * The real way out: one undici pool per origin, HTTP/1.1, one request at a time on a connection, no redirects followed, nothing ever repeated.
 *
 * @param resolve how names are resolved where only public addresses are allowed; as the operating system does by default.
 * @example
 * const { send, close } = createTransport(systemClock);
 * const answer = await send({ method: "GET", origin: "https://example.com", path: "/", headers: [], body: undefined, timeoutMs: 5_000, … });
 */
export function createTransport(clock: Clock, passing?: Passing, resolve?: Resolve): OpenTransport {
  const pools = new Map<string, Pool>();
  const privatePools = new Map<string, Pool>();
  const identified = new Map<TlsIdentity, Map<string, Pool>>();
  const deadlines = new Deadlines(clock);
  let closed = false;

  const poolOf = ({ origin, privateAllowed, tls }: WireRequest): Pool => {
    const known = tls !== undefined ? poolsOf(tls) : privateAllowed ? privatePools : pools;
    const name = tls !== undefined && privateAllowed ? `private ${origin}` : origin;
    let pool = known.get(name);
    if (pool === undefined) {
      pool = openPool(origin, privateAllowed ? undefined : publicLookup(resolve), tls);
      known.set(name, pool);
    }
    return pool;
  };
  const poolsOf = (tls: TlsIdentity): Map<string, Pool> => {
    const known = identified.get(tls) ?? new Map<string, Pool>();
    identified.set(tls, known);
    return known;
  };

  const send = (request: WireRequest): Promise<WireAnswer> =>
    new Promise((resolve) => {
      const exchange = new Exchange(request, resolve, passing);
      if (closed) return exchange.fail("aborted", "CLOSED", "the transport is closed");
      if (request.signal !== undefined) {
        if (request.signal.aborted) return exchange.fail("aborted", "ABORTED", "it was stopped from this side");
        exchange.watch(request.signal);
      }
      deadlines.enter(exchange, request.timeoutMs);
      try {
        poolOf(request).dispatch(
          {
            path: request.path,
            // undici takes any method; its type knows only some.
            method: request.method as "POST",
            headers: request.headers as string[],
            body: request.body ?? null,
          },
          exchange,
        );
      } catch (thrown) {
        exchange.onResponseError(null, thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    });

  return {
    send,
    async close() {
      closed = true;
      const all = [pools, privatePools, ...identified.values()].flatMap((some) => [...some.values()]);
      await Promise.all(all.map((pool) => pool.destroy()));
    },
  };
}

/** @param lookup resolves names to public addresses; undefined where private ones are allowed. */
function openPool(origin: string, lookup: LookupFunction | undefined, tls: TlsIdentity | undefined): Pool {
  const literal = literalAddress(new URL(origin).hostname);
  if (lookup !== undefined && literal !== undefined && !isPublicAddress(literal))
    throw new AddressRefused(origin, [literal]);
  const open = buildConnector({
    allowH2: false,
    timeout: connectMsMax,
    // Said aloud, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise switch it off for the whole process.
    rejectUnauthorized: true,
    ...(lookup === undefined ? {} : { lookup }),
    ...(tls === undefined ? {} : { secureContext: tls.context }),
  });
  const connect: buildConnector.connector = (options, callback) =>
    open(options, (...opened) => {
      const [error, socket] = opened;
      if (error !== null) return callback(error, null);
      // It was reset in the moment in which it stood: nobody knows where it was, and nothing has left.
      if (lookup !== undefined && socket.remoteAddress === undefined) {
        socket.destroy();
        return callback(Object.assign(new Error(`${origin} closed the connection`), closedAtOnce), null);
      }
      const refused = lookup === undefined ? undefined : refusal(origin, socket);
      if (refused === undefined) return callback(null, socket);
      socket.destroy();
      callback(refused, null);
    });
  // Timeouts are our own, over the whole exchange: undici's are coarse (300 ms became 998) and per stage.
  return new Pool(origin, { connect, connections: connectionsMax, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
}

/** The lookup has filtered already; what counts in the end is where the socket really is. */
function refusal(origin: string, { remoteAddress = "" }: Socket): AddressRefused | undefined {
  return isPublicAddress(remoteAddress) ? undefined : new AddressRefused(origin, [remoteAddress]);
}

const closedAtOnce = { code: "ECONNRESET", syscall: "connect" };
