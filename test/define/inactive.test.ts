import assert from "node:assert/strict";
import { test } from "node:test";
import { integration, push } from "waybill";
import { z } from "zod";
import { inactive } from "../../src/define/inactive.ts";

const whole = {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }: { id: string }) => ({ id }),
  async deliver() {},
};
const nobody = async function* () {};

test("what this version does not do yet is named, thing by thing", () => {
  const { definition } = integration("prices", {
    ...whole,
    reconcile: { source: nobody, destination: nobody },
  });
  assert.deepEqual(inactive(definition), ['integration "prices": reconcile is not done by this version.']);
});

test("nothing is named where everything is done", () => {
  assert.deepEqual(inactive(integration("orders", whole).definition), []);
});
