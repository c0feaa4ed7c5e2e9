// Whoever updates has the ledger of the version before, with work in it that is half done. Of every release one is kept (make.ts), and this version has to read in
// it what that one said, finish what was begun under the same keys, and know what had come.
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { assemble } from "../../../src/assembly/assemble.ts";
import type { Assembly } from "../../../src/assembly/assembly.ts";
import { balanceOf } from "../../../src/flow/books.ts";
import { exportLines } from "../../../src/flow/export.ts";
import { until } from "../../cli/project.ts";
import { serverFor } from "../postgres/on-a-server.ts";
import { type Destination, destination } from "./destination.ts";
import { restoreDump } from "./dump.ts";
import type { Kept } from "./kept.ts";
import { orderOf, sent } from "./sent.ts";

const folder = join(import.meta.dirname, "kept");
/** Such as 0.1.0.sqlite. */
const names = globSync("*.json.gz", { cwd: folder }).map((file) => file.replace(".json.gz", ""));
for (const store of ["sqlite", "postgres"])
  assert.ok(
    names.some((name) => name.endsWith(store)),
    `no release has kept its ledger in ${store}`,
  );

const bytesOf = (file: string): Buffer => gunzipSync(readFileSync(join(folder, file)));
const keptOf = (name: string): Kept => JSON.parse(bytesOf(`${name}.json.gz`).toString("utf8")) as Kept;

/** The other systems, well again; the scene reads their address when it is loaded, so all tests have the same ones. */
const there: Destination = await destination(false);
process.env.THERE = there.url;
after(() => there.close());
const scene = Object.values(await import("./scene.ts"));

const postgres = await serverFor(18);
let databases = 0;

/** A kept ledger, in a folder or a database of its own. */
async function ledgerOf(t: TestContext, name: string): Promise<string> {
  const bytes = bytesOf(`${name}.gz`);
  if (name.endsWith("postgres")) {
    const database = `kept_${++databases}`;
    await postgres.ask(`create database ${database} owner app`);
    await restoreDump(postgres.url(database), bytes.toString("utf8"));
    return postgres.url(database);
  }
  const own = mkdtempSync(join(tmpdir(), "waybill-kept-"));
  t.after(() => rmSync(own, { recursive: true, force: true }));
  const path = join(own, "ledger.db");
  writeFileSync(path, bytes);
  return `sqlite:${path}`;
}

const keep = { payloads: "3650d", history: "3650d" } as const;

async function opened(t: TestContext, ledger: string): Promise<Assembly> {
  const assembly = await assemble({ integrations: scene, ledger, release: "scene", keep });
  t.after(() => assembly.stop({ graceMs: 0 }));
  return assembly;
}

async function ask<T>(assembly: Assembly, path: string, body?: object): Promise<T> {
  const headers = { "content-type": "application/json", host: "localhost" };
  const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await assembly.app.fetch(new Request(`http://localhost${path}`, init), "127.0.0.1");
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

type Book = Readonly<Record<string, unknown>>;

async function books(assembly: Assembly): Promise<readonly Book[]> {
  const { integrations } = await balanceOf(assembly.ledger, assembly.integrations.keys(), undefined);
  return integrations as unknown as readonly Book[];
}

const bookOf = async (assembly: Assembly, name: string, tenant?: string): Promise<Book> =>
  (await books(assembly)).find((book) => book.name === name && book.tenant === tenant) ?? {};

for (const name of names) {
  const kept = keptOf(name);

  test(`the ledger of ${name} holds what that version said, to the last field of every record`, async (t) => {
    const assembly = await opened(t, await ledgerOf(t, name));
    assert.partialDeepStrictEqual(await books(assembly), kept.balance.integrations);
    const lines: unknown[] = [];
    for await (const line of exportLines(
      assembly.ledger,
      {},
      { raw: false, redact: (text) => text, async onWhole() {} },
    ))
      lines.push(JSON.parse(line));
    assert.equal(lines.length, kept.records.length);
    assert.partialDeepStrictEqual(lines, kept.records);
  });

  test(`what ${name} had begun goes on under its keys, is made once, and what it knew is known`, async (t) => {
    there.forget(kept.applied);
    const assembly = await opened(t, await ledgerOf(t, name));
    await assembly.start();
    // Whoever worked with a ledger in PostgreSQL may live still, somewhere else: what was in its hands waits for the longest request, a minute here.
    await until(
      "all that can is delivered",
      async () =>
        (await books(assembly)).every(({ name, waiting, delivering }) =>
          name === "later" ? waiting === 2 : waiting === 0 && delivering === 0,
        ),
      150_000,
    );
    for (const ref of ["O-cut", "O-hung", "P-hung", "shop-1/S-cut"]) assertOnce(kept, ref);
    assert.equal((await bookOf(assembly, "orders")).delivered, 24);
    assert.equal((await bookOf(assembly, "payments")).delivered, 3);
    const behind = there.asked.findIndex(({ ref }) => ref === "O-behind-the-cut");
    assert.ok(behind > there.asked.findIndex(({ ref }) => ref === "O-cut"), "a record overtook the one before it");
    await until("the feed is read on", async () => there.after.length > 0);
    assert.equal(there.after[0], String((await keptBook(kept, "feed")).received), "the feed was read from elsewhere");

    await sameAgain(assembly, kept);
    await byPersons(assembly);
    for (const book of await books(assembly)) assert.equal(book.balanced, true, JSON.stringify(book));
  });

  test(`an effect of today has the key that ${name} gave it: destinations remember them`, async (t) => {
    there.forget([]);
    const assembly = await opened(t, "sqlite::memory:");
    await assembly.start();
    const { definition } = assembly.known("orders");
    await assembly.intake.send(definition, orderOf("O-0", "ok", "C-0"), "");
    await until("it is delivered", async () => (await bookOf(assembly, "orders")).delivered === 1);
    const before = kept.applied.find(({ ref, path }) => ref === "O-0" && path === "/books/ok");
    assert.deepEqual(
      there.applied.filter(({ path }) => path === "/books/ok").map(({ key }) => key),
      [before?.key],
    );
  });
}

async function keptBook(kept: Kept, name: string): Promise<Book> {
  return kept.balance.integrations.find((book) => book.name === name) ?? {};
}

/** What had been applied before the kill was asked for again, if at all, under the key that it had. */
function assertOnce(kept: Kept, ref: string): void {
  const before = kept.applied.filter((one) => one.ref === ref);
  assert.equal(before.length, 1, `${ref} was to be under way`);
  const all = there.applied.filter((one) => one.ref === ref && one.path === before[0]?.path);
  assert.equal(all.length, 1, `${ref} was made twice: ${JSON.stringify(all)}`);
}

/** The same deliveries once more, and one that is older than what came. */
async function sameAgain(assembly: Assembly, kept: Kept): Promise<void> {
  const orders = await bookOf(assembly, "orders");
  const asked = there.asked.length;
  for (const { name, tenant = "", records } of sent)
    for (const record of records) await assembly.intake.send(assembly.known(name).definition, record, tenant);
  const again = await bookOf(assembly, "orders");
  assert.equal(again.received, (orders.received as number) + 30);
  assert.equal(again.duplicate, (orders.duplicate as number) + 30, "what had come is taken for new");
  const older = { id: "A", version: 2, name: "Annie", mail: "ann@example.com" };
  const { state } = await assembly.intake.send(assembly.known("contacts").definition, older, "");
  assert.equal(state, "quarantined", "another content under an id that had come is let in");
  const second = { id: "B", version: 0, name: "Benjamin", mail: "ben@example.com" };
  await assembly.intake.send(assembly.known("contacts").definition, second, "");
  await until("the older version is let go", async () => (await bookOf(assembly, "contacts")).superseded === 2);
  assert.equal(there.asked.length, asked, "something was sent for what had come");
  assert.equal((await keptBook(kept, "contacts")).superseded, 1);
}

async function byPersons(assembly: Assembly): Promise<void> {
  const actor = { actor: "ann", why: "it is well again" };
  await ask(assembly, "/v1/integrations/later/resume", actor);
  await ask(assembly, "/v1/dead/replay", { ...actor, all: true });
  await ask(assembly, "/v1/held/resolve", { ...actor, all: true, notApplied: true });
  await ask(assembly, "/v1/quarantine/release", { ...actor, filter: { cause: "conflict", integration: "orders" } });
  await until("the inboxes are empty", async () => {
    const all = await books(assembly);
    return all.every(({ dead, held, waiting, delivering }) => [dead, held, waiting, delivering].every((n) => n === 0));
  });
  const refused = there.asked.filter(({ ref }) => ref === "O-refused");
  assert.equal(refused.filter(({ path }) => path === "/books/refuse").length, 1);
  assert.equal((await bookOf(assembly, "later")).delivered, 2);
}
