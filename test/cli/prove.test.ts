import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ProofReport } from "../../src/prove/report.ts";
import { type Habits, nowhere, type Vendor, vendor } from "../prove/vendor.ts";
import { json, projectFolder, waybill } from "./project.ts";

const definitions = `
import { bearer, byKey, integration, oauth, push, rate, secret, system } from "waybill";
import { z } from "zod";

const books = system("books", { baseUrl: process.env.BOOKS_URL, auth: bearer(secret("BOOKS_TOKEN")), limits: [rate(50, "1m")] });
const bank = system("bank");
const crm = system("crm", {
  baseUrl: "https://crm.example.com",
  auth: oauth({
    tokenUrl: "https://crm.example.com/token", clientId: "c", clientSecret: secret("CRM_SECRET"),
    authorizeUrl: "https://crm.example.com/consent", redirectUrl: "http://127.0.0.1/done",
  }),
});
const contract = z.object({ id: z.string().min(1), note: z.string() });
const identify = ({ id }) => ({ id });
export const orders = integration("orders", {
  source: push(), contract, identify,
  async deliver({ id, note }, { effect }) {
    await effect("invoice", books.post("/invoices", { json: { ref: id, note }, idempotency: byKey() }));
  },
});
export const idle = integration("idle", { source: push(), contract, identify, async deliver() {} });
`;

async function project(t: TestContext, url: string): Promise<string> {
  const folder = projectFolder(t);
  writeFileSync(join(folder, "waybill.config.ts"), 'export default { integrations: "all.ts" };\n');
  writeFileSync(join(folder, "all.ts"), definitions);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}\n');
  writeFileSync(join(folder, ".env"), `BOOKS_URL=${url}\nBOOKS_TOKEN=sesame-7f3a\n`);
  return folder;
}

async function scene(t: TestContext, habits: Habits = {}): Promise<{ folder: string; at: Vendor }> {
  const at = await vendor(t, habits);
  return { folder: await project(t, at.url), at };
}

test("without --sandbox nothing is sent, and it is said what would go where", async (t) => {
  const { folder, at } = await scene(t);
  const ran = await waybill(folder, ["prove", "books"]);
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, new RegExp(`Nobody has said that ${at.url} is a sandbox`));
  assert.match(ran.stderr, /POST \/invoices twice \(invoice of orders\)/);
  assert.match(ran.stderr, /waybill prove books --sandbox/);
  assert.equal(at.seen.length, 0);
});

test("what is declared and true ends with 0, says where it was sent, and leaves no ledger behind", async (t) => {
  const { folder, at } = await scene(t);
  const ran = await waybill(folder, ["prove", "books", "--sandbox"]);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.match(ran.stderr, new RegExp(`Sending real requests to books at ${at.url}, and to no other system`));
  assert.match(ran.stdout, /✓ byKey\(Idempotency-Key\) {2}sent twice/);
  assert.match(ran.stdout, /\? window 1d {2}assumed/);
  assert.match(ran.stdout, /✓ 1 as declared, none contradicted\. 2 assumed/);
  assert.equal(at.things.length, 1);
  assert.equal(existsSync(join(folder, ".waybill")), false);
});

test("what is contradicted ends with 1, in words and as JSON", async (t) => {
  const { folder } = await scene(t, { keys: "ignored" });
  const ran = await waybill(folder, ["prove", "books", "--sandbox"]);
  assert.equal(ran.code, 1);
  assert.match(ran.stdout, /✗ byKey\(Idempotency-Key\) {2}contradicted: sent twice, and made twice/);
  const report = await json<ProofReport>(folder, ["prove", "books", "--sandbox"]);
  assert.deepEqual([report.ok, report.void, report.system], [false, false, "books"]);
  assert.deepEqual(
    report.integrations.map(({ integration }) => integration),
    ["orders"],
  );
});

test("a sample goes to the integration that is named, and no secret in an answer is printed", async (t) => {
  const { folder, at } = await scene(t, { status: 422 });
  writeFileSync(join(folder, "order.json"), '{"id":"o-7","note":"sesame-7f3a"}');
  const whose = await waybill(folder, ["prove", "books", "--sandbox", "--sample", "order.json"]);
  assert.equal(whose.code, 2);
  assert.match(whose.stderr, /--integration NAME. There are: idle, orders/);
  const words = ["prove", "books", "--sandbox", "--integration", "orders", "--sample", "order.json"];
  const ran = await waybill(folder, words);
  assert.equal(ran.code, 1);
  assert.match(ran.stdout, /Nothing could be tried, so nothing is known of books/);
  assert.match(at.seen[0]?.body ?? "", /"ref":"o-7"/);
  assert.doesNotMatch(ran.stdout + ran.stderr, /sesame/);
  const asJson = await waybill(folder, [...words, "--json"]);
  assert.doesNotMatch(asJson.stdout + asJson.stderr, /sesame/);
});

test("what cannot be proved is said in one sentence, with what helps", async (t) => {
  const { folder, at } = await scene(t, { status: 401 });
  const gone = await project(t, await nowhere());
  for (const [where, words, code, said] of [
    [folder, ["bank"], 2, /"bank" has no baseUrl[\s\S]*Describe its requests/],
    [folder, ["crm"], 2, /"crm" works with a token that is renewed[\s\S]*a system of its own/],
    [folder, ["books", "--integration", "idle"], 2, /Nothing was sent to "books": "idle" asks nothing of it/],
    [folder, ["books", "--integration", "idle", "--sample", "none.json"], 2, /There is no file none\.json/],
    [folder, ["books", "--tenant", "t-1"], 2, /has no tenants, and one is named/],
    [folder, ["books"], 1, /it does not let us in: status 401[\s\S]*credentials of the sandbox/],
    [gone, ["books"], 1, /"books" cannot be reached at http:[\s\S]*Check the address/],
  ] as const) {
    const ran = await waybill(where, ["prove", ...words, "--sandbox"]);
    assert.equal(ran.code, code, ran.stdout + ran.stderr);
    assert.match(ran.stderr, said);
    assert.doesNotMatch(ran.stderr, / at .*\.ts:\d+/);
  }
  assert.equal(at.seen.length, 1);
});

test("the destination that init writes loses its first answer, and is proved all the same", async (t) => {
  const folder = projectFolder(t);
  assert.equal((await waybill(folder, ["init"])).code, 0);
  const file = join(folder, "destination.ts");
  const listening = /\.listen\(9001, "127\.0\.0\.1", .*\);/;
  const code = readFileSync(file, "utf8");
  assert.match(code, listening);
  // On a port of its own, so that another one on this machine is not in its way.
  writeFileSync(
    file,
    code.replace(
      listening,
      '.listen(0, "127.0.0.1", function () { process.send?.(this.address()); process.on("disconnect", () => process.exit()); });',
    ),
  );
  const destination = fork(file, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  t.after(() => destination.kill());
  const [{ port }] = (await once(destination, "message")) as [{ port: number }];
  const ran = await waybill(folder, ["prove", "books", "--sandbox"], {
    env: { BOOKS_URL: `http://127.0.0.1:${port}` },
  });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /✓ byKey\(Idempotency-Key\) {2}sent 3 times, 1 of the answers lost .* both name id inv_1/);
});

test("a sandbox that never answers is said to be one, and no other record is asked for", async (t) => {
  const { folder } = await scene(t, { lost: [1, 2, 3, 4] });
  const ran = await waybill(folder, ["prove", "books", "--sandbox"]);
  assert.equal(ran.code, 1, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /unchecked: sent 4 times, and whether it was done no answer tells/);
  assert.match(ran.stdout, /gave no answer that tells what came of them: look at the sandbox itself/);
  assert.doesNotMatch(ran.stdout, /--sample/);
});
