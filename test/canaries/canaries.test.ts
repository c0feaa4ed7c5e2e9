import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { SMTPServer } from "smtp-server";
import { projectFolder, type Ran, started, until, waybill } from "../cli/project.ts";
import { goodCertificate, leafKey } from "../world/certificates.ts";

// Secrets stand everywhere a secret may stand, the destinations echo them in every form, user code throws them, and the process crashes with them. Then
// everything that Waybill wrote is searched.

const canary = (name: string): string => `cnry"${name}-7f/+=&q\\z`;

/** Declared by `secret()`, or added by what says who we are. */
const declared = {
  BOOKS_TOKEN: canary("books"),
  MAIL_PASSWORD: canary("mail"),
  MAP_KEY: canary("map"),
  BODY_SECRET: canary("body"),
  HEADER_SECRET: canary("header"),
  QUERY_SECRET: canary("query"),
  HOOK_SECRET: canary("hook"),
  CLIENT_SECRET: canary("client"),
  WAYBILL_TOKEN: "cnry-operations-7f-and-it-is-long",
  BANK_KEY: leafKey,
};
/** Known to nobody: hidden by the name it stands under, or by what it looks like. */
const undeclared = {
  dsn: "cnry-dsn-password-7f",
  cookie: "cnry-cookie-7f",
  fromWebhook: "cnry-webhook-bearer-7f",
  accessToken: "cnry-access-token-7f/+=",
  refreshToken: "cnry-refresh-token-7f/+=",
  channel: "cnry-channel-7f-and-it-is-long",
  guess: "cnry-guessed-operations-token-7f",
  post: "cnry-post-7f/+=&q",
};
const sealing = Buffer.alloc(32, "cnry-sealing-key").toString("base64");

const definitions = `
import { apiKey, basic, bearer, byKey, clientCredentials, hmac, integration, push, secret, system, webhook } from "waybill";
import { z } from "zod";

const at = process.env.THERE ?? "http://127.0.0.1:1";
const books = system("books", { baseUrl: at + "/books", auth: bearer(secret("BOOKS_TOKEN")), timeout: "2s" });
const mail = system("mail", { baseUrl: at + "/mail", auth: basic("me", secret("MAIL_PASSWORD")) });
const map = system("map", { baseUrl: at + "/map", auth: apiKey(secret("MAP_KEY"), { query: "k" }) });
const crm = system("crm", {
  baseUrl: at + "/crm",
  auth: clientCredentials({ tokenUrl: at + "/token", clientId: "us", clientSecret: secret("CLIENT_SECRET") }),
});
const bank = system("bank", {
  baseUrl: process.env.BANK ?? "https://localhost:1",
  tls: { cert: secret("BANK_CERT"), key: secret("BANK_KEY"), ca: secret("BANK_ROOT") },
});
const note = secret("BODY_SECRET");
const gone = system("gone", { baseUrl: "http://127.0.0.1:9/gone", auth: bearer(secret("BOOKS_TOKEN")) });

const thrown = () => new Error(
  "cannot connect to postgres://app:" + process.env.DSN_PASSWORD + "@db.internal/x with " + JSON.stringify(
    [process.env.BOOKS_TOKEN, process.env.MAIL_PASSWORD, process.env.MAP_KEY, process.env.BODY_SECRET, process.env.CLIENT_SECRET, process.env.BANK_KEY],
  ) + " and " + process.env.HOOK_SECRET + " " + Buffer.from("x:" + process.env.BOOKS_TOKEN).toString("base64"),
);

export const orders = integration("orders", {
  source: [push(), webhook("/orders", { verify: hmac(secret("HOOK_SECRET"), { header: "x-signature" }) })],
  contract: z.object({ id: z.string(), does: z.string() }),
  identify: ({ id }) => ({ id }),
  retry: { first: "50ms", longest: "1s" },
  async deliver({ id, does }, { effect, call }) {
    if (does === "throw") throw thrown();
    if (does === "reject") void Promise.reject(thrown());
    if (does === "crash") setTimeout(() => { throw thrown(); }, 10);
    if (does === "ok" || does === "refused" || does === "broken" || does === "unauthorized") {
      const json = { id, note, password: "a payload is the user's own" };
      const headers = { "x-extra": secret("HEADER_SECRET") };
      await effect("books", books.post("/" + does, { json, headers, query: { q: secret("QUERY_SECRET") }, idempotency: byKey() }));
      await effect("mail", mail.put("/ok/" + id, { json: { id } }));
    }
    if (does === "reads") {
      await call(map.get("/ok")).catch(() => undefined);
      await call(map.get("/refused")).catch(() => undefined);
      await call(crm.get("/ok"));
      await call(crm.get("/refused")).catch(() => undefined);
      await call(bank.get("/ok")).catch(() => undefined);
      await call(gone.get("/x")).catch(() => undefined);
    }
  },
});
`;

/** Every form in which a text may stand in another one. */
function formsOf(value: string): readonly string[] {
  const base64 = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset, "x"), Buffer.from(value)])
      .toString("base64")
      .replace(/=+$/, "");
    // The first and the last letters depend on what stands beside them.
    const core = encoded.slice(offset === 0 ? 0 : 4, -1);
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
  const json = JSON.stringify(value).slice(1, -1);
  const percent = encodeURIComponent(value);
  const hex = Buffer.from(value).toString("hex");
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    percent,
    percent.toLowerCase(),
    hex,
    hex.toUpperCase(),
    ...base64,
  ].filter((form) => form.length > 8);
}

interface Found {
  readonly where: string;
  readonly what: string;
  readonly around: string;
}

function search(places: ReadonlyMap<string, string>): readonly Found[] {
  const looked = [...Object.entries({ ...declared, ...undeclared }), ["sealing key", sealing] as const];
  return [...places].flatMap(([where, text]) =>
    looked.flatMap(([what, value]) => {
      // Of a text that was cut, half a secret is as bad.
      const form = formsOf(value)
        .map((one) => one.slice(0, Math.max(10, Math.ceil(one.length / 2))))
        .find((one) => text.includes(one));
      if (form === undefined) return [];
      const at = text.indexOf(form);
      return [{ where, what, around: text.slice(Math.max(0, at - 120), at + form.length + 40) }];
    }),
  );
}

/** What the channels of alerts were sent. */
const told: string[] = [];
/** The same by mail, as it came and without what its encodings put between the letters. */
const mailed: string[] = [];

/** A mail server that lets in whoever knows the password. */
async function post(t: TestContext): Promise<string> {
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      password === undeclared.post ? done(null, { user: username ?? "" }) : done(new Error("who?")),
    async onData(stream, _session, done) {
      const letter = await text(stream);
      mailed.push(letter, readable(letter));
      done();
    },
  });
  const net = server.listen(0, "127.0.0.1");
  await once(net, "listening");
  t.after(() => new Promise<void>((closed) => server.close(closed)));
  return `smtp://app:${encodeURIComponent(undeclared.post)}@127.0.0.1:${(net.address() as AddressInfo).port}`;
}

/** Quoted-printable and base64 undone, wherever they stand (RFC 2045, 6.7 and 6.8). */
function readable(letter: string): string {
  const quoted = letter
    .replaceAll("=\r\n", "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const blocks = letter.match(/(?:[A-Za-z0-9+/]{60,76}={0,2}\r\n)+[A-Za-z0-9+/]*={0,2}/g) ?? [];
  return [quoted, ...blocks.map((block) => Buffer.from(block, "base64").toString())].join("\n");
}

/** Answers with all that it was sent, as careless servers do. */
function echo(request: IncomingMessage, response: ServerResponse, body: string): void {
  const { url = "", headers } = request;
  const auth = headers.authorization ?? url;
  const cookie = { "set-cookie": `sid=${undeclared.cookie}; HttpOnly`, "x-you-sent": auth };
  if (url.startsWith("/token")) {
    const { accessToken: access_token, refreshToken: refresh_token } = undeclared;
    const given = { access_token, refresh_token, token_type: "Bearer", expires_in: 3_600 };
    response.writeHead(200, { "content-type": "application/json", ...cookie }).end(JSON.stringify(given));
    return;
  }
  if (/^\/ok\/(slack|told)/.test(url)) told.push(body);
  if (url.includes("/ok")) {
    response.writeHead(201, { "content-type": "application/json", ...cookie }).end('{"id":"there"}');
    return;
  }
  const answer = {
    error: `no: ${auth} ${url} ${encodeURIComponent(auth)} ${Buffer.from(auth).toString("base64")} ${Buffer.from(auth).toString("hex")}`,
    headers,
    body,
    inner: JSON.stringify({ headers, body }),
  };
  const status = url.includes("/unauthorized") ? 401 : url.includes("/broken") ? 500 : 422;
  if (status === 500)
    response.writeHead(500, { "content-type": "text/html", ...cookie }).end(`<h1>${auth}</h1><pre>${body}</pre>`);
  else response.writeHead(status, { "content-type": "application/json", ...cookie }).end(JSON.stringify(answer));
}

async function listening(t: TestContext, secure: boolean): Promise<string> {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => echo(request, response, body));
  };
  const server = secure ? createTlsServer({ key: leafKey, cert: goodCertificate }, answer) : createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `${secure ? "https" : "http"}://127.0.0.1:${(server.address() as { port: number }).port}`;
}

test("no secret stands in logs, ledger, calls, pages, answers or crash output, in whatever form", async (t) => {
  const folder = projectFolder(t);
  mkdirSync(join(folder, "integrations"));
  writeFileSync(join(folder, "integrations/orders.ts"), definitions);
  writeFileSync(
    join(folder, "waybill.config.ts"),
    `import { config, email, httpAlert, secret, slack } from "waybill";
export default config({
  server: { token: secret("WAYBILL_TOKEN") },
  calls: { which: "all" },
  alerts: [
    slack(secret("SLACK_URL")),
    httpAlert(process.env.THERE + "/ok/told"),
    email(secret("SMTP_URL"), { from: "waybill@example.com", to: ["ann@example.com"] }),
  ],
});
`,
  );
  const there = await listening(t, false);
  const env = {
    ...declared,
    THERE: there,
    SLACK_URL: `${there}/ok/slack/${encodeURIComponent(undeclared.channel)}`,
    SMTP_URL: await post(t),
    BANK: await listening(t, true),
    BANK_CERT: goodCertificate,
    BANK_ROOT: (await import("../world/certificates.ts")).authority,
    DSN_PASSWORD: undeclared.dsn,
    WAYBILL_KEY: sealing,
    WAYBILL_LOG: "trace",
  };
  const places = new Map<string, string>();
  const ran = (where: string, { stdout, stderr }: Ran): void => void places.set(where, stdout + stderr);
  const start = await started(t, folder, env);
  const authorization = `Bearer ${declared.WAYBILL_TOKEN}`;
  const get = async (path: string, init: RequestInit = {}): Promise<string> => {
    const answered = await fetch(start.url + path, { headers: { authorization }, ...init });
    return `${JSON.stringify([...answered.headers])}\n${await answered.text()}`;
  };

  const all = ["ok", "refused", "broken", "unauthorized", "throw", "reject", "reads"];
  const lines = all.map((does, n) => JSON.stringify({ id: `A-${n}`, does })).join("\n");
  ran("send", await waybill(folder, ["send", "orders", "-"], { env, input: lines }));
  const forged = {
    authorization: `Bearer ${undeclared.fromWebhook}`,
    cookie: `sid=${undeclared.cookie}`,
    "x-signature": "00",
  };
  places.set("refused webhook", await get("/orders", { method: "POST", headers: forged, body: '{"id":"F"}' }));
  const guessed = { authorization: `Bearer ${undeclared.guess}` };
  places.set("refused operator", await get("/v1/records", { headers: guessed }));

  let calls = 0;
  await until("calls of every kind are in the log", async () => {
    const log = JSON.parse((await get("/v1/calls?limit=1000")).split("\n").slice(1).join("\n")) as {
      calls: { kind: string; system: string; status: number | null }[];
    };
    calls = log.calls.length;
    const systems = new Set(log.calls.map(({ system }) => system));
    const statuses = new Set(log.calls.map(({ status }) => status));
    return (
      ["books", "mail", "map", "crm", "bank", "gone"].every((name) => systems.has(name)) &&
      [201, 422, 500, 401, null].every((status) => statuses.has(status)) &&
      log.calls.some(({ kind }) => kind === "token")
    );
  });

  const rules = ["dead", "unauthorized"];
  await until("alerts that could carry secrets were told by all channels", async () =>
    rules.every(
      (rule) =>
        told.some((body) => body.includes(`"rule":"${rule}"`)) &&
        told.some((body) => body.includes('"blocks"')) &&
        mailed.some((letter) => letter.includes(rule === "dead" ? "cannot be delivered" : "let us in")),
    ),
  );
  places.set("channels of alerts", told.join("\n"));
  places.set("alerts by mail", mailed.join("\n"));

  for (const path of [
    "/v1/calls?limit=1000",
    "/v1/records",
    "/v1/balance",
    "/v1/systems",
    "/v1/workers",
    "/v1/refusals",
    "/v1/export?raw=true",
    "/v1/dead",
    "/v1/held",
    "/metrics",
    "/healthz",
    "/readyz",
    "/",
    "/v1/alerts",
  ])
    places.set(path, await get(path));
  for (const args of [
    ["calls", "--bodies", "--limit", "1000"],
    ["records"],
    ["refusals"],
    ["export"],
    ["dead"],
    ["held"],
    ["check"],
    ["alerts"],
  ])
    ran(args.join(" "), await waybill(folder, args, { env }));
  const { records } = JSON.parse((await waybill(folder, ["records", "--json"], { env })).stdout) as {
    records: { record: string }[];
  };
  assert.equal(records.length, all.length);
  for (const { record } of records) {
    places.set(`GET ${record}`, await get(`/v1/records/${record}`));
  }
  for (const { record } of records.slice(0, 3)) ran(`show ${record}`, await waybill(folder, ["show", record], { env }));
  const dsn = ["--ledger", `postgres://app:${undeclared.dsn}@db.internal/x`];
  ran("a ledger elsewhere", await waybill(folder, ["balance", ...dsn], { env }));

  ran("send crash", await waybill(folder, ["send", "orders", "-"], { env, input: '{"id":"C","does":"crash"}' }));
  if (start.child.exitCode === null) await once(start.child, "exit");
  assert.equal(start.child.exitCode, 1, "what nobody caught ends the process");
  assert.match(start.log(), /cannot connect to postgres/, "and is told");
  places.set("log and crash output", start.log());
  for (const file of ["ledger.db", "ledger.db-wal"]) {
    const path = join(folder, ".waybill", file);
    if (existsSync(path)) places.set(file, readFileSync(path, "latin1"));
  }
  assert.ok(calls >= 10 && places.size >= 35, `${calls} calls, ${places.size} places`);
  assert.ok([...places.values()].every((text) => text.length > 0));
  const found = search(places);
  assert.deepEqual(found, [], found.map(({ where, what, around }) => `${what} in ${where}: …${around}…`).join("\n\n"));
});
