import assert from "node:assert/strict";
import { test } from "node:test";
import { later, permanent } from "waybill";
import { isLater, isPermanent } from "../../src/define/verdict.ts";
import { refuses, wrong } from "./refusal.ts";

refuses([
  {
    name: "a time to wait that is no duration",
    made: () => later(wrong("soon"), "why"),
    says: 'later(): its first argument is "soon", which is not a duration.',
  },
  {
    name: "the reason in the place of the time",
    made: () => later(wrong(undefined), "why"),
    says: "later(): its first argument is undefined, which is not a duration.",
  },
]);

test("what deliver throws is told apart from ordinary failures", () => {
  const forGood = permanent("the invoice has no total");
  const notNow = later("10m", "not packed yet");
  assert.ok(forGood instanceof Error && notNow instanceof Error);
  assert.equal(forGood.message, "the invoice has no total");
  assert.ok(isPermanent(forGood) && !isLater(forGood));
  assert.ok(isLater(notNow) && !isPermanent(notNow));
  assert.equal(notNow.afterMs, 600_000);
  for (const thrown of [new Error("x"), "permanent", undefined, null, { message: "x" }, Object.create(null)]) {
    assert.ok(!isPermanent(thrown) && !isLater(thrown));
  }
});
