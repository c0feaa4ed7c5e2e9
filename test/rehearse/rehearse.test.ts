import assert from "node:assert/strict";
import { test } from "node:test";
import { integration, push } from "waybill";
import { rehearse } from "waybill/rehearse";
import { z } from "zod";

const orders = integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver() {},
});

test("a rehearsal that cannot be held says so, instead of reporting nights that never were", async () => {
  await assert.rejects(rehearse(orders, { nights: 10, seed: 7 }), {
    name: "WaybillError",
    code: "not-available",
    message: '"orders" cannot be rehearsed: this version of Waybill has no rehearsal.',
    hint: /waybill try NAME FILE/,
  });
  await assert.rejects(rehearse([orders, orders]), { code: "not-available" });
});
