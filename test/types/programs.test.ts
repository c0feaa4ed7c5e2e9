// Programs as users write them, and the type tests beside this one, seen by the compiler.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Complaints, compile } from "./compiler.ts";

const programs = [
  "examples/contacts-to-crm.ts",
  "examples/embedded.ts",
  "examples/orders-to-invoices.ts",
  "examples/prices-import.ts",
  "examples/waybill.config.ts",
  "test/types/inference.test.ts",
  "test/types/refused.test.ts",
];
let complaints: Complaints;

before(() => {
  complaints = compile(programs);
});

for (const program of programs) {
  test(`${program} type-checks as it is written`, () => {
    assert.deepEqual(complaints.get(program), []);
  });
}
