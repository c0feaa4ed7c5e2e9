import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { json, projectFolder, started, until, waybill } from "./project.ts";

interface Ran {
  readonly sources: readonly {
    readonly source: string;
    readonly records: number;
    readonly done: boolean;
    readonly problems: readonly string[];
  }[];
  readonly unsettled: number;
  readonly waitsFor: readonly string[];
  readonly balanced: boolean;
  readonly integrations: readonly Record<string, number>[];
}
interface Line {
  readonly id: string;
  readonly state: string;
  readonly raw?: string;
  readonly effects: readonly {
    readonly name: string;
    readonly generation: number;
    readonly request: { readonly headers: unknown };
  }[];
}

const token = "a-token-that-nobody-shows-4711";
const integrations = `
import { bearer, byKey, integration, poll, push, secret, system } from "waybill";
import { z } from "zod";

const shop = system("shop", { baseUrl: process.env.SHOP_URL ?? "http://127.0.0.1:1", breaker: false });
const books = system("books", { baseUrl: process.env.SHOP_URL ?? "http://127.0.0.1:1", breaker: false });
const Order = z.object({ id: z.string().min(1), customer: z.string(), total: z.number() });
export const orders = integration("orders", {
  source: [
    poll({
      every: "1h",
      async fetch({ cursor, call }) {
        const after = Number(cursor ?? 0);
        const records = await call(shop.get("/orders", { query: { after }, expect: z.array(z.unknown()) }));
        return { records, cursor: after + records.length, more: records.length === 50 };
      },
    }),
    push(),
  ],
  contract: Order,
  identify: (order) => ({ id: order.id, key: order.customer }),
  changedOnly: (order) => order.total,
  async deliver(order, { effect }) {
    await effect("invoice", books.post("/invoices", {
      json: order,
      headers: { "x-key": secret("BOOKS_KEY") },
      idempotency: byKey(),
    }));
    await effect("note", books.put("/notes/" + order.id, { json: { id: order.id } }));
  },
  retry: { first: "50ms", longest: "100ms" },
});
`;

/** A shop with \`count\` orders, one of them broken, that is also the books. */
async function scene(t: TestContext, count: number) {
  const folder = projectFolder(t);
  writeFileSync(join(folder, "waybill.config.ts"), 'export default { integrations: "orders.ts" };\n');
  writeFileSync(join(folder, "orders.ts"), integrations);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}\n');
  const orders = Array.from({ length: count }, (_, at) => ({ id: `A-${at + 1}`, customer: `C-${at % 7}`, total: at }));
  const invoices: string[] = [];
  const shop = { orders, invoices, failing: false, reads: 0, held: Promise.resolve() };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://shop");
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", async () => {
      let answer: unknown = { ok: true, key: request.headers["x-key"] };
      if (url.pathname === "/orders") {
        shop.reads += 1;
        await shop.held;
        const after = Number(url.searchParams.get("after"));
        if (shop.failing) return void response.writeHead(404).end();
        answer = shop.orders.slice(after, after + 50).map((order) => (order.id === "A-5" ? { id: "A-5" } : order));
      }
      if (url.pathname === "/invoices") invoices.push(`${JSON.parse(body).id} ${request.headers["idempotency-key"]}`);
      response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const env = { SHOP_URL: `http://127.0.0.1:${(server.address() as { port: number }).port}`, BOOKS_KEY: token };
  for (const [name, value] of Object.entries(env)) process.env[name] = value;
  return { folder, env, shop };
}

test("run reads a poll to its end, delivers all of it and says what waits; beside a start it follows that one", async (t) => {
  const { folder, env, shop } = await scene(t, 120);
  const alone = await waybill(folder, ["run", "orders"]);
  assert.equal(alone.code, 3, `one order waits for a person: ${alone.stdout}${alone.stderr}`);
  assert.match(alone.stdout, /✓ poll:orders: 120 records, to its end/);
  assert.match(alone.stdout, /1 quarantined: npx waybill quarantine ls/);
  assert.equal(shop.invoices.length, 119);

  // A source that cannot be read is a failure, and what came before stays.
  shop.failing = true;
  const failed = await waybill(folder, ["run", "orders"]);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /✗ poll:orders: 0 records, and not to its end: .*404/);
  shop.failing = false;

  const running = await started(t, folder, env);
  for (let at = 120; at < 180; at++) shop.orders.push({ id: `A-${at + 1}`, customer: "C-1", total: at });
  const beside = await json<Ran>(folder, ["run", "orders"]);
  assert.deepEqual([beside.balanced, beside.unsettled, beside.waitsFor], [true, 0, []]);
  assert.deepEqual(
    beside.sources.map(({ source, done }) => [source, done]),
    [["poll:orders", true]],
  );
  assert.equal(beside.integrations[0]?.delivered, 179);
  assert.match(running.log(), /asked for by another command: run orders/);

  // While the books are paused, run says what it waits for instead of waiting for ever.
  assert.equal((await waybill(folder, ["pause", "books", "--why", "closing"])).code, 0);
  for (let at = 180; at < 190; at++) shop.orders.push({ id: `A-${at + 1}`, customer: `C-${at}`, total: at });
  const paused = await waybill(folder, ["run", "orders"]);
  assert.equal(paused.code, 3, paused.stderr);
  assert.match(paused.stdout, /10 records wait for books, paused/);
  assert.equal((await waybill(folder, ["pause", "orders"])).code, 0);
  const refused = await waybill(folder, ["run", "orders"]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /"orders" is paused[\s\S]*waybill resume orders/);
});

test("run goes on in its own process when the one that it follows is killed", async (t) => {
  const { folder, env, shop } = await scene(t, 40);
  const held = Promise.withResolvers<void>();
  shop.held = held.promise;
  const running = await started(t, folder, env);
  await until("it reads", async () => shop.reads === 1);
  const following = waybill(folder, ["run", "orders"]);
  await until("it was asked", async () => running.log().includes("asked for by another command"));
  running.child.kill("SIGKILL");
  await once(running.child, "exit");
  held.resolve();
  const { code, stdout, stderr } = await following;
  assert.equal(code, 3, stderr);
  assert.match(stderr, /this one follows\.[\s\S]*this one goes on\./);
  assert.match(stdout, /40 records, to its end/);
  assert.equal(new Set(shop.invoices).size, 39);
});

test("run reads files to their end as well, and names the one that is not ready", async (t) => {
  const { folder } = await scene(t, 0);
  writeFileSync(
    join(folder, "orders.ts"),
    integrations
      .replace(
        /poll\(\{[\s\S]*?\n {4}\}\),/,
        'file("in/*.jsonl", { format: jsonl(), settle: "200ms", every: "100ms" }),',
      )
      .replace("poll,", "file, jsonl,"),
  );
  mkdirSync(join(folder, "in"));
  const lines = Array.from({ length: 3_000 }, (_, at) => `{"id":"F-${at}","customer":"C-${at % 50}","total":${at}}\n`);
  writeFileSync(join(folder, "in/one.jsonl"), lines.join(""));
  const ran = await waybill(folder, ["run", "orders"]);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /✓ file:in\/\*\.jsonl: 3,000 records, to its end/);
  writeFileSync(join(folder, "in/two.jsonl"), "");
  const again = await waybill(folder, ["run", "orders"]);
  assert.equal(again.code, 3);
  assert.match(again.stdout, /! file:in\/\*\.jsonl: 0 records, and a person is needed: 1 file is not ready/);
});

test("a cursor is set with a reason, and only to one of its kind; what is read again counts as duplicates", async (t) => {
  const { folder, env } = await scene(t, 30);
  await started(t, folder, env);
  await until("it was read", async () =>
    (await waybill(folder, ["cursor", "orders"])).stdout.includes("poll:orders: 30"),
  );
  const silent = await waybill(folder, ["cursor", "orders", "--set", "10"]);
  assert.equal(silent.code, 2);
  assert.match(silent.stderr, /asks for a reason/);
  const wrong = await waybill(folder, ["cursor", "orders", "--set", "ten", "--why", "x"]);
  assert.match(wrong.stderr, /--set is ten, and the cursor is 30/);
  const dry = await waybill(folder, ["cursor", "orders", "--set", "50", "--dry-run"]);
  assert.match(dry.stdout, /would stand at 50, after 30[\s\S]*never read, and no book can show/);
  const set = await waybill(folder, [
    "cursor",
    "orders",
    "--set",
    "10",
    "--why",
    "the shop lost a day",
    "--actor",
    "ann",
  ]);
  assert.equal(set.code, 0, set.stderr);
  assert.match(
    (await waybill(folder, ["cursor", "orders"])).stdout,
    /poll:orders: 10\n {2}set from 30 to 10, .* by ann: the shop lost a day/,
  );
  const again = await json<Ran>(folder, ["run", "orders"]);
  assert.deepEqual([again.integrations[0]?.received, again.integrations[0]?.duplicate], [50, 20]);
});

test("an export holds every record with its effects, and no secret; prune counts before it lets go", async (t) => {
  const { folder, env } = await scene(t, 60);
  assert.equal((await waybill(folder, ["run", "orders"])).code, 3);
  const out = await waybill(folder, ["export"]);
  assert.equal(out.code, 0, out.stderr);
  const lines = out.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  assert.equal(lines.length, 60);
  assert.deepEqual(
    [lines[0]?.id, lines[0]?.effects.length, lines[0]?.raw],
    ["A-1", 2, undefined],
    "oldest first, without what came",
  );
  assert.ok(!out.stdout.includes(token), "the destination echoed a secret, and an export shows it");
  assert.match(out.stdout, /\[secret BOOKS_KEY\]/);
  const file = await waybill(folder, ["export", "out.jsonl", "--id", "A-3", "--raw"]);
  assert.equal(file.code, 0, file.stderr);
  const [one] = readFileSync(join(folder, "out.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  assert.equal(one?.raw, '{"id":"A-3","customer":"C-2","total":2}');
  assert.equal((await waybill(folder, ["export", "out.jsonl"])).code, 2, "nothing is overwritten");
  assert.ok(!existsSync(join(folder, "out.jsonl.unfinished")));

  const { url } = await started(t, folder, env);
  const quarantined = await (await fetch(`${url}/v1/export?state=quarantined&raw=true`)).text();
  assert.equal(quarantined.trimEnd().split("\n").length, 1);
  assert.equal((await fetch(`${url}/v1/export?stat=dead`)).status, 400);

  const { calls, ...would } = await json<{ calls: number }>(folder, ["prune", "--older", "1ms", "--dry-run"]);
  assert.deepEqual(would, { dryRun: true, payloads: 59, records: 59, marks: 0 });
  assert.ok(calls >= 59, `the log has each call: ${calls}`);
  assert.equal((await json<Ran>(folder, ["balance"])).integrations[0]?.delivered, 59);
  const pruned = await waybill(folder, ["prune", "--older", "1ms", "--why", "a test"]);
  assert.match(pruned.stdout, /Let go of 59 payloads, 59 records, 0 marks and \d+ calls/);
  const {
    balanced,
    integrations: [book],
  } = await json<Ran>(folder, ["balance"]);
  assert.deepEqual([balanced, book?.pruned, book?.delivered, book?.quarantined], [true, 59, 0, 1]);
  assert.match((await waybill(folder, ["prune", "--older", "soon"])).stderr, /--older is soon/);
});

test("redo makes one effect of delivered records again under new keys, and the others stay as they are", async (t) => {
  const { folder, env, shop } = await scene(t, 20);
  const { url } = await started(t, folder, env);
  const settled = (): Promise<void> =>
    until("all is settled", async () => {
      const {
        integrations: [book],
      } = (await (await fetch(`${url}/v1/balance`)).json()) as Ran;
      return book?.delivered === 19 && book.waiting === 0 && book.delivering === 0;
    });
  await settled();
  assert.match((await waybill(folder, ["redo", "orders", "--effect", "invoice"])).stderr, /Which records\?/);
  const mistyped = await waybill(folder, ["redo", "orders", "--effect", "invoise", "--all", "--dry-run"]);
  assert.match(mistyped.stderr, /has an effect …\.[\s\S]*Did you mean "invoice"/);
  const dry = await waybill(folder, ["redo", "orders", "--effect", "invoice", "--since", "1h", "--dry-run"]);
  assert.match(dry.stdout, /7 records would be waiting/);
  assert.match(dry.stderr, /12 records: Newer records of its key have been delivered since/);
  assert.match((await waybill(folder, ["redo", "orders", "--effect", "invoice", "--all"])).stderr, /asks for a reason/);
  assert.equal(shop.invoices.length, 19, "nothing was made again yet");

  // Seven keys: the newest of each goes without a word, the others would go after it.
  const some = await waybill(folder, [
    "redo",
    "orders",
    "--effect",
    "invoice",
    "--all",
    "--why",
    "the books were restored",
  ]);
  assert.equal(some.code, 1);
  assert.match(some.stdout, /7 records are waiting/);
  assert.match(some.stderr, /been delivered since[\s\S]*--overtaken/);
  await until("seven more invoices", async () => shop.invoices.length === 26);
  await settled();
  const all = await waybill(folder, [
    "redo",
    "orders",
    "--effect",
    "invoice",
    "--all",
    "--overtaken",
    "--why",
    "all of them",
  ]);
  assert.equal(all.code, 0, all.stderr);
  await until("nineteen more invoices", async () => shop.invoices.length === 45);
  await settled();
  assert.equal(new Set(shop.invoices).size, 45, "each under a key of its own");
  const lines = (await (await fetch(`${url}/v1/export?integration=orders&state=delivered`)).text())
    .trimEnd()
    .split("\n");
  for (const { effects } of lines.map((line) => JSON.parse(line) as Line))
    assert.equal(effects.find(({ name }) => name === "note")?.generation, 1, "the other effect was not made again");
});
