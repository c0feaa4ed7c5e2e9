import assert from "node:assert/strict";
import { test } from "node:test";
import { clockAhead, ledgerDown, ledgerThatFails, pages, pathsOf, tokens } from "./pages.ts";

// When something is broken, the pages say so in words, and say nothing of what is inside.

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
