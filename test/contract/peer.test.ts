import assert from "node:assert/strict";
import { test } from "node:test";
import { peer } from "../../src/contract/peer.ts";
import { WaybillError } from "../../src/model/errors.ts";

test("a helper whose library is not installed says at once what to install", () => {
  assert.throws(
    () => peer({ name: "phone()", code: "bad-definition" }, "not-installed-anywhere", "not-installed-anywhere/max"),
    (thrown) => {
      assert.ok(thrown instanceof WaybillError);
      assert.equal(thrown.message, "phone(): it needs the package not-installed-anywhere, which is not installed.");
      assert.equal(thrown.hint, "npm install not-installed-anywhere");
      return true;
    },
  );
});
