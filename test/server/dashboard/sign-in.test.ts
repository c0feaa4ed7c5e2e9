import assert from "node:assert/strict";
import { test } from "node:test";
import { secret } from "waybill";
import { env, requestText, serving, spoken, statusesIn } from "../serving.ts";
import { Browser, bearer, pages, token, tokens, viewerToken } from "./pages.ts";

// Who did it stands beside what was done: signing in, with a token and a name, or by way of a proxy that knows people.

test("a wrong token is refused without a word of which ones there are, and sets no cookie", async (t) => {
  const all = await pages(t);
  const said = new Set<string>();
  for (const wrong of [
    "",
    "x",
    `${token}x`,
    token.slice(1),
    token.toUpperCase(),
    `${viewerToken} `,
    "undefined",
    "\0",
  ]) {
    const answer = await all.browser().post("/sign-in", { token: wrong, name: "ann", to: "" });
    assert.equal(answer.status, 401, wrong);
    assert.equal(answer.headers.get("set-cookie"), null);
    said.add(await answer.text());
  }
  assert.equal(said.size, 1);
  const nameless = await all.browser().post("/sign-in", { token, name: " \u202e\0 ", to: "" });
  assert.equal(nameless.status, 401);
  assert.match(await nameless.text(), /Say who you are/);
  const elsewhere = await all.browser().post("/sign-in", { token, name: "eve" }, { origin: "https://evil.example" });
  assert.equal(elsewhere.status, 403, "nobody is signed in by a page of another site");
});

test("the name that somebody signed in with stands in the record's timeline, and on its page", async (t) => {
  const all = await pages(t);
  const ann = await all.person("Ann O'Neil <ops>");
  const deed = `records/${all.records.quarantined}/discard`;
  const form = await ann.form(`/records/${all.records.quarantined}`, deed);
  assert.equal((await ann.post(`/${deed}`, { ...form, why: "a test order" })).status, 303);
  const whole = await all.at.assembly.ledger.record(all.records.quarantined);
  const entry = whole?.timeline.find(({ actor }) => actor !== undefined);
  assert.equal(entry?.actor, "Ann O'Neil <ops>");
  assert.match(await (await ann.get(`/records/${all.records.quarantined}`)).text(), /by Ann O&#39;Neil &lt;ops&gt;/);
});

test("a viewer looks at everything, is shown no form that changes something, and can sign out", async (t) => {
  const all = await pages(t);
  const before = await all.ledger();
  const viewer = await all.person("vic", viewerToken);
  for (const path of [
    "/",
    "/records",
    `/records/${all.records.dead}`,
    "/inboxes",
    "/inboxes/dead",
    "/alerts",
    "/systems",
  ]) {
    const answer = await viewer.get(path);
    assert.equal(answer.status, 200, path);
    const deeds = [...(await answer.text()).matchAll(/<form method="post" action="([^"]*)"/g)].map(([, to]) => to);
    assert.deepEqual(
      deeds.map((to) => to?.replaceAll("../", "./").replace(/^(\.\/)+/, "")),
      ["sign-out"],
      path,
    );
  }
  for (const path of [
    `/v1/records/${all.records.dead}/replay`,
    "/v1/dead/replay",
    "/v1/systems/books-of-pages/pause",
  ]) {
    const headers = { "content-type": "application/json", cookie: viewer.cookie ?? "" };
    assert.equal((await all.at.post(path, '{"why":"x","all":true}', headers)).status, 403, path);
  }
  assert.equal(await all.ledger(), before);
  const out = await viewer.post("/sign-out", await viewer.form("/", "sign-out"));
  assert.deepEqual([out.status, out.headers.get("location")], [303, "./sign-in"]);
  assert.match(out.headers.get("set-cookie") ?? "", /^waybill_session=; Max-Age=0; HttpOnly; SameSite=Strict$/);
  assert.equal((await viewer.get("/")).status, 303, "signed out");
});

test("no script reads the cookie, no other site sends it, and it never goes out in the clear once it came by TLS", async (t) => {
  const all = await pages(t);
  const cookie = async (headers: Record<string, string> = {}): Promise<string> => {
    const form = { token, name: "ann", to: "" };
    return (await all.browser().post("/sign-in", form, headers)).headers.get("set-cookie") ?? "";
  };
  const plain = await cookie();
  assert.match(plain, /^waybill_session=[\w-]+\.[\w-]+; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  for (const proto of ["https", "HTTPS", "https,http", "https, http"])
    assert.match(await cookie({ "x-forwarded-proto": proto }), /; Secure$/, proto);
  for (const proto of ["http", "http,https", "", "httpsx"])
    assert.doesNotMatch(await cookie({ "x-forwarded-proto": proto }), /Secure/, proto);
  const host = new URL(all.at.url).host;
  assert.match(await cookie({ origin: `https://${host}` }), /; Secure$/, "a proxy that says nothing of TLS");
});

test("no page and no way to it is kept by a browser or by what stands between", async (t) => {
  const all = await pages(t);
  const ann = await all.person("ann");
  for (const path of ["/", "/sign-in", "/records", `/records/${all.records.dead}`, "/records/none", "/alerts"])
    assert.equal((await ann.get(path)).headers.get("cache-control"), "no-store", path);
  assert.equal((await all.browser().get("/records")).headers.get("cache-control"), "no-store");
});

test("who has signed in stays so across a restart, until the token is changed", async (t) => {
  const one = await pages(t);
  const ann = await one.person("ann");
  const cookie = ann.cookie ?? "";
  const again = await pages(t);
  assert.equal((await again.at.get("/v1/balance", { cookie })).status, 200);
  const changed = await pages(t, { ...tokens, env: { ...tokens.env, API_TOKEN: "the token that came after it" } });
  assert.equal((await changed.at.get("/v1/balance", { cookie })).status, 401);
  const form = await ann.form("/systems", "systems/books-of-pages/pause");
  const other = new Browser(again.at.url);
  other.cookie = cookie;
  assert.equal((await other.post("/systems/books-of-pages/pause", { ...form, why: "x" })).status, 303, "an open page");
});

const proxy = { header: "X-Forwarded-Email", from: ["127.0.0.1"] };
const by = (email: string): Record<string, string> => ({ "x-forwarded-email": email });

test("a proxy that signs people in says who they are, and only those who are named may change something", async (t) => {
  const all = await pages(t, {
    ...tokens,
    server: { authProxy: { ...proxy, operators: ["ann@shop.example", "jürgen@shop.example"] } },
  });
  const browser = all.browser();
  const deed = "systems/books-of-pages/pause";
  const pause = async (email: string): Promise<number> => {
    const page = await (await browser.get("/systems", by(email))).text();
    const ticket = /systems\/books-of-pages\/\w+".*?name="ticket" value="([^"]*)"/s.exec(page)?.[1] ?? "";
    return (await browser.post(`/${deed}`, { ticket, why: "x" }, by(email))).status;
  };
  const before = await all.ledger();
  for (const email of [
    "vic@shop.example",
    "ANN@shop.example",
    "ann@shop.example, eve@shop.example",
    "ann@shop.examplex",
    `${"a".repeat(100)}x`,
  ])
    assert.equal(await pause(email), 403, email);
  assert.equal(await all.ledger(), before);
  assert.equal(await pause("ann@shop.example"), 303);
  assert.equal((await all.at.assembly.pauses.list())[0]?.actor, "ann@shop.example");
  const page = await browser.get("/", by(Buffer.from("jürgen@shop.example", "utf8").toString("latin1")));
  const text = await page.text();
  assert.match(text, /jürgen@shop\.example/);
  assert.match(text, /What you do here stands/);
});

test("of those whom a proxy signs in nobody may change something unless it is said, and everybody only where that is", async (t) => {
  const role = async (operators: "everybody" | undefined): Promise<string> => {
    const server = { authProxy: { ...proxy, ...(operators === undefined ? {} : { operators }) } };
    const at = await serving(t, { token: secret("API_TOKEN"), server });
    return (await (await at.get("/", by("x@shop.example"))).text()).includes("You may look, and change nothing")
      ? "viewer"
      : "operator";
  };
  assert.deepEqual([await role(undefined), await role("everybody")], ["viewer", "operator"]);
});

test("what a proxy would say is believed of nobody else", async (t) => {
  const server = { authProxy: { header: "X-Forwarded-Email", from: ["10.0.0.7"], operators: "everybody" as const } };
  const guarded = await serving(t, { token: secret("API_TOKEN"), server });
  assert.equal((await guarded.get("/", by("ann@shop.example"))).status, 401);
  assert.equal(
    (
      await guarded.get("/v1/balance", {
        ...by("ann@shop.example"),
        "x-forwarded-for": "10.0.0.7",
        forwarded: "for=10.0.0.7",
      })
    ).status,
    401,
  );
  assert.equal((await guarded.get("/v1/balance", bearer(env.API_TOKEN))).status, 200);
  const { app } = guarded.assembly;
  const from = async (address: string | undefined): Promise<number> =>
    (await app.fetch(new Request("http://localhost/v1/balance", { headers: by("ann@shop.example") }), address)).status;
  assert.deepEqual(
    [
      await from("10.0.0.7"),
      await from("::ffff:10.0.0.7"),
      await from("10.0.0.8"),
      await from("10.0.0.70"),
      await from(undefined),
      await from("x"),
    ],
    [200, 200, 401, 401, 401, 401],
  );
});

test("without a token, what a proxy on this machine passes on without a name is not this machine", async (t) => {
  const at = await serving(t, { server: { authProxy: proxy } });
  assert.equal((await at.get("/v1/balance")).status, 403, "a path that the proxy lets everybody see");
  assert.equal((await at.get("/v1/balance", by(" "))).status, 403, "a name that is empty");
  assert.equal((await at.get("/v1/balance", by("ann@shop.example"))).status, 200);
  const mistaken = await serving(t, { server: { authProxy: { ...proxy, from: ["10.0.0.7"] } } });
  assert.equal((await mistaken.get("/v1/balance", by("vic@shop.example"))).status, 403, "a proxy at another address");
  assert.equal((await mistaken.get("/v1/balance")).status, 200, "this machine itself");
  const host = { host: `127.0.0.1:${at.port}` };
  for (const name of ["x-forwarded-proto", "x-forwarded-prefix", "x-forwarded-host"]) {
    const said = await spoken(mistaken.port, [requestText("GET /v1/balance", { ...host, [name]: "https" })]);
    assert.deepEqual(statusesIn(said), [403], name);
  }
});

test("a form that came by a proxy with a host of its own is of this site where its address is declared, and only then", async (t) => {
  const origin = "https://x.example";
  const known = await pages(t, { ...tokens, server: { ...tokens.server, publicUrl: `${origin}/tools/waybill` } });
  const form = { token, name: "ann", to: "" };
  assert.equal((await known.browser().post("/sign-in", form, { origin })).status, 303);
  for (const other of [
    "https://x.example.evil.example",
    "http://x.example",
    "https://x.example:444",
    "https://evil.example",
  ])
    assert.equal((await known.browser().post("/sign-in", form, { origin: other })).status, 403, other);
  assert.equal((await known.browser().post("/sign-in", form, { origin, "sec-fetch-site": "cross-site" })).status, 403);
  const unknown = await pages(t);
  assert.equal((await unknown.browser().post("/sign-in", form, { origin })).status, 403);
});
