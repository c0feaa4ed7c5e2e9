import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type OutgoingHttpHeaders } from "node:http";
import { after, test } from "node:test";
import type { Limit } from "../../src/define/system.ts";
import { createSecrets } from "../../src/systems/secrets.ts";
import { createSystems } from "../../src/systems/systems.ts";
import { createWorld } from "../../src/world/world.ts";
import { aRead, aSystem } from "./declared.ts";

// A server of its own that asks to be left alone, in every dialect, and sees who calls all the same. What had left before its answer was there cannot be
// called back, however long it takes to arrive; whatever leaves from then on is counted.

const world = createWorld({ env: {} });
after(() => world.close());
const signal = new AbortController().signal;
const stopS = 3;

const inS = (seconds: number): number => Math.ceil(Date.now() / 1_000) + seconds;

type Said = () => { readonly status: number; readonly headers: OutgoingHttpHeaders };

const dialects: Readonly<Record<string, Said>> = {
  "429 with Retry-After in seconds": () => ({ status: 429, headers: { "retry-after": `${stopS}` } }),
  "429 with Retry-After as a date": () => ({
    status: 429,
    headers: { "retry-after": new Date(inS(stopS) * 1_000).toUTCString(), date: new Date().toUTCString() },
  }),
  "503 with Retry-After in seconds": () => ({ status: 503, headers: { "retry-after": `${stopS}` } }),
  "502 with Retry-After in seconds": () => ({ status: 502, headers: { "retry-after": `${stopS}` } }),
  "413 with Retry-After in seconds": () => ({ status: 413, headers: { "retry-after": `${stopS}` } }),
  "200 with RateLimit": () => ({ status: 200, headers: { ratelimit: `"d";r=0;t=${stopS}` } }),
  "200 with RateLimit and its policy": () => ({
    status: 200,
    headers: { ratelimit: '"d";r=0', "ratelimit-policy": `"d";q=100;w=${stopS}` },
  }),
  "200 with the draft's dictionary": () => ({
    status: 200,
    headers: { ratelimit: `limit=100, remaining=0, reset=${stopS}` },
  }),
  "200 with RateLimit-Reset": () => ({
    status: 200,
    headers: { "ratelimit-remaining": "0", "ratelimit-reset": `${stopS}` },
  }),
  "200 with X-RateLimit in seconds from now": () => ({
    status: 200,
    headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${stopS}` },
  }),
  "200 with X-Rate-Limit in seconds since 1970": () => ({
    status: 200,
    headers: { "x-rate-limit-remaining": "0", "x-rate-limit-reset": `${inS(stopS)}` },
  }),
  "200 with X-RateLimit in milliseconds since 1970": () => ({
    status: 200,
    headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${Date.now() + stopS * 1_000}` },
  }),
  "200 with X-RateLimit as an ISO date": () => ({
    status: 200,
    headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": new Date(inS(stopS) * 1_000).toISOString() },
  }),
  "200 with X-RateLimit as a duration": () => ({
    status: 200,
    headers: { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": `${stopS}s` },
  }),
  "429 with a reset and no count": () => ({ status: 429, headers: { "x-ratelimit-reset": `${stopS}` } }),
};

interface Server {
  readonly origin: string;
  /** The paths of all that came. */
  readonly came: readonly string[];
  /** When it has asked to be left alone. */
  saidAtMs: number;
  close(): void;
}

const told = "x-told";

/** Answers well, then once in a dialect, then well again. */
async function server(said: Said, wellFirst: number): Promise<Server> {
  const came: string[] = [];
  const http = createServer(({ url = "" }, response) => {
    came.push(url);
    if (came.length === wellFirst) {
      seen.saidAtMs = performance.now();
      const { status, headers } = said();
      response.writeHead(status, { ...headers, [told]: "1" }).end();
      return;
    }
    setTimeout(() => response.writeHead(200).end(), 5);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as { port: number };
  const seen: Server = {
    origin: `http://127.0.0.1:${port}`,
    came,
    saidAtMs: Number.POSITIVE_INFINITY,
    close: () => {
      http.closeAllConnections();
      http.close();
    },
  };
  return seen;
}

const callers = 12;
const limits: readonly Limit[] = [{ kind: "concurrent", count: callers }];

async function callAndCount(said: Said): Promise<void> {
  const systems = createSystems(world, { secrets: createSecrets(world.env, () => ""), emit: () => undefined });
  const there = await server(said, 40);
  const system = aSystem({ name: "books", baseUrl: new URL(there.origin), limits });
  /** When each call left, and when the answer was here that asks for the stop. */
  const leftAtMs = new Map<string, number>();
  let toldAtMs = Number.POSITIVE_INFINITY;
  let well = 0;
  const caller = async (name: string): Promise<void> => {
    for (let call = 0; call < 10; call++) {
      const path = `/${name}-${call}`;
      const change = aRead({ system, path });
      const permit = await systems.enter(system, { record: path, waitMsMax: 20_000, signal });
      const beforeSend = (): void => {
        permit.check();
        leftAtMs.set(path, performance.now());
      };
      const options = { signal, beforeSend, idempotencyKey: "", attempt: 1 };
      const outcome = await systems.send(change, systems.prepare(change, ""), options);
      if (outcome.answer?.headers[told] !== undefined) toldAtMs = performance.now();
      if (permit.recalled !== undefined) permit.unsent();
      else permit.release(outcome);
      if (outcome.name === "done") well += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: callers }, (_, index) => caller(`c${index}`)));
  } finally {
    there.close();
    await systems.stop();
  }
  const overAtMs = there.saidAtMs + stopS * 1_000;
  const left = there.came.map((path) => leftAtMs.get(path) ?? 0);
  const inside = left.filter((atMs) => atMs > toldAtMs && atMs < overAtMs).length;
  const after = left.filter((atMs) => atMs >= overAtMs).length;
  assert.ok(toldAtMs < overAtMs, "the stop was told while it lasted");
  assert.equal(inside, 0, `${inside} calls left within the stop`);
  assert.ok(after >= 50, `${after} calls came after it`);
  assert.ok(well >= 100, `${well} calls went well`);
}

test("not one call comes within a stop, in whichever dialect it is told", { concurrency: true }, async (t) => {
  const all = Object.entries(dialects);
  await Promise.all(all.map(([dialect, said]) => t.test(dialect, { concurrency: true }, () => callAndCount(said))));
});

test("a policy that is stricter than what is declared is kept from the first answer on, counted by the server", async () => {
  const systems = createSystems(world, { secrets: createSecrets(world.env, () => ""), emit: () => undefined });
  const quota = 10;
  const arrivals: number[] = [];
  const http = createServer((_request, response) => {
    arrivals.push(performance.now());
    response.writeHead(200, { "ratelimit-policy": `"s";q=${quota};w=1` }).end();
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as { port: number };
  const declared: readonly Limit[] = [{ kind: "rate", count: 500, perMs: 1_000 }];
  const system = aSystem({ name: "books", baseUrl: new URL(`http://127.0.0.1:${port}`), limits: declared });
  const change = aRead({ system, path: "/" });
  const one = async (record: string): Promise<void> => {
    const permit = await systems.enter(system, { record, waitMsMax: 20_000, signal });
    const options = { signal, beforeSend: () => undefined, idempotencyKey: "", attempt: 1 };
    permit.release(await systems.send(change, systems.prepare(change, ""), options));
  };
  try {
    await one("first");
    await Promise.all(Array.from({ length: 39 }, (_, index) => one(`r-${index}`)));
  } finally {
    http.closeAllConnections();
    http.close();
    await systems.stop();
  }
  const most = Math.max(...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + 1_000).length));
  assert.equal(arrivals.length, 40);
  assert.ok(most <= quota, `${most} within one second`);
});
