import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { json, node, program, projectFolder, started, until, waybill } from "./project.ts";

interface Balance {
  readonly balanced: boolean;
  readonly integrations: readonly Record<string, number | string | boolean>[];
}
interface Records {
  readonly records: readonly { readonly record: string; readonly id: string; readonly state: string }[];
}

/** Plays the books; `answer` decides what becomes of a request. */
async function books(
  t: TestContext,
  answer: (count: number) => number | "lose",
): Promise<{ url: string; applied: string[] }> {
  const applied: string[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      count += 1;
      const fate = answer(count);
      const key = String(request.headers["idempotency-key"]);
      if ((fate === "lose" || fate === 200) && !applied.includes(key)) applied.push(key);
      if (fate === "lose") {
        request.socket.destroy();
        return;
      }
      response.writeHead(fate, { "content-type": "application/json" });
      response.end(fate === 200 ? JSON.stringify({ id: `inv_${applied.indexOf(key) + 1}` }) : '{"error":"no"}');
      assert.notEqual(body, "");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, applied };
}

const order = (id: string): string => JSON.stringify({ id, customer: "C-1", total: "12.00" });

test("a new project runs from init to a delivered order, beside a running start", async (t) => {
  const folder = projectFolder(t);
  assert.equal((await waybill(folder, ["init"])).code, 0);
  const again = await waybill(folder, ["init"]);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /has waybill\.config\.ts/);

  const tried = await waybill(folder, ["try", "orders", "sample.json"]);
  assert.equal(tried.code, 0, tried.stderr);
  assert.match(tried.stdout, /POST \/invoices of books/);
  assert.match(tried.stdout, /nothing was sent/);

  const { url: booksUrl, applied } = await books(t, (count) => (count === 1 ? "lose" : 200));
  const running = await started(t, folder, { BOOKS_URL: booksUrl });
  const second = await waybill(folder, ["start", "--port", "0"]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /Another process owns the ledger/);

  const sent = await waybill(folder, ["send", "orders", "-"], { input: `${order("A-1")}\n{"id":\n${order("A-1")}\n` });
  assert.equal(sent.code, 1, "a line that cannot be read is a failure");
  assert.match(sent.stderr, /line 2/);
  await until("A-1 is delivered", async () => {
    const { integrations } = await json<Balance>(folder, ["balance"]);
    return integrations[0]?.delivered === 1;
  });
  const balance = await json<Balance>(folder, ["balance"]);
  assert.equal(balance.balanced, true);
  assert.deepEqual([balance.integrations[0]?.received, balance.integrations[0]?.duplicate], [2, 1]);
  assert.equal(applied.length, 1, "one invoice, although its answer was lost once");

  const { records } = await json<Records>(folder, ["records", "--id", "A-1"]);
  const shown = await json<Record<string, unknown>>(folder, ["show", records[0]?.record ?? ""]);
  assert.equal(shown.state, "delivered");
  assert.deepEqual(shown.payload, { id: "A-1", customer: "C-1", total: "12.00" });
  assert.ok(JSON.stringify(shown.timeline).includes("attempt-failed"), "the lost answer is in its timeline");

  running.child.kill("SIGTERM");
  const [code] = await once(running.child, "exit");
  assert.equal(code, 0, "SIGTERM drains and exits 0");
});

test("an order that is refused for good is a dead letter, and is replayed by a person with a reason", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  let refusing = true;
  const { url: booksUrl, applied } = await books(t, () => (refusing ? 422 : 200));
  await started(t, folder, { BOOKS_URL: booksUrl });
  await waybill(folder, ["send", "orders", "-"], { input: `${order("A-1")}\n{"id":"A-2"}\n` });
  await until("A-1 is dead", async () => (await json<Balance>(folder, ["balance"])).integrations[0]?.dead === 1);
  assert.equal((await waybill(folder, ["balance"])).code, 3, "somebody is needed");

  const list = await waybill(folder, ["dead", "ls"]);
  assert.match(list.stdout, /refused/);
  assert.match((await waybill(folder, ["quarantine", "ls"])).stdout, /contract/);
  const nothing = await waybill(folder, ["replay"]);
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /Which record\?/);
  const dry = await waybill(folder, ["replay", "--cause", "refused", "--dry-run"]);
  assert.match(dry.stdout, /1 record would be waiting/);

  refusing = false;
  const replayed = await waybill(folder, [
    "replay",
    "--cause",
    "refused",
    "--why",
    "the customer exists now",
    "--actor",
    "ann",
  ]);
  assert.equal(replayed.code, 0, replayed.stderr);
  await until(
    "A-1 is delivered",
    async () => (await json<Balance>(folder, ["balance"])).integrations[0]?.delivered === 1,
  );
  assert.equal(applied.length, 1);
  const { records } = await json<Records>(folder, ["records", "--id", "A-1"]);
  const shown = await waybill(folder, ["show", records[0]?.record ?? ""]);
  assert.match(shown.stdout, /replayed by ann.*the customer exists now/);
});

test("wrong usage and configuration exit 2, each with a message that names the thing and a next step", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  const table: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [["balnce"], /Did you mean balance/],
    [["balance", "ordrs"], /There is no integration "ordrs"\.[\s\S]*Did you mean "orders"/],
    [["--config", "nowhere.ts", "balance"], /There is no configuration at nowhere\.ts/],
    [["start", "--port", "many"], /--port is many/],
    [["start", "--host", "0.0.0.0", "--port", "0"], /Without a token/],
    [["records", "--state", "lost"], /There is no state "lost"/],
    [["records", "--limit", "0"], /--limit is 0/],
    [["records", "--since", "yesterday-ish"], /--since/],
    [["try", "orders", "nowhere.json"], /There is no file nowhere\.json/],
    [["send", "orders", "nowhere.jsonl"], /There is no file nowhere\.jsonl/],
    [["resolve", "x"], /resolve has to be told how/],
    [["resolve", "x", "--applied", "{"], /--applied is not JSON/],
    [["rehearse", "orders", "--nights", "many"], /--nights is many/],
    [["rehearse", "orders", "--from", "nowhere.jsonl"], /The samples in nowhere\.jsonl cannot be read/],
    [["reconcile", "orders"], /cannot yet compare/],
  ];
  for (const [args, message] of table) {
    const ran = await waybill(folder, args);
    assert.equal(ran.code, 2, `${args.join(" ")}: ${ran.stderr}`);
    assert.match(ran.stderr, message, args.join(" "));
    assert.doesNotMatch(ran.stderr, /\n {4}at /, "no stack");
  }
});

test("a definition with a mistake names its file, the mistake, and what was meant", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  const path = join(folder, "integrations/orders.ts");
  writeFileSync(path, readFileSync(path, "utf8").replace("contract: Order", "contrct: Order"));
  const ran = await waybill(folder, ["balance"]);
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, /integrations\/orders\.ts/);
  assert.match(ran.stderr, /contract/);
  writeFileSync(path, "export const nothing = 1;\n");
  assert.match((await waybill(folder, ["balance"])).stderr, /exports no integration/);
});

test("a sample that breaks the contract shows path, rule and what was found", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  writeFileSync(join(folder, "bad.json"), '{"id":"A-1","customer":"C","total":12}');
  const ran = await waybill(folder, ["try", "orders", "bad.json"]);
  assert.equal(ran.code, 1);
  assert.match(ran.stdout, /quarantined \(contract\)/);
  assert.match(ran.stdout, /total: .*string.*; found 12/);
});

test("check prints the failure plan", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  const plan = await waybill(folder, ["check", "orders"]);
  assert.equal(plan.code, 0, plan.stderr);
  assert.match(plan.stdout, /webhook \/shop\/orders/);
  assert.match(plan.stdout, /effect "invoice".*byKey/);
  for (const when of ["timeout", "null", "429", "crash", "outage"]) assert.match(plan.stdout, new RegExp(when));
});

test("nothing that a record holds moves the terminal's cursor or shows a secret", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  const secret = /SHOP_WEBHOOK_SECRET=(.+)/.exec(readFileSync(join(folder, ".env"), "utf8"))?.[1] ?? "";
  const body = JSON.stringify({ id: "A-\u001b[2J1", customer: "\u001b]0;gotcha\u0007", total: "1.00" });
  await waybill(folder, ["send", "orders", "-"], { input: body });
  const listed = await waybill(folder, ["records"]);
  const { records } = await json<Records>(folder, ["records"]);
  const shown = await waybill(folder, ["show", records[0]?.record ?? ""]);
  for (const { stdout } of [listed, shown]) {
    assert.ok(!stdout.includes("\u001b"), "no escape sequence");
    assert.ok(!stdout.includes(secret));
  }
});

test("an output that nobody reads to its end leaves no stack", async (t) => {
  const folder = projectFolder(t);
  const shell = spawn("sh", ["-c", `"$NODE" ${node.join(" ")} "$PROGRAM" --help | true`], {
    cwd: folder,
    env: { ...process.env, NODE: process.execPath, PROGRAM: program },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  shell.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  await once(shell, "close");
  assert.equal(stderr, "");
});
