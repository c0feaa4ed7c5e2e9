import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { json, projectFolder, started, until, waybill } from "./project.ts";

interface Balance {
  readonly balanced: boolean;
  readonly integrations: readonly { readonly name: string; readonly waiting: number; readonly delivered: number }[];
  readonly paused?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly actor: string;
    readonly why: string;
  }[];
}

const integrations = `
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const books = system("books", { baseUrl: process.env.BOOKS_URL ?? "http://127.0.0.1:1", breaker: false });
const crm = system("crm", { baseUrl: process.env.BOOKS_URL ?? "http://127.0.0.1:1", breaker: false });
const make = (name, to) =>
  integration(name, {
    source: push(),
    contract: z.object({ id: z.string() }),
    identify: (order) => ({ id: order.id }),
    async deliver(order, { effect }) {
      await effect("make", to.post("/" + name, { json: order, idempotency: byKey() }));
    },
  });
export const orders = make("orders", books);
export const contacts = make("contacts", crm);
`;

async function scene(t: TestContext) {
  const folder = projectFolder(t);
  writeFileSync(join(folder, "waybill.config.ts"), 'export default { integrations: "all.ts" };\n');
  writeFileSync(join(folder, "all.ts"), integrations);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}\n');
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? "");
    response.setHeader("content-type", "application/json").end('{"ok":true}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const env = { BOOKS_URL: `http://127.0.0.1:${(server.address() as { port: number }).port}` };
  return { folder, env, seen, start: () => started(t, folder, env) };
}

async function handIn(url: string, name: string, from: number, to: number): Promise<void> {
  const body = Array.from({ length: to - from + 1 }, (_, at) => `{"id":"${name}-${from + at}"}`).join("\n");
  const headers = { "content-type": "application/x-ndjson" };
  const sent = await fetch(`${url}/v1/integrations/${name}/records`, { method: "POST", body, headers });
  assert.equal(sent.status, 202);
}

const balance = async (url: string): Promise<Balance> => (await (await fetch(`${url}/v1/balance`)).json()) as Balance;
const bookOf = async (url: string, name: string) =>
  (await balance(url)).integrations.find((book) => book.name === name) as Balance["integrations"][number];
const delivered = (url: string, name: string, count: number): Promise<void> =>
  until(`${count} ${name} are delivered`, async () => (await bookOf(url, name)).delivered === count);
/** Long enough for whoever would deliver all the same. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));

test("a paused integration takes records in and delivers none, over a restart, until somebody resumes it", async (t) => {
  const { folder, seen, start } = await scene(t);
  const first = await start();
  await handIn(first.url, "orders", 1, 3);
  await delivered(first.url, "orders", 3);

  const paused = await waybill(folder, ["pause", "orders", "--why", "the books are being closed", "--actor", "ann"]);
  assert.equal(paused.code, 0, paused.stderr);
  assert.match(paused.stdout, /integration orders is paused\./);
  await handIn(first.url, "orders", 4, 8);
  await handIn(first.url, "contacts", 1, 2);
  await delivered(first.url, "contacts", 2);
  await aWhile();
  assert.equal((await bookOf(first.url, "orders")).waiting, 5);
  assert.equal(seen.filter((path) => path === "/orders").length, 3, "nothing goes out while it is paused");
  const books = await json<Balance>(folder, ["balance"]);
  assert.equal(books.balanced, true);
  assert.deepEqual(
    books.paused?.map(({ kind, name, actor, why }) => [kind, name, actor, why]),
    [["integration", "orders", "ann", "the books are being closed"]],
  );
  assert.match((await waybill(folder, ["pause", "orders"])).stdout, /paused already, since .* by ann: the books/);

  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  const second = await start();
  await until("start says what is paused", async () => /integration orders is paused by ann/.test(second.log()));
  await aWhile();
  assert.equal((await bookOf(second.url, "orders")).waiting, 5);

  const resumed = await waybill(folder, ["resume", "orders", "--why", "they are closed"]);
  assert.match(resumed.stdout, /orders goes on\./);
  await delivered(second.url, "orders", 8);
  assert.match((await waybill(folder, ["resume", "orders"])).stdout, /was not paused/);
});

test("records wait for a paused system without using up attempts, and go at once when it is resumed", async (t) => {
  const { folder, seen, start } = await scene(t);
  const running = await start();
  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${running.url}${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  assert.equal((await post("/v1/systems/books/pause", { actor: "bob", why: "maintenance" })).status, 200);
  await handIn(running.url, "orders", 1, 4);
  await handIn(running.url, "contacts", 1, 2);
  await delivered(running.url, "contacts", 2);
  await aWhile();
  assert.ok(!seen.includes("/orders"), "a paused system is called by nobody");
  const { records } = await json<{ records: { attempts: number; reason: string }[] }>(folder, [
    "records",
    "--integration",
    "orders",
  ]);
  assert.deepEqual(
    records.map(({ attempts, reason }) => [attempts, reason]),
    Array(4).fill([0, "books: it is paused"]),
  );
  const { systems } = (await (await fetch(`${running.url}/v1/systems`)).json()) as {
    systems: { name: string; paused: boolean }[];
  };
  assert.deepEqual(
    systems.map(({ name, paused }) => [name, paused]),
    [
      ["books", true],
      ["crm", false],
    ],
  );

  assert.equal((await waybill(folder, ["resume", "books"])).code, 0);
  await delivered(running.url, "orders", 4);
  assert.deepEqual(((await (await fetch(`${running.url}/v1/pauses`)).json()) as Balance).paused, []);
  assert.equal((await post("/v1/systems/bookz/pause", {})).status, 400);
  assert.match(
    (await waybill(folder, ["pause", "boks"])).stderr,
    /no integration or system "boks"[\s\S]*Did you mean "books"/,
  );
});
