import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { createSecrets } from "../../src/systems/secrets.ts";
import { createSystems } from "../../src/systems/systems.ts";
import { createWorld } from "../../src/world/world.ts";
import { aRead, aSystem } from "./declared.ts";

const world = createWorld({ env: {} });
after(() => world.close());
const signal = new AbortController().signal;

/** Takes so many at once, refuses the rest, and says nothing about it in any header. */
async function server(takes: number) {
  const counts = { underWay: 0, taken: 0, refused: 0, most: 0 };
  const http = createServer((_request, response) => {
    if (counts.underWay >= takes) {
      counts.refused += 1;
      response.writeHead(429).end();
      return;
    }
    counts.underWay += 1;
    counts.taken += 1;
    counts.most = Math.max(counts.most, counts.underWay);
    setTimeout(() => {
      counts.underWay -= 1;
      response.writeHead(200).end();
    }, 8);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as { port: number };
  return { counts, origin: `http://127.0.0.1:${port}`, close: () => http.close() };
}

/** So many callers, each of whom comes again when it is refused. */
async function callUntil(taken: number, takes: number, declared: number) {
  const there = await server(takes);
  const systems = createSystems(world, { secrets: createSecrets(world.env, () => ""), emit: () => undefined });
  const limits = [{ kind: "concurrent", count: declared }] as const;
  const system = aSystem({ name: "books", baseUrl: new URL(there.origin), limits });
  const change = aRead({ system, path: "/" });
  let calls = 0;
  const caller = async (): Promise<void> => {
    while (there.counts.taken < taken) {
      const permit = await systems.enter(system, { record: `r-${calls++}`, waitMsMax: 10_000, signal });
      const options = { signal, beforeSend: () => undefined, idempotencyKey: "", attempt: 1 };
      permit.release(await systems.send(change, systems.prepare(change, ""), options));
    }
  };
  try {
    await Promise.all(Array.from({ length: declared }, caller));
    return { ...there.counts, atOnce: systems.state().find(({ name }) => name === "books")?.atOnce };
  } finally {
    there.close();
    await systems.stop();
  }
}

test("a system that takes fewer at once than is declared, and says so only by refusing, is soon refused little", async (t) => {
  const { taken, refused, atOnce } = await callUntil(2_000, 8, 64);
  t.diagnostic(`${taken} taken, ${refused} refused, ${atOnce?.most} at once in the end`);
  assert.ok(atOnce !== null && atOnce !== undefined, "a bound was found");
  assert.match(atOnce.why, /refuses calls for their number/);
  // With 64 at once against 8, nearly all would be refused, over and over.
  assert.ok(refused < taken / 4, `${refused} refused of ${refused + taken}`);
});

test("a system that takes as many as are declared is held back by nothing", async () => {
  const { refused, atOnce, most } = await callUntil(2_000, 64, 64);
  assert.equal(refused, 0);
  assert.equal(atOnce, null);
  assert.ok(most >= 32, `${most} at once`);
});
