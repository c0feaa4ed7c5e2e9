// SIGKILL, again and again, in the middle of calls that carry many records' effects and of jobs that are waited for: the destination counts.
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

const records = 40;
const kills = 6;

test(`${kills} kills: each of ${records} invoices and jobs is made once, and the batch changes its size between lives`, async (t) => {
  const seed = Number(process.env.SEED ?? Date.now() % 100_000);
  t.diagnostic(`seed ${seed} (SEED=${seed} repeats it)`);
  let state = seed;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const answers = new Map<string, string>();
  const made = new Map<string, number>();
  const jobs = new Map<string, number>();
  let lost = 0;
  let repeated = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => "");
    const key = String(request.headers["idempotency-key"]);
    const say = (answer: string): unknown =>
      response.writeHead(202, { "content-type": "application/json" }).end(answer);
    if (request.method === "GET") return say(random(2) === 0 ? '{"status":"running"}' : '{"status":"done"}');
    const known = answers.get(key);
    if (known !== undefined) repeated++;
    const answer = known ?? apply(request.url ?? "", body);
    answers.set(key, answer);
    if (random(6) > 0) return say(answer);
    lost++;
    return request.socket.destroy();
  });
  const apply = (url: string, body: string): string => {
    if (url === "/jobs") {
      const { ref } = JSON.parse(body) as { ref: string };
      jobs.set(ref, (jobs.get(ref) ?? 0) + 1);
      return JSON.stringify({ job: ref });
    }
    const { items } = JSON.parse(body) as { items: { ref: string }[] };
    for (const { ref } of items) made.set(ref, (made.get(ref) ?? 0) + 1);
    return JSON.stringify({ made: items.map(({ ref }) => `inv-${ref}`) });
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "waybill-gathered-"));
  t.after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const program = fileURLToPath(new URL("gathered-killed.ts", import.meta.url));
  const said: object[] = [];
  let killed = 0;
  for (let life = 0; life <= kills && said.length === 0; life++) {
    const passings = life === kills ? 0 : records * 2 + 1 + random(25);
    const most = [7, 40, 12][life % 3];
    const worker = fork(program, [`sqlite:${join(folder, "ledger.db")}`, url, `${passings}`, `${most}`, `${records}`], {
      execArgv: ["-C", "waybill-source"],
    });
    worker.on("message", (message) => said.push(message as object));
    const [code, signal] = await once(worker, "exit");
    assert.ok(signal === "SIGKILL" || code === 0, `life ${life} ended with ${code}`);
    if (signal === "SIGKILL") killed++;
  }
  t.diagnostic(`${killed} kills, ${lost} lost answers, ${repeated} repeated requests, ${answers.size} keys`);
  assert.ok(killed >= 2, "the workers were killed");
  const eachOnce = (counted: Map<string, number>): void => {
    assert.equal(counted.size, records);
    assert.deepEqual(
      [...counted].filter(([, times]) => times !== 1),
      [],
    );
  };
  eachOnce(made);
  eachOnce(jobs);
  const { book } = said.at(-1) as { book: { delivered: number } };
  assert.equal(book.delivered, records);
});
