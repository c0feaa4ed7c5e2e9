import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type OutgoingHttpHeaders } from "node:http";
import { after, test } from "node:test";
import type { Limit } from "../../src/define/system.ts";
import { createSecrets } from "../../src/systems/secrets.ts";
import { createSystems } from "../../src/systems/systems.ts";
import { createWorld } from "../../src/world/world.ts";
import { aRead, aSystem } from "./declared.ts";

// A server of its own that asks to be left alone, in every dialect, and counts who calls all the same. What was under way when it said so cannot be
// called back, so the first second is not counted: on a busy machine they take that long to arrive.

const world = createWorld({ env: {} });
after(() => world.close());
const signal = new AbortController().signal;
const underWayMs = 1_000;
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

interface Counted {
  readonly origin: string;
  /** Calls that came within the stop, after those that were under way. */
  inside: number;
  after: number;
  close(): void;
}

/** Answers well, then once in a dialect, then well again. */
async function server(said: Said, wellFirst: number): Promise<Counted> {
  let calls = 0;
  let saidAtMs = Number.POSITIVE_INFINITY;
  const http = createServer((_request, response) => {
    const nowMs = performance.now();
    calls += 1;
    if (calls === wellFirst) {
      saidAtMs = nowMs;
      const { status, headers } = said();
      response.writeHead(status, headers).end();
      return;
    }
    if (nowMs > saidAtMs + underWayMs && nowMs < saidAtMs + stopS * 1_000) counted.inside += 1;
    if (nowMs >= saidAtMs + stopS * 1_000) counted.after += 1;
    setTimeout(() => response.writeHead(200).end(), 5);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as { port: number };
  const counted: Counted = {
    origin: `http://127.0.0.1:${port}`,
    inside: 0,
    after: 0,
    close: () => {
      http.closeAllConnections();
      http.close();
    },
  };
  return counted;
}

const callers = 12;
const limits: readonly Limit[] = [{ kind: "concurrent", count: callers }];

async function callAndCount(said: Said): Promise<void> {
  const systems = createSystems(world, { secrets: createSecrets(world.env, () => ""), emit: () => undefined });
  const counted = await server(said, 40);
  const system = aSystem({ name: "books", baseUrl: new URL(counted.origin), limits });
  const change = aRead({ system, path: "/" });
  let well = 0;
  const caller = async (name: string): Promise<void> => {
    for (let call = 0; call < 10; call++) {
      const permit = await systems.enter(system, { record: `${name}-${call}`, waitMsMax: 20_000, signal });
      const options = { signal, beforeSend: () => permit.check(), idempotencyKey: "", attempt: 1 };
      const outcome = await systems.send(change, systems.prepare(change, ""), options);
      if (permit.recalled !== undefined) permit.unsent();
      else permit.release(outcome);
      if (outcome.name === "done") well += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: callers }, (_, index) => caller(`c${index}`)));
  } finally {
    counted.close();
    await systems.stop();
  }
  assert.equal(counted.inside, 0, `${counted.inside} calls came within the stop`);
  assert.ok(counted.after >= 50, `${counted.after} calls came after it`);
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
