// A running `start` whose accounts are not connected yet, and a person who connects them beside it, tenant by tenant: what waited goes on at once.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type OauthServer, oauthServer } from "../systems/auth/oauth-server.ts";

const cli = fileURLToPath(new URL("../../src/cli/waybill.ts", import.meta.url));
const index = JSON.stringify(new URL("../../src/index.ts", import.meta.url).href);
let server: OauthServer;
let folder: string;
let running: ChildProcess;
/** Of the server of the process that runs. */
let url: string;

/** A breaker that does not look again by itself while this test lasts. */
const open = "1h";

before(async () => {
  server = await oauthServer();
  folder = mkdtempSync(join(tmpdir(), "waybill-connect-beside-"));
  mkdirSync(join(folder, "integrations"));
  writeFileSync(
    join(folder, "integrations", "invoices.ts"),
    `import { byKey, integration, oauth, push, system, tenants } from ${index};
const contract = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
const shops = tenants("shops", {
  list: [{ id: "shop-1" }, { id: "shop-2" }],
  id: (shop) => shop.id,
  secrets: { CLIENT_ID: (shop) => "client of " + shop.id, CLIENT_SECRET: (shop) => shop.id === "shop-1" ? "one's secret" : "two's secret" },
});
const auth = (own) => oauth({ authorizeUrl: "${server.authorizeUrl}", tokenUrl: "${server.tokenUrl}", scope: "a offline_access", ...own });
const breaker = { open: "${open}" };
const xero = system("xero", { baseUrl: "${server.origin}", breaker, auth: auth({ clientId: "waybill" }) });
const shop = system("shop", {
  per: shops, baseUrl: "${server.origin}", breaker,
  auth: auth({ clientId: shops.secret("CLIENT_ID"), clientSecret: shops.secret("CLIENT_SECRET") }),
});
const common = { source: push(), contract, identify: (one) => ({ id: one.id }) };
const make = (books) => async (one, { effect }) => {
  await effect("invoice", books.post("/invoices", { json: one, idempotency: byKey() }));
};
export const invoices = integration("invoices", { ...common, deliver: make(xero) });
export const orders = integration("orders", { ...common, source: push(), per: shops, deliver: make(shop) });
`,
  );
  running = spawn(process.execPath, ["-C", "waybill-source", cli, "start", "--port", "0"], { cwd: folder, env });
  url = await listening(running);
});
after(async () => {
  running.kill("SIGTERM");
  await once(running, "exit");
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const env = { ...process.env, WAYBILL_KEY: Buffer.alloc(32, 5).toString("base64"), NO_COLOR: "1" };

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** One command; a consent that it asks for is given. */
async function run(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const child = spawn(process.execPath, ["-C", "waybill-source", cli, ...args], {
    cwd: folder,
    env: { ...env, ...more },
  });
  let [out, err, consented] = ["", "", false];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
    const asked = /(http:\S+authorize\S+)/.exec(err)?.[1];
    if (asked === undefined || consented) return;
    consented = true;
    void fetch(asked);
  });
  const [code] = await once(child, "close");
  return { code: code as number | null, out, err };
}

interface Shown {
  readonly name: string;
  readonly tenant?: string;
  readonly auth: string;
  readonly next: string | null;
}

function listening({ stderr }: ChildProcess): Promise<string> {
  let said = "";
  return new Promise((resolve) => {
    stderr?.on("data", (chunk) => {
      said += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    });
  });
}

async function accounts(): Promise<readonly string[]> {
  const { systems } = (await (await fetch(`${url}/v1/systems`)).json()) as { systems: readonly Shown[] };
  return systems.map(({ name, tenant = "-", auth, next }) => `${name} ${tenant} ${auth} ${next}`);
}

async function delivered(name: string): Promise<number> {
  const { integrations } = (await (await fetch(`${url}/v1/balance`)).json()) as {
    integrations: { name: string; delivered: number }[];
  };
  return integrations.filter((one) => one.name === name).reduce((sum, one) => sum + one.delivered, 0);
}

async function send(name: string): Promise<void> {
  const body = Array.from({ length: 5 }, (_, at) => `{"id":"${at}"}`).join("\n");
  const headers = { "content-type": "application/x-ndjson" };
  const answer = await fetch(`${url}/v1/integrations/${name}`, { method: "POST", headers, body });
  assert.equal(answer.status, 202, await answer.text());
}

async function until(is: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; !(await is()); looks++) {
    assert.ok(looks < 600, "what waited did not go on");
    await new Promise((later) => setTimeout(later, 50));
  }
}

test("what waits for an account goes on once a person has connected it beside the process that runs", async () => {
  await send("invoices/records");
  await until(async () => (await accounts()).includes("xero - unauthorized npx waybill connect xero"));
  assert.equal(await delivered("invoices"), 0);
  const { code, out, err } = await run(["connect", "xero", "--no-browser"]);
  assert.equal(code, 0, err);
  assert.match(out, /xero is connected/);
  await until(async () => (await delivered("invoices")) === 5);
  assert.equal(server.api.good, 5);
});

test("each tenant is connected by a consent of its own, with its own client and secret, and only what is its goes on", async () => {
  for (const tenant of ["shop-1", "shop-2"]) await send(`orders/records?tenant=${tenant}`);
  const of = (tenant: string, auth = `unauthorized npx waybill connect shop --tenant ${tenant}`) =>
    `shop ${tenant} ${auth}`;
  await until(async () => {
    const all = await accounts();

    return all.includes(of("shop-1")) && all.includes(of("shop-2"));
  });
  const asked = server.asked.length;
  const good = server.api.good;
  const { code, out, err } = await run(["connect", "shop", "--tenant", "shop-1", "--no-browser"]);
  assert.equal(code, 0, err);
  assert.match(err, /client_id=client\+of\+shop-1/, "a person needs the whole address");
  assert.match(out, /shop of shop-1 is connected/);
  await until(async () => (await delivered("orders")) === 5);
  assert.equal(server.api.good, good + 5);
  const [exchange] = server.asked.slice(asked);
  const credentials = Buffer.from((exchange?.authorization ?? "").replace("Basic ", ""), "base64").toString();
  assert.equal(decodeURIComponent(credentials.replaceAll("+", " ")), "client of shop-1:one's secret");
  assert.ok((await accounts()).includes(of("shop-2")), "the other is not let in by it");
  await run(["connect", "shop", "--tenant", "shop-2", "--no-browser"]);
  await until(async () => (await delivered("orders")) === 10);
});

test("whose account is meant is asked for, and a key that is missing says how to make one", async () => {
  const whose = await run(["connect", "shop", "--no-browser"]);
  assert.deepEqual([whose.code, /no tenant is named/.test(whose.err)], [2, true], whose.err);
  const nobodys = await run(["connect", "xero", "--tenant", "shop-1", "--no-browser"]);
  assert.deepEqual([nobodys.code, /has no tenants/.test(nobodys.err)], [2, true], nobodys.err);
  const unknown = await run(["connect", "shop", "--tenant", "shop-9", "--no-browser"]);
  assert.deepEqual([unknown.code, /"shop-9" is not in the list/.test(unknown.err)], [1, true], unknown.err);
  const noKey = await run(["connect", "xero", "--no-browser"], { WAYBILL_KEY: "" });
  assert.deepEqual([noKey.code, /openssl rand -base64 32 makes one/.test(noKey.err)], [2, true], noKey.err);
});
