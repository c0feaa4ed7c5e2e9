import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type OauthServer, oauthServer } from "../systems/auth/oauth-server.ts";

const cli = fileURLToPath(new URL("../../src/cli/waybill.ts", import.meta.url));
let server: OauthServer;
let folder: string;

before(async () => {
  server = await oauthServer();
  folder = mkdtempSync(join(tmpdir(), "waybill-connect-"));
  mkdirSync(join(folder, "integrations"));
  writeFileSync(
    join(folder, "integrations", "invoices.ts"),
    `import { integration, oauth, push, system } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};
const contract = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
export const xero = system("xero", {
  baseUrl: "${server.origin}",
  auth: oauth({ authorizeUrl: "${server.authorizeUrl}", tokenUrl: "${server.tokenUrl}", clientId: "waybill", scope: "a offline_access" }),
});
export default integration("invoices", { source: push(), contract, identify: (one) => ({ id: one.id }), async deliver() {} });
`,
  );
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Ran {
  readonly process: ChildProcess;
  /** The address where a person consents. */
  readonly address: Promise<string>;
  readonly ended: Promise<{ code: number | null; out: string; err: string }>;
}

function run(args: readonly string[], key = Buffer.alloc(32, 5).toString("base64")): Ran {
  const child = spawn(process.execPath, ["-C", "waybill-source", cli, ...args], {
    cwd: folder,
    env: { ...process.env, WAYBILL_KEY: key, NO_COLOR: "1" },
  });
  let out = "";
  let err = "";
  const address = Promise.withResolvers<string>();
  address.promise.catch(() => undefined);
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
    const found = /(http:\S+authorize\S+)/.exec(err)?.[1];
    if (found !== undefined) address.resolve(found);
  });
  const ended = once(child, "close").then(([code]) => {
    address.reject(new Error(err));
    return { code: code as number | null, out, err };
  });
  return { process: child, address: address.promise, ended };
}

test("a person consents in the browser, and what is given stands sealed in the ledger", async () => {
  const ran = run(["connect", "xero", "--no-browser"]);
  const asked = new URL(await ran.address);
  assert.equal(asked.searchParams.get("code_challenge_method"), "S256");
  const redirect = new URL(asked.searchParams.get("redirect_uri") ?? "");
  assert.equal(redirect.hostname, "127.0.0.1");
  const forged = await fetch(`${redirect.href}?code=stolen&state=guessed`);
  assert.equal(forged.status, 400, "an answer to another question was taken");
  const answered = await fetch(asked);
  assert.equal(answered.status, 200);
  const { code, out, err } = await ran.ended;
  assert.equal(code, 0, err);
  assert.match(out, /✓ xero is connected; its token is good until/);
  const stored = readdirSync(join(folder, ".waybill"))
    .map((file) => readFileSync(join(folder, ".waybill", file), "latin1"))
    .join();
  assert.ok(!stored.includes(server.refreshToken), "the refresh token can be read in the ledger");
  const shown = await run(["systems", "--json"]).ended;
  const [xero] = (
    JSON.parse(shown.out) as { systems: { auth: string; expiresAt: string | null; next: string | null }[] }
  ).systems;
  assert.deepEqual([xero?.auth, typeof xero?.expiresAt, xero?.next], ["ok", "string", null]);
  const wrong = await run(["systems"], Buffer.alloc(32, 6).toString("base64")).ended;
  assert.equal(wrong.code, 0);
});

test("a refused consent and one that nobody gives are named, and change nothing", async () => {
  const refused = run(["connect", "xero", "--no-browser"]);
  const asked = new URL(await refused.address);
  const back = new URL(asked.searchParams.get("redirect_uri") ?? "");
  back.searchParams.set("state", asked.searchParams.get("state") ?? "");
  back.searchParams.set("error", "access_denied");
  await fetch(back);
  const ended = await refused.ended;
  assert.deepEqual([ended.code, /consent for "xero" was refused: access_denied/.test(ended.err)], [1, true], ended.err);

  const late = await run(["connect", "xero", "--no-browser", "--timeout", "50ms"]).ended;
  assert.deepEqual([late.code, /Nobody consented for "xero" within 0.05 s/.test(late.err)], [1, true], late.err);
  const noKey = await run(["connect", "xero", "--no-browser"], "").ended;
  assert.deepEqual([noKey.code, /WAYBILL_KEY is not set/.test(noKey.err)], [2, true], noKey.err);
  const unknown = await run(["connect", "zero"]).ended;
  assert.deepEqual([unknown.code, /Did you mean "xero"/.test(unknown.err)], [2, true], unknown.err);
});
