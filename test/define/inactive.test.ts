import assert from "node:assert/strict";
import { test } from "node:test";
import { httpAlert, integration, push, secret, slack } from "waybill";
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
  assert.deepEqual(
    inactive({ alerts: [slack(secret("SLACK")), httpAlert("http://127.0.0.1:1"), httpAlert("http://127.0.0.1:2")] }),
    [
      'alerts: this version sends none (slack, httpAlert); failures stand in the log, in "waybill balance" and in the three inboxes.',
    ],
  );
});

test("nothing is named where everything is done", () => {
  assert.deepEqual(inactive(integration("orders", whole).definition), []);
  assert.deepEqual(inactive({}), []);
  assert.deepEqual(inactive({ alerts: [], keep: { payloads: "1d" } }), []);
});
