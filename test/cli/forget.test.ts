// Whoever has a right to be forgotten asks what is left in the files, not what a query shows.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ForgetResult } from "../../src/flow/forget.ts";
import { connect } from "../../src/ledger/sqlite/connection.ts";
import { scrub } from "../../src/ledger/sqlite/scrub.ts";
import { json, projectFolder, started, until, waybill } from "./project.ts";

const marker = "sam.forgetful@example.org";
const other = "eve.forgotten@example.org";
const kept = "ann.remembered@example.org";

const code = `
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";
const books = system("books", { baseUrl: process.env.BOOKS_URL ?? "http://127.0.0.1:1" });
export const people = integration("people", {
  source: push(),
  contract: z.object({ id: z.string(), who: z.string(), at: z.number(), note: z.string() }),
  identify: (one) => ({ id: one.id, entity: one.who }),
  async deliver(one, { effect }) {
    await effect("person", books.post("/people", { json: one, idempotency: byKey() }));
  },
  retry: { first: "50ms", longest: "100ms" },
});
`;

/** A running project whose records name two persons in turn; each arrives at a destination that says the name back, and fails now and then. */
async function scene(t: TestContext, count: number) {
  const folder = projectFolder(t);
  writeFileSync(
    join(folder, "waybill.config.ts"),
    'export default { integrations: "people.ts", calls: { which: "all" } };\n',
  );
  writeFileSync(join(folder, "people.ts"), code);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}\n');
  let asked = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    response
      .writeHead(++asked % 5 === 0 ? 503 : 201, { "content-type": "application/json", "retry-after": "0" })
      .end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const env = { BOOKS_URL: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}` };
  const running = await started(t, folder, env);
  const lines = Array.from({ length: count }, (_, at) => {
    const who = [marker, kept, other][at % 3] as string;
    // Some lie on pages of their own, most share one.
    return JSON.stringify({ id: `P-${at}`, who, at, note: `${who} `.repeat(at % 10 === 0 ? 800 : 1 + (at % 7)) });
  });
  const sent = await waybill(folder, ["send", "people", "-"], { input: lines.join("\n"), env });
  assert.equal(sent.code, 0, sent.stderr);
  await until("all is delivered", async () => {
    const { integrations } = await json<{ integrations: { delivered: number }[] }>(folder, ["balance"]);
    return integrations[0]?.delivered === count;
  });
  return { folder, ...running };
}

/** How often a text stands in each file of the ledger's folder. */
function found(folder: string, text: string): Readonly<Record<string, number>> {
  const at = join(folder, ".waybill");
  const counts = readdirSync(at).map((name) => {
    const bytes = readFileSync(join(at, name)).toString("latin1");
    return [name, bytes.split(text).length - 1] as const;
  });
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

test("who is forgotten beside a running server stands in no file of the ledger's folder any more, and nobody else is lost", async (t) => {
  const { folder, url } = await scene(t, 60);
  assert.ok(Object.keys(found(folder, marker)).length > 0, "it stood there");
  const dry = await json<ForgetResult>(folder, ["forget", "--entity", marker, "--dry-run"]);
  assert.deepEqual([dry.dryRun, dry.records, dry.payloads], [true, 20, 20]);
  const said = await waybill(folder, ["forget", "--entity", marker, "--dry-run"]);
  assert.match(said.stdout, /Would forget what is held of 20 records: 20 payloads.*Nothing was changed.*hashes stay/s);
  assert.ok(Object.keys(found(folder, marker)).length > 0, "and stands there still");
  const forget = async (body: unknown): Promise<[number, ForgetResult & { error?: { message: string } }]> => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/v1/forget`, { method: "POST", headers, body: JSON.stringify(body) });
    return [answer.status, (await answer.json()) as ForgetResult];
  };
  assert.deepEqual(await forget({ entity: marker, dryRun: true }), [200, dry]);
  assert.match(String((await forget({ entity: marker }))[1].error?.message), /reason/);
  const ran = await waybill(folder, ["forget", "--entity", marker, "--why", "asked to be forgotten"]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(found(folder, marker), {});
  const [status, { records }] = await forget({ entity: other, why: "asked to be forgotten" });
  assert.deepEqual([status, records, found(folder, other)], [200, 20, {}]);
  assert.ok(Object.keys(found(folder, kept)).length > 0);
});

test("and without one", async (t) => {
  const { folder, child } = await scene(t, 30);
  child.kill("SIGKILL");
  await once(child, "exit");
  const ran = await waybill(folder, ["forget", "--entity", marker, "--why", "asked to be forgotten"]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(found(folder, marker), {});
});

test("in a file too large to be written anew, what became free is overwritten", (t) => {
  const folder = projectFolder(t);
  const database = connect(join(folder, "ledger.db"));
  database.exec("pragma secure_delete = off; create table people (note text)");
  for (let at = 0; at < 50; at++) database.prepare("insert into people values (?)").run(`${marker} `.repeat(at * 40));
  database.exec("delete from people");
  scrub(database, { wholeBytesMax: 0 });
  const left = readdirSync(folder).filter((name) => name.startsWith("ledger.db"));
  // Of rows that share a page something may stay; they are one in forty here.
  const count = left.reduce(
    (sum, name) => sum + readFileSync(join(folder, name), "latin1").split(marker).length - 1,
    0,
  );
  assert.ok(count < 1_000, `${count} of 49,000 are left`);
  database.close();
});
