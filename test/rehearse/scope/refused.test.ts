import assert from "node:assert/strict";
import childProcess, { exec, execFile, execSync, fork, spawn, spawnSync } from "node:child_process";
import dgram from "node:dgram";
import dns, { lookup } from "node:dns";
import dnsPromises from "node:dns/promises";
import { once } from "node:events";
import http, { get as namedGet } from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { after, test } from "node:test";
import tls from "node:tls";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { Agent, Client, Pool, fetch as undiciFetch, request as undiciRequest } from "undici";
import { isRefusal } from "../../../src/rehearse/scope/refuse.ts";
import { replaceGlobals, within } from "../../../src/rehearse/scope/within.ts";
import { type VirtualWorld, virtualWorld } from "./virtual-world.ts";

/** The real system that a rehearsal must never reach, and what it got. */
const reached: string[] = [];
const server = http.createServer((request, response) => {
  reached.push(`${request.method} ${request.url}`);
  response.end("real");
});
const http2Server = http2.createServer();
http2Server.on("stream", (stream, headers) => {
  reached.push(`h2 ${headers[":path"]}`);
  stream.respond();
  stream.end("real");
});
await Promise.all([server, http2Server].map((one) => once(one.listen(0, "127.0.0.1"), "listening")));
const port = (server.address() as AddressInfo).port;
const origin = `http://127.0.0.1:${port}`;
const http2Origin = `http://127.0.0.1:${(http2Server.address() as AddressInfo).port}`;

// What an SDK makes when it is loaded, before any rehearsal.
const realFetch = fetch;
const pool = new Pool(origin);
const client = new Client(origin);
const keepAlive = new http.Agent({ keepAlive: true, maxSockets: 1 });
const session = http2.connect(http2Origin);
const datagrams = dgram.createSocket("udp4");
after(async () => {
  await Promise.all([pool.destroy(), client.destroy()]);
  keepAlive.destroy();
  session.destroy();
  datagrams.close();
  server.close();
  server.closeAllConnections();
  http2Server.close();
});

const getBy = (options: http.RequestOptions): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = http.request(`${origin}/agent`, options, async (response) =>
      resolve(String(await Array.fromAsync(response))),
    );
    request.on("error", reject).end();
  });
const getBySession = async (): Promise<string> => {
  const stream = session.request({ ":path": "/session" });
  return String(await Array.fromAsync(stream));
};

/** Waits as a user does: for the first event that says how it went. */
async function firstOf(emitter: NodeJS.EventEmitter, event: string): Promise<unknown> {
  return once(emitter, event);
}

/** Every client there is, and how it asks for something real. */
const clients: [name: string, ask: () => Promise<unknown>, says: RegExp][] = [
  ["net.connect", () => firstOf(net.connect(port, "127.0.0.1"), "connect"), /a connection to 127\.0\.0\.1:\d+/],
  [
    "net.connect by name",
    () => firstOf(net.connect({ port: 5432, host: "db.example.com" }), "connect"),
    /db\.example\.com:5432/,
  ],
  ["net.connect to this machine", () => firstOf(net.connect(5432), "connect"), /localhost:5432/],
  ["net.connect to a path", () => firstOf(net.connect("/var/run/db.sock"), "connect"), /\/var\/run\/db\.sock/],
  ["net.Socket", () => firstOf(new net.Socket().connect({ path: "/var/run/db.sock" }), "connect"), /db\.sock/],
  ["tls.connect", () => firstOf(tls.connect(443, "api.example.com"), "secureConnect"), /api\.example\.com:443/],
  ["http.get", () => firstOf(http.get(`${origin}/get`), "response"), /127\.0\.0\.1:\d+/],
  ["http.get by name", () => firstOf(namedGet(`${origin}/get`), "response"), /127\.0\.0\.1:\d+/],
  [
    "http.request with a body",
    () => firstOf(http.request(`${origin}/post`, { method: "POST" }).end("order"), "response"),
    /127/,
  ],
  ["https.get", () => firstOf(https.get("https://api.example.com/"), "response"), /api\.example\.com:443/],
  ["http2.connect", () => firstOf(http2.connect("https://api.example.com"), "connect"), /api\.example\.com:443/],
  ["an agent that keeps connections", () => getBy({ agent: keepAlive }), /127\.0\.0\.1:\d+/],
  ["an HTTP/2 session from before", getBySession, /a request to 127\.0\.0\.1:\d+/],
  ["undici's request", () => undiciRequest(`${origin}/undici`), /127\.0\.0\.1:\d+/],
  ["undici's fetch", () => undiciFetch(`${origin}/undici`), /127\.0\.0\.1:\d+/],
  ["undici's Agent", () => new Agent().request({ origin, path: "/agent", method: "GET" }), /127\.0\.0\.1:\d+/],
  [
    "an undici Pool from before",
    () => pool.request({ path: "/pool", method: "POST", body: "order" }),
    /127\.0\.0\.1:\d+/,
  ],
  ["an undici Client from before", () => client.request({ path: "/client", method: "GET" }), /127\.0\.0\.1:\d+/],
  ["a fetch that was kept from before", () => realFetch(`${origin}/fetch`), /127\.0\.0\.1:\d+/],
  ["a server", () => firstOf(net.createServer().listen(0), "listening"), /a server that listens on localhost:0/],
  ["dgram.send", () => sent(dgram.createSocket("udp4")), /a datagram socket/],
  ["dgram.send of a socket from before", () => sent(datagrams), /a datagram socket/],
  ["dgram.bind", () => firstOf(dgram.createSocket("udp4").bind(0), "listening"), /a datagram socket/],
  ["dns.lookup", () => promisify(lookup)("api.example.com"), /looking up api\.example\.com/],
  ["dns.resolve4", () => promisify(dns.resolve4)("api.example.com"), /looking up api\.example\.com/],
  ["dns.promises", () => dns.promises.resolveMx("example.com"), /looking up example\.com/],
  ["node:dns/promises", () => dnsPromises.lookup("example.com"), /looking up example\.com/],
  ["a resolver", () => new dnsPromises.Resolver().resolveTxt("example.com"), /looking up example\.com/],
  [
    "a resolver with callbacks",
    () => promisify(new dns.Resolver().resolve4.bind(new dns.Resolver()))("example.com"),
    /example\.com/,
  ],
];

function sent(socket: dgram.Socket): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.send("order", port, "127.0.0.1", (error) => (error === null ? resolve(undefined) : reject(error)));
  });
}

/** What asks for another process or thread. */
const processes: [name: string, ask: () => unknown, says: RegExp][] = [
  ["spawn", () => spawn("curl", [origin]), /starting the process curl/],
  ["exec", () => promisify(exec)(`curl ${origin}`), /starting the process \S*sh/],
  ["execFile", () => promisify(execFile)("curl", [origin]), /starting the process curl/],
  ["fork", () => fork("child.js"), /starting the process \S+/],
  ["spawnSync", () => spawnSync("curl", [origin]), /starting the process curl/],
  ["execSync", () => execSync(`curl ${origin}`), /starting the process curl/],
  ["execFileSync", () => childProcess.execFileSync("curl", [origin]), /starting the process curl/],
  ["a thread", () => new Worker("console.log(1)", { eval: true }), /starting the thread/],
];

const thisFile = /^test\/rehearse\/scope\/refused\.test\.ts:\d+$/;

async function refused(name: string, ask: () => unknown, says: RegExp, code: string): Promise<VirtualWorld> {
  const world = virtualWorld();
  await within(world, async ({ quiet }) => {
    const failed = await (async () => ask())().then(
      () => assert.fail(`${name} was let through`),
      (error: unknown) => error,
    );
    assert.ok(isRefusal(failed), `${name} failed otherwise: ${failed}`);
    const { error = failed, cause = error } = failed as { error?: unknown; cause?: unknown };
    const { name: errorName, code: errorCode, message, hint } = cause as Record<string, string>;
    assert.deepEqual([errorName, errorCode], ["WaybillError", code], name);
    assert.match(message ?? "", says);
    assert.match(hint ?? "", /simulate/);
    assert.equal(await quiet(), "quiet", name);
  });
  const [violation] = world.violations;
  assert.match(violation?.what ?? "", says);
  return world;
}

test("no client reaches a real system from a rehearsal, whenever it was made", async () => {
  // Connections that are open and idle, as a process that has worked has them.
  await getBy({ agent: keepAlive });
  await getBySession();
  for (const dispatcher of [pool, client]) await (await dispatcher.request({ path: "/", method: "GET" })).body.text();
  reached.length = 0;
  for (const [name, ask, says] of clients) {
    const { violations } = await refused(name, ask, says, "real-socket");
    assert.match(violations[0]?.line ?? "", thisFile, name);
    assert.ok(
      violations.every(({ kind }) => kind === "socket" || kind === "lookup"),
      name,
    );
  }
  assert.deepEqual(reached, []);
});

test("no process and no thread starts from a rehearsal", async () => {
  for (const [name, ask, says] of processes) {
    const { violations } = await refused(name, ask, says, "real-process");
    assert.match(violations[0]?.line ?? "", thisFile, name);
    assert.deepEqual(
      violations.map(({ kind }) => kind),
      ["process"],
      name,
    );
  }
  const worker = new Worker("require('node:worker_threads').parentPort.on('message', () => {})", { eval: true });
  await once(worker, "online");
  await refused(
    "a message to a thread from before",
    () => worker.postMessage("order"),
    /a message to a thread/,
    "real-process",
  );
  await worker.terminate();
});

test("while a rehearsal runs, everybody else reaches real systems as always", async () => {
  const release = replaceGlobals();
  reached.length = 0;
  assert.equal(await getBy({ agent: keepAlive }), "real");
  assert.equal(await getBySession(), "real");
  assert.equal(await (await pool.request({ path: "/pool", method: "GET" })).body.text(), "real");
  assert.equal(await (await fetch(`${origin}/fetch`)).text(), "real");
  assert.equal(String(await promisify(execFile)(process.execPath, ["-p", "1"]).then(({ stdout }) => stdout)), "1\n");
  assert.equal((await dnsPromises.lookup("127.0.0.1")).address, "127.0.0.1");
  release();
  assert.deepEqual(reached, ["GET /agent", "h2 /session", "GET /pool", "GET /fetch"]);
});

test("a request that would wait for a connection that somebody else uses is refused at once, not sent later", async () => {
  const one = new Pool(origin, { connections: 1 });
  reached.length = 0;
  const theirs = one.request({ path: "/theirs", method: "GET" });
  await refused(
    "a queued request",
    () => one.request({ path: "/queued", method: "POST", body: "order" }),
    /a request, POST http:.*\/queued/,
    "real-socket",
  );
  await (await theirs).body.text();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const theirsToo = getBy({ agent });
  await refused("a request in an agent's queue", () => getBy({ agent }), /./, "real-socket");
  await theirsToo;
  assert.deepEqual(reached, ["GET /theirs", "GET /agent"]);
  await one.destroy();
  agent.destroy();
});

test("a refusal that nobody listens for does not end the process, and is told once", async () => {
  const carelessly: [name: string, ask: () => unknown][] = [
    ["a socket", () => net.connect(5432, "db.example.com").write("query")],
    ["a TLS socket", () => tls.connect(443, "api.example.com")],
    ["a request", () => http.get(`${origin}/get`)],
    ["a session", () => http2.connect("https://api.example.com").request({ ":path": "/" })],
    ["a server", () => net.createServer().listen(0)],
    ["a datagram", () => dgram.createSocket("udp4").send("order", port)],
    ["a lookup", () => dnsPromises.lookup("example.com")],
    ["a fetch", () => realFetch(`${origin}/fetch`)],
    [
      "a wrapped one",
      async () => {
        await dnsPromises.lookup("example.com").catch((cause) => {
          throw new Error("the order was not sent", { cause });
        });
      },
    ],
    ["a process in a callback", () => setTimeout(() => spawn("curl"), 5)],
    ["a process in a tick", () => process.nextTick(() => spawn("curl"))],
  ];
  for (const [name, ask] of carelessly) {
    const world = virtualWorld();
    await within(world, async ({ quiet }) => {
      void ask();
      await quiet();
      await world.clock.pass(10);
    });
    assert.equal(world.violations.length, 1, `${name}: ${JSON.stringify(world.violations)}`);
  }
});

test("a WebSocket is refused, and fails as if its server were not there", async () => {
  const world = virtualWorld();
  const happened = await within(world, async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/feed`);
    return new Promise((resolve) => {
      socket.onopen = () => resolve("open");
      socket.onerror = () => resolve("error");
    });
  });
  assert.equal(happened, "error");
  assert.deepEqual(
    world.violations.map(({ kind, what }) => [kind, what]),
    [["socket", `a request, GET ${origin}/feed`]],
  );
});

test("what a program prints is no call to anybody", async () => {
  const world = virtualWorld();
  await within(world, async () => {
    process.stdout.write("");
    console.log("a line from user code");
    process.stderr.write("");
  });
  assert.deepEqual(world.violations, []);
});
