import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("a Date.now() and reordered keys in a body after SIGKILL: the stored bytes go out again, delivered, with a warning", async (t) => {
  const came: { body: string; key: unknown }[] = [];
  const server = createServer(async (request, response) => {
    came.push({ body: await text(request), key: request.headers["idempotency-key"] });
    response.writeHead(201, { "content-type": "application/json" }).end('{"id":"inv_1"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "waybill-killed-"));
  t.after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const program = fileURLToPath(new URL("killed.ts", import.meta.url));
  const said: object[] = [];
  for (const life of ["first", "second"]) {
    const worker = fork(program, [`sqlite:${join(folder, "ledger.db")}`, url, life], {
      execArgv: ["-C", "waybill-source"],
    });
    worker.on("message", (message) => said.push(message as object));
    const [code, signal] = await once(worker, "exit");
    assert.deepEqual([code, signal], life === "first" ? [null, "SIGKILL"] : [0, null]);
  }
  assert.equal(came.length, 2);
  assert.deepEqual(came[0], came[1]);
  assert.deepEqual(said, [{ unsteady: ["body.at"] }, { states: ["delivered"] }]);
});
