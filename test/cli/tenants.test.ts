import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { json, projectFolder, waybill } from "./project.ts";

// The command line of somebody who works for many: every command says whose it is about.

const definition = `
import { bearer, byKey, integration, poll, push, secret, system, tenants } from "waybill";
import { z } from "zod";
export const shops = tenants("shops", {
  list: async () => [{ id: "shop-1" }, { id: "shop-2" }, { id: "shop-2x", url: "nonsense" }],
  id: (shop) => shop.id,
  secrets: { TOKEN: (shop) => secret(shop.id === "shop-1" ? "TOKEN_OF_1" : "TOKEN_OF_OTHERS") },
});
const shop = system("shop", { per: shops, baseUrl: (one) => one.url ?? "http://127.0.0.1:1", auth: bearer(shops.secret("TOKEN")) });
export default integration("orders", {
  per: shops,
  source: [push(), poll({ per: shops, every: "1h", fetch: async ({ tenant }) => ({ records: [{ id: tenant.id }], cursor: "1" }) })],
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver(order, { effect, tenant }) {
    if (order.id.startsWith("ok")) return;
    await effect("order", shop.post("/orders", { json: { order: order.id, for: tenant.id }, idempotency: byKey() }));
  },
});
`;

function project(t: TestContext): string {
  const folder = projectFolder(t);
  mkdirSync(join(folder, "integrations"));
  writeFileSync(join(folder, "integrations/orders.ts"), definition);
  writeFileSync(join(folder, "ok.json"), '{"id":"ok-1"}');
  return folder;
}

interface Balance {
  readonly integrations: readonly { readonly name: string; readonly tenant?: string; readonly received: number }[];
}

test("what is sent, tried, listed and paused is one tenant's, and nobody is taken for another", async (t) => {
  const folder = project(t);
  const unnamed = await waybill(folder, ["send", "orders"], { input: '{"id":"ok-1"}\n' });
  assert.equal(unnamed.code, 2);
  assert.match(unnamed.stderr, /"orders" is per "shops", and no tenant is named\.\n +Name it: .*--tenant ID/);
  const stranger = await waybill(folder, ["try", "orders", "ok.json", "--tenant", "shop-9"]);
  assert.match(stranger.stderr, /the tenant "shop-9" is not in the list "shops"/);
  for (const tenant of ["shop-1", "shop-2"]) {
    const sent = await waybill(folder, ["send", "orders", "--tenant", tenant], {
      input: '{"id":"ok-1"}\n{"id":"A-2"}\n',
    });
    assert.equal(sent.code, 0, sent.stderr);
  }
  const { integrations } = await json<Balance>(folder, ["balance", "--tenant", "shop-2"]);
  assert.deepEqual(
    integrations.map(({ name, tenant, received }) => [name, tenant, received]),
    [["orders", "shop-2", 2]],
  );
  const { records } = await json<{ records: { tenant: string }[] }>(folder, ["records", "--tenant", "shop-1"]);
  assert.deepEqual(
    records.map(({ tenant }) => tenant),
    ["shop-1", "shop-1"],
  );
  const { cursors } = await json<{ cursors: { source: string }[] }>(folder, ["cursor", "orders", "--tenant", "shop-2"]);
  assert.deepEqual(cursors, [{ source: "poll:orders@shop-2", cursor: null }]);
  const paused = await json<{ kind: string }>(folder, ["pause", "--tenant", "shop-2", "--why", "it moves"]);
  assert.equal(paused.kind, "tenant");
  assert.match((await waybill(folder, ["run", "orders", "--tenant", "shop-2"])).stderr, /"shop-2" is paused/);
  assert.match(
    (await waybill(folder, ["balance"])).stdout,
    /tenant shop-2 is paused.*npx waybill resume --tenant shop-2/,
  );
});

test("check says who lacks what, and names nothing that is secret", async (t) => {
  const ran = await waybill(project(t), ["check"], { env: { TOKEN_OF_1: "the-token-of-one" } });
  assert.match(ran.stdout, /tenants "shops" 2 of 3 cannot use the secret TOKEN: shop-2, shop-2x\./);
  assert.match(ran.stdout, /TOKEN_OF_OTHERS is not set/);
  assert.match(ran.stdout, /1 of 3 cannot use the address of system "shop": shop-2x\./);
  assert.doesNotMatch(ran.stdout + ran.stderr, /the-token-of-one/);
});
