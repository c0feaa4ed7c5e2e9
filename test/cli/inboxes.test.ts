import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { json, projectFolder, started, until, waybill } from "./project.ts";

interface Shown {
  readonly state: string;
  readonly cause: string | null;
  readonly effects: readonly { readonly state: string; readonly result: unknown }[];
  readonly timeline: readonly { readonly what: string; readonly actor?: string }[];
}

const letters = `
import { atMostOnce, bearer, integration, push, secret, system } from "waybill";
import { z } from "zod";

const mail = system("mail", { baseUrl: process.env.MAIL_URL ?? "http://127.0.0.1:1", auth: bearer(secret("MAIL_TOKEN")), breaker: false });

export const letters = integration("letters", {
  source: push(),
  contract: z.object({ id: z.string().min(1), to: z.string() }),
  identify: (letter) => ({ id: letter.id }),
  async deliver(letter, { effect }) {
    await effect("send", mail.post("/send", { json: letter, idempotency: atMostOnce }));
  },
  retry: { first: "50ms", longest: "100ms" },
});
`;
const token = "very-secret-token-0815";

/** A project that sends letters at most once, and a mail service whose answers the test decides. */
async function letterProject(
  t: TestContext,
  answer: (count: number) => number | "lose",
): Promise<{ folder: string; env: Record<string, string>; seen: () => number }> {
  const folder = projectFolder(t);
  writeFileSync(join(folder, "waybill.config.ts"), 'export default { integrations: "letters.ts" };\n');
  writeFileSync(join(folder, "letters.ts"), letters);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}\n');
  writeFileSync(join(folder, ".env"), `MAIL_TOKEN=${token}\n`);
  let count = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      count += 1;
      const fate = answer(count);
      if (fate === "lose") {
        request.socket.destroy();
        return;
      }
      response.writeHead(fate, { "content-type": "application/json" });
      // A service that echoes what it was sent: its answers are not to be trusted with secrets.
      response.end(JSON.stringify({ status: fate, got: request.headers.authorization }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    folder,
    env: { MAIL_URL: `http://127.0.0.1:${(server.address() as { port: number }).port}` },
    seen: () => count,
  };
}

test("a letter in doubt is held, resolved beside a running start, and never sent twice", async (t) => {
  const { folder, env, seen } = await letterProject(t, (count) => (count === 1 ? "lose" : 200));
  await started(t, folder, env);
  await waybill(folder, ["send", "letters"], { input: '{"id":"L-1","to":"ann"}\n' });
  const state = async (): Promise<Shown> => {
    const { records } = await json<{ records: { record: string }[] }>(folder, ["records", "--id", "L-1"]);
    return json<Shown>(folder, ["show", records[0]?.record ?? ""]);
  };
  await until("L-1 is held", async () => (await state()).state === "held");
  const list = await waybill(folder, ["held"]);
  assert.match(list.stdout, /letters +in-doubt +1/);
  const { records } = await json<{ records: { record: string }[] }>(folder, ["records", "--state", "held"]);
  const record = records[0]?.record ?? "";

  const kept = await waybill(folder, ["held", "resolve", record, "--keep"]);
  assert.equal(kept.code, 1);
  assert.match(kept.stderr, /in doubt[\s\S]*--applied/);
  const replayed = await waybill(folder, ["dead", "replay", record]);
  assert.equal(replayed.code, 1);
  assert.match(replayed.stderr, /is held[\s\S]*held resolve/);

  const resolved = await waybill(folder, [
    "held",
    "resolve",
    record,
    "--applied",
    '{"id":"m-1"}',
    "--effect",
    "send",
    "--why",
    "it is in the outbox",
    "--actor",
    "ann",
  ]);
  assert.equal(resolved.code, 0, resolved.stderr);
  await until("L-1 is delivered", async () => (await state()).state === "delivered");
  const shown = await state();
  assert.deepEqual(shown.effects[0]?.result, { id: "m-1" });
  assert.equal(shown.timeline.find(({ what }) => what === "resolved")?.actor, "ann");
  assert.equal(seen(), 1);
});

test("dead RECORD ends a retrying one, and a secret that a destination echoes is not shown", async (t) => {
  const { folder, env } = await letterProject(t, () => 429);
  const running = await started(t, folder, env);
  await waybill(folder, ["send", "letters"], { input: '{"id":"L-1","to":"ann"}\n{"id":"L-2"}\n' });
  const { records } = await json<{ records: { record: string }[] }>(folder, ["records", "--id", "L-1"]);
  const record = records[0]?.record ?? "";
  await until("an attempt has failed", async () =>
    (await json<Shown>(folder, ["show", record])).timeline.some(({ what }) => what === "attempt-failed"),
  );
  let ended = { code: 1 as number | null, stdout: "", stderr: "" };
  await until("it is ended between two attempts", async () => {
    ended = await waybill(folder, ["dead", record, "--why", "nobody waits for it"]);
    return ended.code === 0;
  });
  assert.match(ended.stdout, /is dead \(ended\)/);
  const shown = await waybill(folder, ["show", record]);
  assert.match(shown.stdout, /nobody waits for it/);
  for (const text of [shown.stdout, (await waybill(folder, ["show", record, "--json"])).stdout, running.log()]) {
    assert.ok(!text.includes(token), "the token is shown");
  }
  assert.match(shown.stdout, /\[secret MAIL_TOKEN\]/, "what the destination echoed stands there by name");

  const discarded = await waybill(folder, ["quarantine", "discard", "--all", "--why", "a test"]);
  assert.equal(discarded.code, 0, discarded.stderr);
  assert.match(discarded.stdout, /is discarded/);
  assert.match((await waybill(folder, ["quarantine", "discard", "--all"])).stdout, /Nothing to discard/);
});

test("whoever cannot start says why in one message: a port in use, a ledger that is owned", async (t) => {
  const { folder, env } = await letterProject(t, () => 200);
  const { url } = await started(t, folder, env);
  const second = await waybill(folder, ["start", "--port", "0"]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /^✗ Another process owns the ledger[^\n]*\n {2}[^\n]+\n$/);
  const inUse = await waybill(folder, ["start", "--port", new URL(url).port, "--ledger", "sqlite:other.db"]);
  assert.equal(inUse.code, 1);
  assert.match(inUse.stderr, /Something else listens on 127\.0\.0\.1:\d+\.\n {2}[^\n]*--port/);
});

test("commands of later versions are named in the help, and say what to use meanwhile", async (t) => {
  const folder = projectFolder(t);
  const help = (await waybill(folder, ["--help"])).stdout;
  for (const name of ["run", "pause", "redo", "rehearse", "reconcile", "alerts", "report", "backup", "prune"])
    assert.match(help, new RegExp(`^ +${name}\\b`, "m"));
  const ran = await waybill(folder, ["reconcile", "orders", "--repair", "--json"]);
  assert.equal(ran.code, 2);
  const { error } = JSON.parse(ran.stdout) as { error: { code: string; hint: string } };
  assert.equal(error.code, "not-available");
  assert.match(error.hint, /waybill balance/);
});
