import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { json, projectFolder, started, until, waybill } from "./project.ts";

const definitions = `
import { bearer, byKey, integration, push, rate, secret, system } from "waybill";
import { z } from "zod";

const baseUrl = process.env.BOOKS_URL + "/v2";
const books = system("books", { baseUrl, auth: bearer(secret("BOOKS_TOKEN")), limits: [rate(50, "1m")] });
const pinged = system("pinged", { baseUrl, probe: (own) => own.get("/ping", { query: { deep: "1" } }) });
const writes = system("writes", { baseUrl, probe: (own) => own.put("/ping", { json: {} }) });
const bank = system("bank");
export const orders = integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: (order) => ({ id: order.id }),
  async deliver(order, { effect }) {
    await effect("make", books.post("/orders", { json: order, idempotency: byKey() }));
    await effect("ping", pinged.post("/orders", { json: order, idempotency: byKey() }));
    await effect("write", writes.post("/orders", { json: order, idempotency: byKey() }));
    await effect("pay", bank.perform({ idempotency: byKey(), run: () => null }));
  },
});
`;

interface Probed {
  readonly answers: boolean;
  readonly asked: string;
  readonly outcome: string | null;
  readonly status: number | null;
  readonly why: string | null;
  readonly headers: Record<string, string>;
  readonly leftAloneUntil: string | null;
}

interface Shown {
  readonly live: boolean;
  readonly systems: readonly {
    readonly name: string;
    readonly breaker: string;
    readonly inFlight: number;
    readonly limits: readonly { readonly limit: string; readonly left: number }[];
    readonly stoppedUntil: string | null;
    readonly stoppedBecause: string | null;
    readonly auth: string;
    readonly paused: boolean;
    readonly told: readonly { readonly told: string; readonly left: number }[];
    readonly latency: { readonly medianMs: number; readonly answers: number } | null;
  }[];
}

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

async function scene(t: TestContext) {
  const folder = projectFolder(t);
  writeFileSync(join(folder, "waybill.config.ts"), 'export default { integrations: "all.ts" };\n');
  writeFileSync(join(folder, "all.ts"), definitions);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}\n');
  const seen: Seen[] = [];
  let respond = (response: ServerResponse): unknown => response.writeHead(404).end("no such page");
  const server = createServer((request, response) => {
    seen.push({ method: request.method ?? "", path: request.url ?? "", authorization: request.headers.authorization });
    respond(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  writeFileSync(join(folder, ".env"), `BOOKS_URL=${url}\nBOOKS_TOKEN=sesame-7f3a\n`);
  return {
    folder,
    seen,
    url,
    answer: (next: typeof respond) => {
      respond = next;
    },
  };
}

test("a probe asks for the base URL, with authentication, and says whether it answers, how fast, and what it tells of its quotas", async (t) => {
  const { folder, seen, answer, url } = await scene(t);
  answer((response) =>
    response
      .writeHead(200, { "x-ratelimit-limit": "50", "x-ratelimit-remaining": "12", "x-ratelimit-reset": "30" })
      .end(),
  );
  const ran = await waybill(folder, ["systems", "probe", "books"]);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /books answers: status 200 after \d+ ms\./);
  assert.match(ran.stdout, new RegExp(`GET ${url}/v2\n`));
  assert.match(ran.stdout, /x-ratelimit-remaining: 12/);
  assert.deepEqual(seen, [{ method: "GET", path: "/v2", authorization: "Bearer sesame-7f3a" }]);
});

test("a 404 shows that it is there; a 500, refused credentials and nobody there do not, and say why", async (t) => {
  const { folder, answer } = await scene(t);
  assert.equal((await json<Probed>(folder, ["systems", "probe", "books"])).answers, true);
  answer((response) => response.writeHead(500).end("the token sesame-7f3a broke something"));
  const broken = await waybill(folder, ["systems", "probe", "books"]);
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /books does not answer well: status 500/);
  assert.doesNotMatch(broken.stdout, /sesame/);
  answer((response) => response.writeHead(401).end());
  assert.equal((await json<Probed>(folder, ["systems", "probe", "books"])).outcome, "unauthorized");
  answer((response) => response.socket?.destroy());
  const reset = await json<Probed>(folder, ["systems", "probe", "books"]);
  assert.deepEqual([reset.answers, reset.status], [false, null]);
});

test("a system that names its own probe is asked that; what would change something is refused, and what cannot be asked says so", async (t) => {
  const { folder, seen, answer } = await scene(t);
  answer((response) => response.writeHead(200).end());
  const pinged = await json<Probed>(folder, ["systems", "probe", "pinged"]);
  assert.deepEqual([pinged.answers, seen.at(-1)?.path], [true, "/v2/ping?deep=1"]);
  const before = seen.length;
  for (const [name, why] of [
    ["writes", /no request that only reads/],
    ["bank", /has no baseUrl/],
    ["boks", /There is no system "boks"[\s\S]*Did you mean "books"/],
  ] as const) {
    const ran = await waybill(folder, ["systems", "probe", name]);
    assert.equal(ran.code, 2, name);
    assert.match(ran.stderr, why);
  }
  assert.equal(seen.length, before);
});

test("while start runs, it is asked: its stop holds for the probe, anyway ends it, and systems shows what was learnt", async (t) => {
  const { folder, seen, answer } = await scene(t);
  const running = await started(t, folder);
  answer((response) => response.writeHead(429, { "retry-after": "600" }).end("slow down"));
  assert.equal((await json<Probed>(folder, ["systems", "probe", "books"])).outcome, "limited");

  const stopped = await json<Shown>(folder, ["systems"]);
  const books = stopped.systems.find(({ name }) => name === "books");
  assert.equal(stopped.live, true);
  assert.ok(books?.stoppedUntil);
  assert.match(books.stoppedBecause ?? "", /slow down/);
  assert.deepEqual([books.breaker, books.auth, books.paused, books.inFlight], ["closed", "ok", false, 0]);

  const kept = await waybill(folder, ["systems", "probe", "books"]);
  assert.equal(kept.code, 1);
  assert.match(kept.stdout, /books was not asked: .*left alone[\s\S]*--anyway/);
  assert.equal(seen.length, 1, "a probe obeys a stop");

  answer((response) =>
    response
      .writeHead(200, { "x-ratelimit-limit": "50", "x-ratelimit-remaining": "7", "x-ratelimit-reset": "300" })
      .end(),
  );
  const response = await fetch(`${running.url}/v1/systems/books/probe`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"anyway":true}',
  });
  const probed = (await response.json()) as Probed;
  assert.deepEqual([probed.answers, probed.headers["x-ratelimit-remaining"]], [true, "7"]);
  const after = (await json<Shown>(folder, ["systems"])).systems.find(({ name }) => name === "books");
  assert.equal(after?.stoppedUntil, null);
  assert.equal(after?.latency?.answers, 2);
  assert.deepEqual(
    after?.told.map(({ told, left }) => [told, left]),
    [["x-ratelimit-remaining", 7]],
  );
  const table = (await waybill(folder, ["systems"])).stdout;
  assert.match(table, /books tells x-ratelimit-remaining: 7 left of 50/);
  await until("the events are told", async () =>
    /books asked to be left alone[\s\S]*books may be called again[\s\S]*books was probed: done \(status 200\)/.test(
      running.log(),
    ),
  );
  const wrong = await fetch(`${running.url}/v1/systems/books/probe`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"anyhow":true}',
  });
  assert.equal(wrong.status, 400);
});
