import assert from "node:assert/strict";
import { test } from "node:test";
import { pages } from "./pages.ts";

test("an order that broke its contract is put right in a page: what is still wrong stands beside the field, what was typed stays, and then it is delivered", async (t) => {
  const all = await pages(t);
  const ann = await all.person("ann");
  const record = all.records.quarantined;
  const [page, deed] = [`/records/${record}/content`, `records/${record}/edit`];
  const { ledger } = all.at.assembly;
  const before = await ledger.record(record);

  const given = await ann.form(page, deed);
  const still = await ann.post(`/${deed}`, { ...given, "at.total": "much", why: "the shop said so" });
  assert.equal(still.status, 409);
  const text = await still.text();
  assert.match(text, /role="alert">[^<]*breaks the contract/);
  assert.match(text, /name="at\.total" value="much"/);
  assert.match(text, /class="issue"[^>]*>[^<]*expected number/);
  assert.equal((await ledger.record(record))?.revision, before?.revision, "nothing was changed");

  const again = await ann.form(page, deed);
  const done = await ann.post(`/${deed}`, { ...again, "at.total": "12.5", why: "the shop said so", after: "release" });
  assert.equal(done.status, 303, await done.text());
  await all.at.assembly.settled(undefined, 20_000);
  const whole = await ledger.record(record);
  assert.equal(whole?.state, "delivered");
  assert.equal((JSON.parse(Buffer.from(whole?.raw ?? []).toString()) as { total: number }).total, 12.5);
  assert.deepEqual(
    whole?.timeline
      .filter(({ actor }) => actor !== undefined)
      .map(({ what, actor, detail }) => [what, actor, String(detail).includes("the shop said so")]),
    [
      ["edited", "ann", true],
      ["released", "ann", true],
    ],
  );
});
