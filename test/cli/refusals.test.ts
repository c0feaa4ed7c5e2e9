import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { json, projectFolder, started, until, waybill } from "./project.ts";

const definition = `
import { hmac, integration, secret, webhook } from "waybill";
import { z } from "zod";

export default integration("orders", {
  source: webhook("/shop/orders", { verify: hmac([secret("SHOP_NEW"), secret("SHOP_OLD")], { header: "X-Sig" }), from: ["127.0.0.1"] }),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver() {},
});
`;

test("whoever looks after a webhook sees beside a running server what it refused, why, and what to look at", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  writeFileSync(join(folder, "integrations/orders.ts"), definition);
  const env = { SHOP_NEW: "a new secret", SHOP_OLD: "an old secret" };
  const { url } = await started(t, folder, env);
  assert.match((await waybill(folder, ["refusals"])).stdout, /Nothing was refused/);
  const post = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${url}/shop/orders`, { method: "POST", body: '{"id":"\u001b[2JA-1"}', headers });
  assert.equal((await post({ "x-sig": "00" })).status, 401);
  assert.equal((await post({ "x-sig": "00", authorization: "Bearer an old secret" })).status, 401);
  assert.equal((await post({})).status, 401);
  await until("all three are counted", async () => {
    const { integrations } = await json<{ integrations: { refused: number }[] }>(folder, ["balance"]);
    return integrations[0]?.refused === 3;
  });
  const { refusals } = await json<{ refusals: Record<string, unknown>[] }>(folder, ["refusals", "orders"]);
  assert.deepEqual(refusals.map(({ source, reason, count }) => [source, reason, count]).sort(), [
    ["webhook:/shop/orders", "bad-signature", 2],
    ["webhook:/shop/orders", "missing-signature", 1],
  ]);
  const shown = await waybill(folder, ["refusals"], { env });
  assert.equal(shown.code, 0, shown.stderr);
  for (const expected of [/bad-signature +2/, /Compare the secret on both sides/, /│ x-sig: \(2 characters\)/])
    assert.match(shown.stdout, expected);
  for (const hidden of ["an old secret", "\u001b"]) assert.ok(!shown.stdout.includes(hidden), shown.stdout);
  assert.match((await waybill(folder, ["balance"])).stdout, /3 refused, never records: npx waybill refusals/);
  const plan = await waybill(folder, ["check", "orders"]);
  assert.match(
    plan.stdout,
    /verified +HMAC-SHA256 in hex in x-sig over \{body\}, no time; SHOP_NEW or SHOP_OLD, only from 127\.0\.0\.1/,
  );
  const mistyped = await waybill(folder, ["refusals", "order"]);
  assert.equal(mistyped.code, 2);
  assert.match(mistyped.stderr, /Did you mean "orders"/);
});
