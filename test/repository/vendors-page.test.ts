// A page about other people's limits is believed: it has to say what the code does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { vendorsPage, vendorsPageOf } from "../../scripts/vendors.ts";

test("docs/vendors.md says what the facts say (node -C waybill-source scripts/vendors.ts writes it)", () => {
  const page = readFileSync(vendorsPage, "utf8");
  assert.equal(page, vendorsPageOf(page));
});
