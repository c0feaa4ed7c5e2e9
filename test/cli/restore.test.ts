import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { json, node, projectFolder, started, until, waybill } from "./project.ts";

type Way = "keyed" | "looked" | "once" | "natural";
type Applied = Readonly<Record<Way, Readonly<Record<string, number>>>>;
interface Book {
  readonly name: string;
  readonly balanced: boolean;
  readonly [count: string]: unknown;
}
interface Restored {
  readonly epoch: number;
  readonly inDoubt: number;
  readonly aside: string | null;
  readonly copiedAt: string;
}
interface Records {
  readonly records: readonly {
    readonly record: string;
    readonly id: string;
    readonly reason: string;
    readonly cause: string;
  }[];
}

const integrations = `
import { atMostOnce, byKey, byLookup, integration, poll, push, system } from "waybill";
import { z } from "zod";

const shop = system("shop", { baseUrl: process.env.SHOP_URL ?? "http://127.0.0.1:1", breaker: false });
const Order = z.object({ id: z.string().min(1) });
const feed = poll({
  name: "feed",
  every: "200ms",
  async fetch({ cursor, call }) {
    const after = Number(cursor ?? 0);
    const records = await call(shop.get("/feed", { query: { after }, expect: z.array(Order) }));
    return { records, cursor: after + records.length, more: records.length === 10 };
  },
});
const common = {
  source: [feed, push()],
  contract: Order,
  identify: (order) => ({ id: order.id }),
  retry: { first: "50ms", longest: "200ms" },
};

export const keyed = integration("keyed", {
  ...common,
  async deliver(order, { effect }) {
    await effect("order", shop.post("/keyed", { json: order, idempotency: byKey({ window: "1h" }) }));
  },
});
export const looked = integration("looked", {
  ...common,
  async deliver(order, { effect, call }) {
    const find = () => call(shop.get("/looked/" + order.id, { expect: z.array(z.object({ ref: z.string() })) }));
    await effect("order", shop.post("/looked", { json: order, idempotency: byLookup(find, { visibleAfter: "1s" }) }));
  },
});
export const once = integration("once", {
  ...common,
  async deliver(order, { effect }) {
    await effect("order", shop.post("/once", { json: order, idempotency: atMostOnce }));
  },
});
export const natural = integration("natural", {
  ...common,
  async deliver(order, { effect }) {
    await effect("order", shop.put("/natural/" + order.id, { json: order }));
  },
});
`;

/** The destination's process, and how to talk to it. */
async function destination(t: TestContext, seed: number) {
  const program = fileURLToPath(new URL("./lived-on.ts", import.meta.url));
  const child = fork(program, [String(seed)], { execArgv: [...node] });
  t.after(() => child.kill("SIGKILL"));
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    url: `http://127.0.0.1:${port}`,
    async tell(what: { feed?: number; down?: boolean }): Promise<{ applied: Applied; lost: number }> {
      const answered = once(child, "message");
      child.send(what);
      const [answer] = (await answered) as [{ applied: Applied; lost: number }];
      return answer;
    },
  };
}

const orders = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => `{"id":"A-${from + at}"}\n`).join("");
const ids = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, at) => `A-${from + at}`);

async function books(url: string): Promise<readonly Book[]> {
  const { integrations } = (await (await fetch(`${url}/v1/balance`)).json()) as { integrations: readonly Book[] };
  return integrations;
}

async function settled(url: string, what: string): Promise<void> {
  await until(what, async () =>
    (await books(url)).every(
      ({ waiting, delivering, received }) => waiting === 0 && delivering === 0 && received !== 0,
    ),
  );
}

async function sendToAll(url: string, lines: string): Promise<void> {
  const headers = { "content-type": "application/x-ndjson" };
  for (const name of ["keyed", "looked", "once", "natural"]) {
    const sent = await fetch(`${url}/v1/integrations/${name}/records`, { method: "POST", body: lines, headers });
    assert.equal(sent.status, 202);
  }
}

function project(t: TestContext): string {
  const folder = projectFolder(t);
  writeFileSync(join(folder, "waybill.config.ts"), 'export default { integrations: "shop.ts" };\n');
  writeFileSync(join(folder, "shop.ts"), integrations);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}\n');
  return folder;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

test("yesterday's backup, restored while the destination lived on: nothing is lost, and nothing is done twice", async (t) => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
  t.diagnostic(`SEED=${seed}`);
  const folder = project(t);
  const shop = await destination(t, seed);
  const env = { SHOP_URL: shop.url };

  // Yesterday: twenty orders are delivered, then the destination is down, and twenty more wait when the copy is made.
  await shop.tell({ feed: 20 });
  let running = await started(t, folder, env);
  await settled(running.url, "twenty are settled");
  await shop.tell({ feed: 30, down: true });
  await sendToAll(running.url, orders(31, 40));
  await until("they have been tried", async () =>
    (await books(running.url)).every(({ waiting }) => Number(waiting) >= 10),
  );
  const copy = await waybill(folder, ["backup", "yesterday.db"]);
  assert.equal(copy.code, 0, copy.stderr);
  assert.equal((await waybill(folder, ["backup", "yesterday.db"])).code, 2, "a copy is never overwritten");

  // Today: what waited is delivered, twenty come by poll and twenty by hand. Then the machine is lost.
  await shop.tell({ feed: 60, down: false });
  await sendToAll(running.url, orders(61, 80));
  await settled(running.url, "eighty are settled");
  const refused = await waybill(folder, ["restore", "yesterday.db"]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Another process owns the ledger/);
  await kill(running.child);
  const before = (await shop.tell({})).applied;
  for (const way of ["keyed", "looked", "natural"] as const)
    assert.equal(Object.keys(before[way]).length, 80, `${way}: all of them were applied before the restore`);

  copyFileSync(join(folder, "yesterday.db"), join(folder, "byhand.db"));
  const byHand = await waybill(folder, ["--ledger", "sqlite:byhand.db", "start", "--port", "0"]);
  assert.equal(byHand.code, 2, "a copy put in place by hand would do everything again");
  assert.match(byHand.stderr, /waybill restore/);

  const restored = await json<Restored>(folder, ["restore", "yesterday.db", "--why", "the machine is lost"]);
  assert.equal(restored.epoch, 2);
  assert.ok(restored.inDoubt >= 3, `effects that had begun are in doubt: ${restored.inDoubt}`);
  assert.ok(restored.aside !== null && existsSync(restored.aside), "the ledger that was there is kept");

  assert.match((await waybill(folder, ["balance"])).stdout, /new records count as possibly sent before, until/);

  // The poll reads again from where it stood, the sender sends again what was lost, and ten are new to everybody.
  running = await started(t, folder, env);
  const againAt = new Date().toISOString();
  await sendToAll(running.url, orders(31, 90));
  await settled(running.url, "ninety are settled");

  const { applied, lost } = await shop.tell({});
  for (const way of ["keyed", "looked"] as const)
    for (const id of ids(1, 90))
      assert.equal(applied[way][id], 1, `${way} ${id}: once, and not ${applied[way][id]} times`);
  for (const id of ids(1, 90)) assert.ok((applied.natural[id] ?? 0) >= 1, `natural ${id}: never lost`);
  for (const id of ids(1, 80)) assert.equal(applied.once[id] ?? 0, before.once[id] ?? 0, `once ${id}: not sent again`);
  for (const id of ids(81, 90))
    assert.equal(applied.once[id], undefined, `once ${id}: held, because it might have been sent`);
  for (const book of await books(running.url)) {
    assert.equal(book.balanced, true);
    if (book.name !== "once") assert.deepEqual([book.name, book.delivered, book.held], [book.name, 90, 0]);
  }
  assert.ok(lost > 5, `answers were lost on the way: ${lost}`);

  // What may be sent only once waits for a person, who looks, and says so for all of them.
  const { records } = await json<Records>(folder, [
    "records",
    "--integration",
    "once",
    "--state",
    "held",
    "--limit",
    "1000",
  ]);
  const news = records.filter(({ id }) => Number(id.slice(2)) > 80);
  assert.equal(news.length, 10);
  for (const { cause, reason } of news) {
    assert.equal(cause, "in-doubt");
    assert.match(reason, /between .* when the copy was made, and .* when it was restored/);
  }
  const trusted = await waybill(folder, ["restore", "--trust-new", "--why", "the sender has sent all of it"]);
  assert.equal(trusted.code, 0, trusted.stderr);
  await sendToAll(running.url, orders(91, 91));
  // Those that came again before them are looked at one by one; a test takes those that nobody has.
  const unsent = ["held", "resolve", "--integration", "once", "--search", "A-8", "--since", againAt];
  const resolved = await waybill(folder, [...unsent, "--not-applied", "--why", "it is not there"]);
  assert.equal(resolved.code, 0, resolved.stderr);
  await until("they are delivered", async () => {
    const { applied: now } = await shop.tell({});
    return [...ids(81, 89), "A-91"].every((id) => now.once[id] === 1);
  });
});

test("a backup is refused where it cannot be one, and a restore that only looks changes nothing", async (t) => {
  const folder = project(t);
  assert.match((await waybill(folder, ["backup", "copy.db"])).stderr, /There is no ledger/);
  await waybill(folder, ["send", "keyed", "-"], { input: orders(1, 3) });
  assert.match((await waybill(folder, ["backup", "nowhere/copy.db"])).stderr, /There is no folder/);
  assert.equal((await waybill(folder, ["backup", "copy.db"])).code, 0);

  writeFileSync(join(folder, "other.db"), "this is no database, whatever its name says");
  assert.match((await waybill(folder, ["restore", "other.db"])).stderr, /other\.db is no ledger/);
  assert.match((await waybill(folder, ["restore", "nothing.db"])).stderr, /There is no backup/);
  assert.match((await waybill(folder, ["restore", ".waybill/ledger.db"])).stderr, /is the ledger itself/);
  assert.match((await waybill(folder, ["restore"])).stderr, /Which backup\?/);

  const dry = await waybill(folder, ["restore", "copy.db", "--dry-run"]);
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /3 records, 3 of them waiting; the books balance/);
  const keyed = async (): Promise<Book | undefined> =>
    (await json<{ integrations: readonly Book[] }>(folder, ["balance", "keyed"])).integrations[0];
  assert.equal((await keyed())?.received, 3);
  assert.match((await waybill(folder, ["restore", "--trust-new", "--why", "x"])).stdout, /There is no doubt/);

  // On a new machine there is no ledger yet; and a damaged one is kept aside as well.
  rmSync(join(folder, ".waybill"), { recursive: true });
  assert.equal((await waybill(folder, ["restore", "copy.db"])).code, 0);
  writeFileSync(join(folder, ".waybill/ledger.db"), Buffer.alloc(20_000, 7));
  assert.match((await waybill(folder, ["balance"])).stderr, /failed|another program/);
  const healed = await json<Restored>(folder, ["restore", "copy.db"]);
  assert.ok(healed.aside !== null && existsSync(healed.aside));
  assert.equal((await keyed())?.waiting, 3);
});
