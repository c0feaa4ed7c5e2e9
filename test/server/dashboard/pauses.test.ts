import assert from "node:assert/strict";
import { test } from "node:test";
import { integration, push, tenants } from "waybill";
import { z } from "zod";
import { type Browser, orders, pages, sent, tokens, viewerToken } from "./pages.ts";

// A person stops an integration, a system or a tenant, and lets it go on. What was received meanwhile is still there.

const shops = tenants("shops-of-pages", { list: [{ id: "shop-7" }, { id: "shop-9" }], id: (shop) => shop.id });

const paths = { integration: "integrations", system: "systems", tenant: "tenants" } as const;

async function act(by: Browser, page: string, deed: string): Promise<Record<string, string>> {
  const form = { ...(await by.form(page, deed)), why: "they count their stock" };
  assert.equal((await by.post(`/${deed}`, form)).status, 303, deed);
  return form;
}

for (const [kind, name] of [
  ["integration", "orders"],
  ["system", "books-of-pages"],
] as const) {
  test(`paused on its page, ${kind} ${name} takes in and delivers nothing, and what came goes on when it is resumed`, async (t) => {
    const all = await pages(t);
    const { ledger, pauses, settled } = all.at.assembly;
    const [ann, vic] = [await all.person("ann"), await all.person("vic", viewerToken)];
    const page = `/${paths[kind]}/${name}`;
    const said = await (await ann.get(page)).text();
    assert.match(said, /It stays so, across restarts too, until somebody resumes it/);
    assert.match(said, new RegExp(`npx waybill resume ${name}`));
    if (kind === "integration") assert.match(said, />0 records<\/a> of it wait now/);

    const ticket = (await ann.form(page, `${page.slice(1)}/pause`)).ticket ?? "";
    assert.equal((await vic.post(`${page}/pause`, { ticket, why: "x" })).status, 403);
    assert.deepEqual(await pauses.list(), []);
    assert.doesNotMatch(await (await vic.get(page)).text(), /<button>Pause/);

    const form = await act(ann, page, `${page.slice(1)}/pause`);
    const [pause] = await pauses.list();
    assert.deepEqual(
      [pause?.kind, pause?.name, pause?.actor, pause?.why],
      [kind, name, "ann", "they count their stock"],
    );
    const record = await sent(all.at, { id: "P-1", total: 1 });
    await new Promise((next) => setTimeout(next, 100));
    assert.equal((await ledger.record(record))?.state, "waiting");
    for (const where of ["/", page]) {
      const told = await (await vic.get(where)).text();
      assert.match(told, /by ann: they count their stock/, `a viewer is told who did it and why, at ${where}`);
    }

    await act(ann, page, `${page.slice(1)}/resume`);
    await settled(undefined, 20_000);
    assert.equal((await ledger.record(record))?.state, "delivered");
    const again = await ann.post(`${page}/pause`, form);
    assert.equal(again.status, 403, "the form that paused it");
    assert.deepEqual(await pauses.list(), []);
    const what = (await ledger.journal(name)).map(({ what, actor, why }) => [what, actor, why]);
    assert.deepEqual(what, [
      ["resumed", "ann", "they count their stock"],
      ["paused", "ann", "they count their stock"],
    ]);
  });
}

test("a tenant that is paused waits alone; of two people who were shown the same the second is told what the first did", async (t) => {
  const shipments = integration("shipments", {
    per: shops,
    source: push(),
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    async deliver() {},
  });
  const all = await pages(t, { ...tokens, integrations: [orders(), shipments] });
  const { pauses, intake, ledger, settled, known } = all.at.assembly;
  const [ann, ben] = [await all.person("ann"), await all.person("ben")];
  const [page, deed] = ["/tenants/shop-7", "tenants/shop-7/pause"];
  const late = { ...(await ben.form(page, deed)), why: "they move house" };
  assert.match(await (await ann.get(page)).text(), /npx waybill resume --tenant shop-7/);
  await act(ann, page, deed);
  const ids: string[] = [];
  for (const tenant of ["shop-7", "shop-9"])
    ids.push((await intake.send(known("shipments").definition, { id: "S-1" }, tenant)).record);
  const state = async (record: string | undefined) => (await ledger.record(record ?? ""))?.state;
  while ((await state(ids[1])) !== "delivered") await new Promise((next) => setTimeout(next, 10));
  assert.equal(await state(ids[0]), "waiting");
  assert.match(await (await ann.get(page)).text(), />1 record<\/a> of it waits now/);
  assert.match(await (await ann.get("/")).text(), /tenant <a href="\.\/tenants\/shop-7">shop-7<\/a>/);

  await act(ann, page, "tenants/shop-7/resume");
  await settled(undefined, 20_000);
  assert.equal(await state(ids[0]), "delivered");
  const answer = await ben.post(`/${deed}`, late);
  assert.equal(answer.status, 409);
  assert.match(await answer.text(), /shop-7 was resumed by ann after this page was made/);
  assert.deepEqual(await pauses.list(), []);
  for (const nobody of ["/tenants/nobody", "/integrations/nothing", "/systems/nothing"])
    assert.equal((await ann.get(nobody)).status, 404, nobody);
});
