import assert from "node:assert/strict";
import { test } from "node:test";
import { iso31661 } from "iso-3166";
import { country } from "waybill/contract";
import { countryCodes } from "../../src/contract/country.ts";
import { made } from "./broken.ts";

test("the countries are those of ISO 3166-1, by two letters, three, and name", async () => {
  const assigned = iso31661.filter(({ state }) => state === "assigned");
  assert.equal(assigned.length, 249);
  assert.deepEqual([...countryCodes].sort(), assigned.map(({ alpha2 }) => alpha2).sort());
  for (const { alpha2, alpha3 } of assigned) {
    for (const written of [alpha2, alpha3, alpha3.toLowerCase()]) assert.equal(await made(country(), written), alpha2);
  }
  const german = country({ names: "de" });
  for (const [name, code] of [
    ["Österreich", "AT"],
    ["osterreich", "AT"],
    ["Vereinigtes  Königreich", "GB"],
    ["Deutschland", "DE"],
  ]) {
    assert.equal(await made(german, name), code);
  }
});
