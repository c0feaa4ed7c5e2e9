// What a tenant, a record or an answer could name to make Waybill call the machine it runs on: nobody there may see so much as a connection.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { after, before, test } from "node:test";
import { secret } from "../../src/define/secret.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { following } from "../../src/systems/redirect.ts";
import { createSecrets } from "../../src/systems/secrets.ts";
import { createSystems } from "../../src/systems/systems.ts";
import type { Resolve } from "../../src/world/addresses.ts";
import { systemClock } from "../../src/world/clock.ts";
import { createTransport } from "../../src/world/undici-transport.ts";
import { createWorld } from "../../src/world/world.ts";
import { answer, destination } from "../world/destination.ts";
import { aChange, aRead, aSystem } from "./declared.ts";

/** Listens on one port of every address that this machine calls itself by, and counts. */
const listeners: Server[] = [];
let connections = 0;
let port = 0;

before(async () => {
  for (const host of ["127.0.0.1", "::1"]) {
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    const listening = await new Promise<boolean>((listened) =>
      server.once("error", () => listened(false)).listen(port, host, () => listened(true)),
    );
    if (!listening) continue;
    listeners.push(server);
    ({ port } = server.address() as { port: number });
  }
});
after(() => {
  for (const server of listeners) server.close();
});

/** What names resolve to, and how often they were asked for. */
const names = new Map<string, readonly string[][]>();
const asked = new Map<string, number>();
const resolve: Resolve = (host, _options, callback) => {
  const answers = names.get(host) ?? [["127.0.0.1"]];
  const times = asked.get(host) ?? 0;
  asked.set(host, times + 1);
  const found = answers[Math.min(times, answers.length - 1)] ?? [];
  callback(
    null,
    found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
  );
};

const transport = createTransport(systemClock, undefined, resolve);
after(() => transport.close());
const world = { ...createWorld({ env: { TOKEN: "token-value" } }), transport: transport.send };
const systems = createSystems(world, { secrets: createSecrets(world.env, () => ""), emit: () => undefined });
const options = {
  signal: new AbortController().signal,
  beforeSend: () => undefined,
  idempotencyKey: "a-key",
  attempt: 1,
} as const;
const auth = { kind: "bearer", token: secret("TOKEN") } as const;

let named = 0;
const post = (baseUrl: string, timeoutMs = 1_000): Promise<Outcome> => {
  const system = aSystem({
    name: `system-${++named}`,
    baseUrl: new URL(baseUrl),
    privateAllowed: false,
    auth,
    timeoutMs,
  });
  const change = aChange({ system, json: {} });
  return systems.send(change, systems.prepare(change, "a-key"), options);
};

const hosts = [
  ...["127.0.0.1", "127.1", "127.0.0.1.", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001"],
  ...["0", "0.0.0.0", "127.255.255.254", "①②⑦.⓪.⓪.①", "127。0。0。1", "%31%32%37.0.0.1", "user:password@127.0.0.1"],
  ...["[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::7f00:1]"],
  ...["[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fd00::1]", "[ff02::1]"],
  ...[
    "169.254.169.254",
    "168.63.129.16",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
  ],
  ...["100.64.0.1", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255"],
  ...["localhost", "LOCALHOST", "localhost.", "any.localhost", "metadata.google.internal", "printer.local"],
];

test("a host that is not out in the internet is not connected to, however it is spelt", async () => {
  for (const host of hosts) {
    const outcome = await post(`http://${host}:${port}`);
    assert.deepEqual([host, outcome.name, outcome.sent], [host, "failed-permanent", "no"]);
    assert.match("why" in outcome ? outcome.why : "", /not a public address/, host);
  }
  assert.equal(connections, 0);
});

test("a name that resolves to nothing for a moment is unavailable, and tried again: no record dies of it", async () => {
  names.set("glitch.example", [[]]);
  const outcome = await post(`http://glitch.example:${port}`);
  assert.deepEqual([outcome.name, outcome.sent], ["unavailable", "no"]);
  assert.match("why" in outcome ? outcome.why : "", /glitch\.example has no address at present/);
  assert.equal(connections, 0);
});

test("a name that resolves to such an address is not connected to, alone or among others", async () => {
  const addresses = [
    "127.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "::7f00:1",
    "0.0.0.0",
    "::",
    "169.254.169.254",
    "fe80::1%lo",
  ];
  for (const [index, address] of addresses.entries()) {
    names.set(`name-${index}.example`, [[address, "10.0.0.1"]]);
    const outcome = await post(`http://name-${index}.example:${port}`);
    assert.deepEqual([address, outcome.name, outcome.sent], [address, "failed-permanent", "no"]);
  }
  assert.equal(connections, 0);
});

test("a name is resolved once for a connection: what it resolves to a moment later gains nothing", async () => {
  // Out in the internet by its number, and given to nobody: nothing answers there.
  const nowhere = "2d00::1";
  names.set("rebinding.example", [[nowhere], ["127.0.0.1"], [nowhere, "127.0.0.1"], ["127.0.0.1", nowhere]]);
  for (let tries = 1; tries <= 4; tries++) {
    const outcome = await post(`http://rebinding.example:${port}`, 200);
    assert.deepEqual([outcome.sent, asked.get("rebinding.example")], ["no", tries]);
  }
  assert.equal(connections, 0);
});

const elsewhere = (): string[] => [
  `http://127.0.0.1:${port}/`,
  `//127.0.0.1:${port}/`,
  `http://localhost:${port}/v2/invoices`,
  `http://user@localhost:${port}/`,
  `\\\\127.0.0.1:${port}\\`,
  `http:\t//127.0.0.1:${port}`,
  `https://[::1]:${port}/`,
  "file:///etc/passwd",
  "gopher://127.0.0.1/x",
];

test("an answer that sends a read or a write to another host or port sends it nowhere, and no secret with it", async () => {
  let location = "";
  const there = await destination((socket) => socket.write(answer(307, "", { location })));
  try {
    const system = aSystem({ name: "sends-on", baseUrl: new URL(there.origin), auth });
    let calls = 0;
    for (location of elsewhere()) {
      const read = aRead({ system });
      const got = await following((at) => systems.send(read, systems.prepare(read, ""), { ...options, at }));
      const change = aChange({ system, json: {} });
      const posted = await systems.send(change, systems.prepare(change, "a-key"), options);
      calls += 2;
      assert.deepEqual([location, got.name, posted.name], [location, "failed-permanent", "failed-permanent"]);
      assert.equal(there.requests.length, calls, location);
    }
    assert.equal(connections, 0);
  } finally {
    await there.close();
  }
});

test("no path leads a request to another host", async () => {
  const there = await destination((socket) => socket.write(answer(200, "{}")));
  try {
    const system = aSystem({ name: "paths", baseUrl: new URL(there.origin) });
    let sent = 0;
    const paths = [
      "@127.0.0.1/",
      ":1/",
      "\\\\127.0.0.1/",
      "/\\127.0.0.1/",
      "?http://127.0.0.1/",
      "#@127.0.0.1",
      "/@127.0.0.1",
    ];
    for (const path of [...paths, ...elsewhere(), `/x\r\nHost: 127.0.0.1:${port}\r\n\r\nGET /`]) {
      const read = aRead({ system, path });
      try {
        const got = await systems.send(read, systems.prepare(read, ""), options);
        assert.equal(got.name, "done", path);
        sent += 1;
      } catch (thrown) {
        assert.equal((thrown as { code?: string }).code, "effect-misused", path);
      }
      assert.equal(there.requests.length, sent, path);
    }
    assert.ok(sent >= paths.length, `${sent} of the paths were sent to the system itself`);
    for (const request of there.requests)
      assert.match(request, new RegExp(`\\r\\nhost: ${new URL(there.origin).host}\\r\\n`, "i"));
    assert.equal(connections, 0);
  } finally {
    await there.close();
  }
});

test("the listener would have counted", async () => {
  const system = aSystem({ name: "meant", baseUrl: new URL(`http://localhost:${port}`), privateAllowed: true });
  const change = aChange({ system, json: {} });
  await systems.send(change, systems.prepare(change, "a-key"), options);
  assert.ok(connections > 0);
});
