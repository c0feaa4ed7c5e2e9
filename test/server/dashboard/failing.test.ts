import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorBody } from "../serving.ts";
import {
  type Browser,
  bearer,
  clockAhead,
  ledgerDown,
  ledgerThatFails,
  pages,
  pathsOf,
  token,
  tokens,
  viewerToken,
} from "./pages.ts";

// When something is broken, the pages say so in words, and say nothing of what is inside.

/** What a person is told, checked to say what happened, what to do next, and where to go on. */
async function told(by: Browser, path: string, answer: Response): Promise<{ text: string; onward: string }> {
  const text = await answer.text();
  assert.match(answer.headers.get("content-type") ?? "", /^text\/html/, `${path}: ${text.slice(0, 200)}`);
  assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'/, path);
  assert.equal(answer.headers.get("cache-control"), "no-store", path);
  assert.match(
    text,
    /<h1>[^<]{8,}<\/h1><p class="why" role="alert">[^<]{8,}<\/p>\s*<p>[^<]{8,}/,
    `${path} says what to do`,
  );
  const onward = /<p class="do"><a class="button" href="([^"]*)"/.exec(text)?.[1] ?? "";
  const to = new URL(onward.replaceAll("&amp;", "&"), `http://x${path}`);
  const next = await by.get(to.pathname + to.search);
  assert.ok([200, 303].includes(next.status), `${path} leads to ${to.pathname}, which answers ${next.status}`);
  return { text, onward: to.pathname };
}

test("a person who asks for what is not there, or not so, is told in a page and led on; a program is told the same as JSON", async (t) => {
  const all = await pages(t);
  const [ann, vic] = [await all.person("ann"), await all.person("vic", viewerToken)];
  const { dead } = all.records;
  const tooMuch = { why: "x".repeat(10_000_001) };
  for (const [method, path, status, code, onward] of [
    ["GET", "/no/such/page?a=b", 404, "unknown-path", "/"],
    ["GET", "//evil.example/x", 404, "unknown-path", "/"],
    ["GET", "/records/none", 404, "unknown-record", "/"],
    ["GET", "/records/none/content", 404, "unknown-record", "/"],
    ["GET", "/alerts/none", 404, "unknown-alert", "/"],
    ["GET", "/inboxes/none", 404, "not-available", "/"],
    ["GET", "/records?color=red", 400, "bad-usage", "/"],
    ["GET", `/records/${dead}/replay`, 405, "wrong-method", `/records/${dead}`],
    ["POST", "/records", 405, "wrong-method", "/"],
    ["POST", "/no/such/page", 404, "unknown-path", "/"],
    ["POST", `/records/${dead}/replay`, 413, "too-large", `/records/${dead}`],
  ] as const) {
    const form = status === 413 ? tooMuch : { why: "x" };
    const answer = method === "GET" ? await ann.get(path) : await ann.post(path, form);
    assert.equal(answer.status, status, path);
    const { text, onward: to } = await told(ann, path, answer);
    assert.match(text, /aria-label="Sections"/, `${path} in the frame of all pages`);
    assert.equal(to, onward, path);
    const program = await fetch(all.at.url + path, {
      method,
      headers: bearer(token),
      ...(method === "POST" ? { body: new URLSearchParams(form) } : {}),
    });
    assert.equal(program.status, status, path);
    assert.equal(((await program.json()) as ErrorBody).error.code, code, path);
  }
  const refused = await vic.post(`/records/${dead}/replay`, { why: "x" });
  assert.equal(refused.status, 403);
  const { text, onward } = await told(vic, `/records/${dead}/replay`, refused);
  assert.match(text, /A viewer may look, and change nothing\./);
  assert.equal(onward, `/records/${dead}`);
  const asApi = await ann.get("/v1/records/none");
  assert.match(asApi.headers.get("content-type") ?? "", /json/, "the API says the same to everybody");
});

test("whoever is not signed in is told so in a page that holds nothing of the ledger", async (t) => {
  const all = await pages(t);
  const nobody = all.browser();
  const { dead } = all.records;
  for (const [path, form, headers, status] of [
    [`/records/${dead}/replay`, { why: "x" }, {}, 401],
    ["/no/such/page", {}, {}, 401],
    ["/healthz", {}, {}, 405],
    ["/sign-in", { token }, { origin: "https://evil.example" }, 403],
    ["/sign-in", { token: "x".repeat(30_000) }, {}, 413],
  ] as const) {
    const answer = await nobody.post(path, form as Record<string, string>, headers);
    assert.equal(answer.status, status, path);
    assert.equal(answer.headers.get("set-cookie"), null);
    const { text, onward } = await told(nobody, path, answer);
    assert.doesNotMatch(text, /<nav|Overview|orders|books-of-pages|data-live|ticket/, path);
    if (status === 401) assert.equal(onward, "/sign-in", path);
  }
});

test("while the ledger is down every page says that it cannot answer now, and is there again afterwards", async (t) => {
  const failing = ledgerThatFails();
  const all = await pages(t, { ...tokens, openLedger: failing.openLedger });
  const ann = await all.person("ann");
  const form = { ...(await ann.form("/systems", "systems/books-of-pages/pause")), why: "x" };
  failing.fails = ledgerDown();
  for (const path of pathsOf(all)) {
    const answer = await ann.get(path);
    const text = await answer.text();
    assert.equal(answer.status, 503, path);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/html/, path);
    assert.match(text, /Waybill cannot answer now.*The ledger cannot be reached\./s, path);
    assert.equal(answer.headers.get("retry-after"), "5", path);
    assert.equal(answer.headers.get("cache-control"), "no-store", path);
  }
  const deed = await ann.post("/systems/books-of-pages/pause", form);
  assert.equal(deed.status, 503);
  assert.match(await deed.text(), /Waybill cannot answer now/);
  assert.equal((await all.browser().get("/sign-in")).status, 200);
  assert.equal((await all.person("ben")).cookie?.startsWith("waybill_session="), true, "signing in asks no ledger");
  failing.fails = undefined;
  for (const path of pathsOf(all)) assert.equal((await ann.get(path)).status, 200, path);
  assert.deepEqual(await all.at.assembly.pauses.list(), []);
});

test("a page that breaks says only that it did, and the log has what", async (t) => {
  const failing = ledgerThatFails();
  const all = await pages(t, { ...tokens, openLedger: failing.openLedger });
  const ann = await all.person("ann");
  const form = { ...(await ann.form("/systems", "systems/books-of-pages/pause")), why: "x" };
  failing.fails = new TypeError("select secret_column from inner_table at /srv/waybill/src/ledger.ts:12");
  for (const path of pathsOf(all)) {
    const answer = await ann.get(path);
    const text = await answer.text();
    assert.equal(answer.status, 500, path);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/html/, path);
    assert.match(text, /Something went wrong inside Waybill/, path);
    assert.doesNotMatch(text, /secret_column|inner_table|TypeError|\.ts\b|at async/, path);
    assert.ok(
      all.at.events.some((event) => event.event === "server.failed" && event.path === path),
      path,
    );
  }
  const deed = await ann.post("/systems/books-of-pages/pause", form);
  assert.equal(deed.status, 500);
  assert.doesNotMatch(await deed.text(), /secret_column/);
  failing.fails = undefined;
});

test("a page that lay open while its session ended is sent to sign in, and its form does nothing", async (t) => {
  const time = clockAhead();
  const all = await pages(t, { ...tokens, clock: time.clock });
  const ann = await all.person("ann");
  const form = { ...(await ann.form("/systems", "systems/books-of-pages/pause")), why: "x" };
  const before = await all.ledger();
  time.forward(12 * 3_600_000);
  assert.equal((await ann.get("/systems")).status, 303);
  assert.equal((await ann.post("/systems/books-of-pages/pause", form)).status, 401);
  assert.equal(await all.ledger(), before);
});
