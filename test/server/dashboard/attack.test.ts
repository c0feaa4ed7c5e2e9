import assert from "node:assert/strict";
import { test } from "node:test";
import { opened, sealed } from "../../../src/server/sessions.ts";
import { requestText, spoken, statusesIn } from "../serving.ts";
import {
  alertId,
  type Browser,
  bearer,
  clockAhead,
  type Pages,
  pages,
  pathsOf,
  token,
  tokens,
  viewerToken,
} from "./pages.ts";

// Whoever is not who he says, or is made to act for somebody else, moves nothing: no order is let go, sent again or called off in another's name.

const hour = 3_600_000;

/** Every deed of the pages, and the page that has its form. */
const deedsOf = ({
  records,
}: Pages): readonly (readonly [page: string, deed: string, more: Record<string, string>])[] => [
  [`/records/${records.quarantined}`, `records/${records.quarantined}/discard`, { why: "x" }],
  [`/records/${records.dead}`, `records/${records.dead}/replay`, { why: "x" }],
  [`/records/${records.held}`, `records/${records.held}/resolve`, { why: "x", how: "notApplied" }],
  [`/records/${records.delivered}`, `records/${records.delivered}/redo`, { why: "x", effect: "invoice" }],
  ["/inboxes/quarantine?integration=orders", "inboxes/quarantine/discard", { why: "x" }],
  ["/inboxes/dead?integration=orders", "inboxes/dead/replay", { why: "x" }],
  ["/inboxes/held?integration=orders", "inboxes/held/discard", { why: "x" }],
  ["/systems", "systems/books-of-pages/pause", { why: "x" }],
  ["/integrations/orders", "integrations/orders/pause", { why: "x" }],
  [`/alerts/${alertId}`, `alerts/${alertId}/ack`, { why: "x" }],
  [`/alerts/${alertId}`, `alerts/${alertId}/mute`, { why: "x", for: "1h" }],
  ["/", "sign-out", {}],
];

test("nobody who has not signed in sees a page or does anything, and a person is sent to where he signs in", async (t) => {
  const all = await pages(t);
  const before = await all.ledger();
  const nobody = all.browser();
  for (const path of [...pathsOf(all), "/live"]) {
    const asked = await nobody.get(path);
    assert.equal(asked.status, 303, path);
    assert.match(asked.headers.get("location") ?? "", /^(\.\/|\.\.\/)+sign-in(\?to=|$)/, path);
    assert.equal((await all.at.get(path)).status, 401, `${path} for a program`);
    assert.equal((await fetch(all.at.url + path, { method: "HEAD" })).status, 401, `${path}, its head alone`);
  }
  const ann = await all.person("ann");
  for (const [page, deed, more] of deedsOf(all)) {
    const form = { ...(await ann.form(page, deed)), ...more };
    assert.equal((await nobody.post(`/${deed}`, form)).status, 401, deed);
  }
  assert.equal(await all.ledger(), before);
});

test("no form is taken from a page of another site, by a viewer, without its ticket or with one for something else", async (t) => {
  const all = await pages(t);
  const before = await all.ledger();
  const [ann, ben, viewer] = [await all.person("ann"), await all.person("ben"), await all.person("ann", viewerToken)];
  const refusedAll = async (
    what: string,
    by: Browser,
    headers: Record<string, string>,
    change: (form: Record<string, string>, deed: string) => Record<string, string>,
  ) => {
    for (const [page, deed, more] of deedsOf(all)) {
      const form = change({ ...(await ann.form(page, deed)), ...more }, deed);
      const answer = await by.post(`/${deed}`, form, headers);
      assert.equal(answer.status, 403, `${deed}: ${what}`);
      assert.equal(answer.headers.get("set-cookie"), null, `${deed}: ${what}`);
    }
  };
  const same = (form: Record<string, string>) => form;
  await refusedAll("another site", ann, { origin: "https://evil.example" }, same);
  await refusedAll("no site that has a name", ann, { origin: "null" }, same);
  await refusedAll("another port", ann, { origin: all.at.url.replace(/\d+$/, "1") }, same);
  await refusedAll("another site, as the browser says", ann, { "sec-fetch-site": "cross-site" }, same);
  await refusedAll("a neighbour, as the browser says", ann, { "sec-fetch-site": "same-site" }, same);
  await refusedAll("no ticket", ann, {}, ({ ticket: _ticket, ...form }) => form);
  await refusedAll("an empty ticket", ann, {}, (form) => ({ ...form, ticket: "" }));
  await refusedAll("dots for a ticket", ann, {}, (form) => ({ ...form, ticket: ".." }));
  await refusedAll("a ticket with another time", ann, {}, (form) => ({ ...form, ticket: `z${form.ticket}` }));
  await refusedAll("the ticket of somebody else", ben, {}, same);
  await refusedAll("the ticket of an operator of the same name", viewer, {}, same);
  await refusedAll("a program that may only look", all.browser(), bearer(viewerToken), same);
  const other = await ann.form("/systems", "systems/books-of-pages/pause");
  await refusedAll("the ticket of another deed", ann, {}, (form, deed) =>
    deed === "systems/books-of-pages/pause" ? { ...form, ticket: "x" } : { ...form, ticket: other.ticket ?? "" },
  );
  assert.equal(await all.ledger(), before);
});

test("a form is taken once: a second click, or the back button, does nothing again", async (t) => {
  const all = await pages(t);
  const ann = await all.person("ann");
  for (const [page, deed, more] of deedsOf(all).filter(
    ([, deed]) => deed.endsWith("/pause") || deed.includes("/ack"),
  )) {
    const form = { ...(await ann.form(page, deed)), ...more };
    assert.equal((await ann.post(`/${deed}`, form)).status, 303, deed);
    const after = await all.ledger();
    const again = await ann.post(`/${deed}`, form);
    assert.equal(again.status, 403, deed);
    assert.match(await again.text(), /This form was sent already/);
    assert.equal(await all.ledger(), after, deed);
  }
});

test("a page that lay open for more than twelve hours does nothing any more", async (t) => {
  const time = clockAhead();
  const all = await pages(t, { ...tokens, clock: time.clock });
  const deed = "systems/books-of-pages/pause";
  const form = { ...(await (await all.person("ann")).form("/systems", deed)), why: "x" };
  const before = await all.ledger();
  time.forward(12 * hour + 1_000);
  const ann = await all.person("ann");
  const late = await ann.post(`/${deed}`, form);
  assert.equal(late.status, 403);
  assert.match(await late.text(), /older than twelve hours/);
  assert.equal(await all.ledger(), before);
});

test("a cookie that is forged, altered, over, or of a token that was changed lets nobody in", async (t) => {
  const time = clockAhead();
  const all = await pages(t, { ...tokens, clock: time.clock });
  const untilMs = time.clock.now() + hour;
  const good = sealed({ name: "ann", role: "operator", untilMs }, token);
  const viewer = sealed({ name: "ann", role: "viewer", untilMs }, viewerToken);
  const [text = "", mac = ""] = good.split(".");
  const raised = Buffer.from(JSON.stringify(["operator", "ann", untilMs])).toString("base64url");
  const status = async (cookie: string): Promise<number> => {
    const { status } = await all.at.get("/v1/balance", { cookie: `waybill_session=${cookie}` });
    return status;
  };
  assert.equal(await status(good), 200);
  assert.equal(await status(viewer), 200);
  const longer = Buffer.from(JSON.stringify(["operator", "ann", untilMs * 2])).toString("base64url");
  for (const [what, cookie] of Object.entries({
    "nothing in it": "",
    "no signature": text,
    "an empty signature": `${text}.`,
    "half of the signature": `${text}.${mac.slice(0, 20)}`,
    "another name": `${Buffer.from(JSON.stringify(["operator", "eve", untilMs])).toString("base64url")}.${mac}`,
    "more rights": `${raised}.${viewer.split(".")[1]}`,
    "more time": `${longer}.${mac}`,
    "another token": sealed({ name: "ann", role: "operator", untilMs }, "the token before this one"),
    "the token of viewers, for an operator": sealed({ name: "ann", role: "operator", untilMs }, viewerToken),
    "the token of operators, for a viewer": sealed({ name: "ann", role: "viewer", untilMs }, token),
    "a role that there is not": sealed({ name: "ann", role: "admin" as "viewer", untilMs }, token),
    "a role of every object": sealed({ name: "ann", role: "constructor" as "viewer", untilMs }, token),
    "no JSON": `${Buffer.from("{").toString("base64url")}.${mac}`,
    null: `${Buffer.from("null").toString("base64url")}.${mac}`,
    "it is over": sealed({ name: "ann", role: "operator", untilMs: time.clock.now() }, token),
  })) {
    assert.equal(await status(cookie), 401, what);
  }
  time.forward(hour);
  assert.equal(await status(good), 401, "an hour later");
});

test("a name with anything in it stands in the cookie as letters of base64, and comes out as one harmless line", () => {
  for (const name of [
    "ann; Path=/; Domain=evil.example",
    "a\r\nSet-Cookie: x=y",
    "a\0b",
    "\u202eann",
    "安娜",
    "🦊".repeat(200),
  ]) {
    const value = sealed({ name, role: "viewer", untilMs: 2 }, token);
    assert.match(value, /^[\w-]+\.[\w-]+$/);
    const said = opened(value, () => token, 1)?.name ?? "";
    assert.ok(said.isWellFormed() && [...said].length <= 100 && !/[\p{Cc}\p{Cf}]/u.test(said), said);
  }
});

test("whoever signs in is led to a page of Waybill, whatever the address says that brought him", async (t) => {
  const all = await pages(t);
  const leadsTo = async (to: string): Promise<string> => {
    const answer = await all.browser().post("/sign-in", { token, name: "ann", to });
    assert.equal(answer.status, 303, to);
    const shown = await (await all.browser().get(`/sign-in?to=${encodeURIComponent(to)}`)).text();
    assert.ok(!/value="[^"]*evil/.test(shown), to);
    return new URL(answer.headers.get("location") ?? "", "https://x.example/tools/waybill/sign-in").href;
  };
  for (const to of [
    "//evil.example",
    "///evil.example",
    "/evil",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,evil",
    "..",
    "../evil",
    "records/../../evil",
    "records/..\\..\\evil",
    "\\\\evil.example",
    "/\\evil.example",
    "%2f%2fevil.example",
    "records/%2e%2e/%2e%2e/%2E./evil",
    "records/.%2e/.%2e/evil",
    "records\r\nset-cookie: evil=1",
    "records?search=\u2603evil",
    "records?search=\0evil",
    " //evil",
    "\t//evil",
    "evil@evil.example:80",
    "x".repeat(2_000).concat("://evil"),
  ]) {
    assert.equal(await leadsTo(to), "https://x.example/tools/waybill/", JSON.stringify(to));
  }
  for (const to of [
    "records",
    "records/01abc",
    "records?integration=orders&search=a%20b",
    "inboxes/dead?cause=refused",
    "v1/report",
  ]) {
    assert.equal(await leadsTo(to), `https://x.example/tools/waybill/${to}`);
  }
});

test("there is no file of this machine among the assets, however its name is written", async (t) => {
  const all = await pages(t);
  for (const target of [
    "/assets/x/..%2f..%2fpackage.json",
    "/assets/x/%2e%2e%2fpage.js",
    "/assets/..%2f..%2f/page.js/../../etc/passwd",
    "/assets/x/page.js%00",
    "/assets/x/__proto__",
    "/assets/x/constructor",
    "/assets/x/toString",
    "/assets/x/..\\page.js",
    "/assets/x//etc/passwd",
    "/assets/x/sign-in.ts",
  ]) {
    const said = await spoken(all.at.port, [requestText(`GET ${target}`, {})]);
    const [status] = statusesIn(said);
    assert.ok(status === 404 || status === 401 || status === 400, `${target}: ${status}`);
    assert.ok(!said.includes("root:") && !said.includes('"dependencies"'), target);
  }
  const ann = await all.person("ann");
  for (const path of [
    "/records/..%2f..%2fetc%2fpasswd",
    "/records/%00",
    "/records/%E0%A4%A",
    "/records/__proto__",
    "/alerts/%00",
    "/inboxes/__proto__",
    "/inboxes/constructor",
  ]) {
    assert.equal((await ann.get(path)).status, 404, path);
  }
});

test("nothing but its own methods is answered by a page, and of a page's head alone nothing is left open", async (t) => {
  const all = await pages(t);
  const ann = await all.person("ann");
  const before = await all.ledger();
  for (const path of [...pathsOf(all), "/live"]) {
    const cookie = ann.cookie ?? "";
    assert.equal((await fetch(all.at.url + path, { method: "PUT", headers: { cookie } })).status, 405, path);
    assert.equal((await fetch(all.at.url + path, { method: "DELETE", headers: { cookie } })).status, 405, path);
    const head = await fetch(all.at.url + path, { method: "HEAD", headers: { cookie } });
    assert.deepEqual([head.status, await head.text()], [200, ""], path);
  }
  for (const [, deed] of deedsOf(all)) assert.equal((await ann.get(`/${deed}`)).status, 405, deed);
  // As many pages may follow what happens as before: none of these has taken a place.
  for (let asked = 0; asked < 600; asked++) {
    const { status } = await all.at.assembly.app.fetch(
      new Request("http://localhost/live", { method: "HEAD", headers: { cookie: ann.cookie ?? "" } }),
    );
    assert.equal(status, 200);
  }
  const follows = await all.at.assembly.app.fetch(
    new Request("http://localhost/live", { headers: { cookie: ann.cookie ?? "" } }),
  );
  assert.equal(follows.status, 200, "somebody who follows what happens finds no place");
  await follows.body?.cancel();
  assert.equal(await all.ledger(), before);
});

test("whoever has shown nothing cannot fill the memory with what he sends to be signed in", async (t) => {
  const all = await pages(t);
  const answer = await all.browser().post("/sign-in", { token, name: "x".repeat(30_000), to: "" });
  assert.equal(answer.status, 413);
});
