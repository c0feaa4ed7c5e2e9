import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Seen } from "./recorded.ts";

const shopKey = Buffer.from("a secret of the shop, long enough");
const env = { SHOP_SECRET: `whsec_${shopKey.toString("base64")}`, BOOKS_KEY: "key-of-the-books-canary" };
const mail = "ada.canary@example.org";
/** What the sender claims to be its trace, and that it be recorded. */
const claimed = { trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331" };

interface Came {
  readonly method: string;
  readonly body: string;
  readonly key: unknown;
  readonly traceparent: unknown;
}

/** Refuses the first invoice for now, and takes the others. */
async function destination() {
  const came: Came[] = [];
  const server = createServer(async (request, response) => {
    const { method = "", headers } = request;
    const body = await text(request);
    came.push({ method, body, key: headers["idempotency-key"], traceparent: headers.traceparent });
    const first = method === "POST" && came.filter((one) => one.method === "POST").length === 1;
    response.writeHead(first ? 503 : 200, {
      "content-type": "application/json",
      ...(first ? { "retry-after": "0" } : {}),
    });
    response.end(first ? "{}" : '{"id":"inv_1"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { came, port, close };
}

async function deliverTo(url: string): Promise<void> {
  const body = JSON.stringify({ id: "A-1", mail });
  const at = Math.floor(Date.now() / 1_000);
  const mac = createHmac("sha256", shopKey).update(`msg_1.${at}.${body}`).digest("base64");
  const answer = await fetch(`${url}/orders`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "webhook-id": "msg_1",
      "webhook-timestamp": String(at),
      "webhook-signature": `v1,${mac}`,
      traceparent: `00-${claimed.trace}-${claimed.span}-01`,
    },
  });
  assert.equal(answer.status, 202);
}

test("a record is retried, its process killed, and the rest done by another: one trace tells all of it, and nothing of what is in it", async (t) => {
  const books = await destination();
  const folder = mkdtempSync(join(tmpdir(), "waybill-traces-"));
  t.after(() => {
    books.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const spansFile = join(folder, "spans.jsonl");
  const program = fileURLToPath(new URL("killed.ts", import.meta.url));
  const pids: unknown[] = [];
  type Ended = { readonly state?: string; readonly record?: string; readonly requests?: readonly string[] };
  let ended: Ended = {};
  for (const life of ["first", "second"]) {
    const args = [`sqlite:${join(folder, "ledger.db")}`, `http://127.0.0.1:${books.port}`, life, spansFile];
    const worker = fork(program, args, { execArgv: ["-C", "waybill-source"], env: { ...process.env, ...env } });
    pids.push(worker.pid);
    worker.on("message", (message: Ended & { readonly url?: string }) => {
      if (message.url === undefined) ended = message;
      else if (life === "first") void deliverTo(message.url);
    });
    const [code, signal] = await once(worker, "exit");
    assert.deepEqual([code, signal], life === "first" ? [null, "SIGKILL"] : [0, null]);
  }
  assert.equal(ended.state, "delivered");
  const { record = "" } = ended;
  const lines = readFileSync(spansFile, "utf8");
  const spans = lines
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Seen);

  const [intake, ...otherIntakes] = spans.filter(({ name }) => name === "intake webhook:/orders");
  assert.ok(intake !== undefined && otherIntakes.length === 0);
  assert.equal(intake.parent, undefined, "whoever sends it is nobody's parent");
  assert.notEqual(intake.trace, claimed.trace);
  assert.deepEqual(intake.links, [{ ...claimed, sampled: false }]);
  assert.deepEqual(intake.attributes, {
    "messaging.system": "waybill",
    "messaging.operation.name": "intake",
    "messaging.operation.type": "send",
    "messaging.destination.name": "webhook:/orders",
    "messaging.message.id": record,
    "waybill.source": "webhook:/orders",
    "waybill.record": record,
    "waybill.integration": "orders",
    "waybill.state": "delivering",
  });

  assert.deepEqual([...new Set(spans.map(({ trace }) => trace))], [intake.trace], "one record is one trace");
  const of = (span: Seen | undefined): Seen[] => spans.filter(({ parent }) => parent === span?.span);
  const runs = spans.filter(({ name }) => name === "deliver orders");
  // The run that the kill ended was never told.
  assert.deepEqual(
    runs.map(({ pid, kind, parent, failed, attributes }) => ({
      pid,
      kind,
      parent,
      failed,
      state: attributes["waybill.state"],
    })),
    [
      { pid: pids[0], kind: 4, parent: intake.span, failed: true, state: "waiting" },
      { pid: pids[1], kind: 4, parent: intake.span, failed: false, state: "delivered" },
    ],
  );
  for (const run of runs) assert.deepEqual(run.links, [{ trace: intake.trace, span: intake.span, sampled: true }]);
  assert.equal(runs[0]?.attributes["waybill.cause"], "retrying");

  const [read, attempt] = [of(runs[0]).find(({ kind }) => kind === 2), of(runs[0]).find(({ kind }) => kind === 0)];
  const url = `http://127.0.0.1:${books.port}`;
  assert.deepEqual(read?.attributes, {
    "http.request.method": "GET",
    "server.address": "127.0.0.1",
    "server.port": books.port,
    "url.full": `${url}/customers?key=REDACTED&mail=REDACTED`,
    "waybill.system": "books",
    "http.response.status_code": 200,
  });
  assert.equal(attempt?.name, "effect invoice");
  assert.deepEqual(attempt?.attributes, {
    "waybill.effect": "invoice",
    "waybill.system": "books",
    "waybill.attempt": 1,
    "waybill.generation": 1,
    "waybill.outcome": attempt?.attributes["waybill.outcome"],
    "error.type": attempt?.attributes["waybill.outcome"],
  });
  const [post] = of(attempt);
  assert.deepEqual([post?.name, post?.kind, post?.failed], ["POST", 2, true]);
  assert.deepEqual(post?.attributes, {
    "http.request.method": "POST",
    "server.address": "127.0.0.1",
    "server.port": books.port,
    "url.full": `${url}/invoices`,
    "waybill.system": "books",
    "http.response.status_code": 503,
    "error.type": "503",
  });

  // The request whose answer the kill lost was told, and the one that repeats it says how often it was sent.
  const posts = spans.filter(({ name }) => name === "POST");
  assert.deepEqual(
    posts.map(({ pid, attributes }) => [pid, attributes["http.request.resend_count"]]),
    [
      [pids[0], undefined],
      [pids[0], 1],
      [pids[1], 2],
    ],
  );

  // The other side was told by which span it was called; what is stored and repeated knows nothing of that.
  const clients = spans.filter(({ kind }) => kind === 2);
  assert.deepEqual(
    books.came.map(({ traceparent }) => traceparent).sort(),
    clients.map(({ trace, span }) => `00-${trace}-${span}-01`).sort(),
  );
  const invoices = books.came.filter(({ method }) => method === "POST");
  assert.equal(new Set(invoices.map(({ body, key }) => `${key} ${body}`)).size, 1);
  assert.ok(ended.requests?.length === 1 && !ended.requests[0]?.includes(intake.trace));

  for (const canary of [mail, "ada.canary", ...Object.values(env), "A-1"]) {
    assert.ok(!lines.includes(canary) && !lines.includes(encodeURIComponent(canary)), `${canary} is nobody's business`);
  }
});
