import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("a system that goes on with a request when its sender is dead: the next process does not believe a lookup before that request's time is over", async (t) => {
  const made: object[] = [];
  let looked = 0;
  let worker: ChildProcess | undefined;
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.method === "GET") {
      looked++;
      return void response.end(JSON.stringify({ items: made }));
    }
    const isFirst = worker !== undefined;
    worker?.kill("SIGKILL");
    worker = undefined;
    // As a busy system does it, which does not look whether anybody still waits.
    setTimeout(
      () => {
        made.push({ id: `inv_${made.length + 1}` });
        response.writeHead(201).end(JSON.stringify(made.at(-1)));
      },
      isFirst ? 2_500 : 0,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "waybill-killed-slow-"));
  t.after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const begin = (): ChildProcess =>
    fork(fileURLToPath(new URL("killed-slow.ts", import.meta.url)), [`sqlite:${join(folder, "ledger.db")}`, url], {
      execArgv: ["-C", "waybill-source"],
    });
  worker = begin();
  assert.deepEqual(await once(worker, "exit"), [null, "SIGKILL"]);
  const next = begin();
  const said: unknown[] = [];
  next.on("message", (message) => said.push(message));
  assert.deepEqual(await once(next, "exit"), [0, null]);
  assert.deepEqual(said, [{ states: ["delivered"] }]);
  assert.equal(made.length, 1, "it was made once");
  assert.ok(looked > 0, "it was looked up");
});
