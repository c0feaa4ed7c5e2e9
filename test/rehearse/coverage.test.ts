import assert from "node:assert/strict";
import { test } from "node:test";
import { rehearse } from "waybill/rehearse";
import { outcomeNames } from "../../src/model/outcome.ts";
import { allStates } from "../../src/model/record.ts";
import { faultNames } from "../../src/rehearse/night/faults.ts";
import { parcels } from "./bodies/right.ts";
import right from "./bugs/right.ts";

// What nights come to: every fault, every outcome of an attempt, every state of a record and why a body is refused. What is never reached is not rehearsed, whatever the report says.
// `REHEARSE_NIGHTS=1000 node --test test/rehearse/coverage.test.ts` for more than CI has time for.

const nights = Number(process.env.REHEARSE_NIGHTS ?? 25);

/** Jobs that go on after their answer are not simulated. */
const outcomes = outcomeNames.filter((name) => name !== "pending");
/** On the way in the morning is nothing, and only a person discards. */
const states = allStates.filter((name) => !["waiting", "delivering", "discarded"].includes(name));

test("nights come to every fault, every outcome and every state, and integrations that are right keep every promise in them", async (t) => {
  const { default: orders } = await import("../../examples/orders-to-invoices.ts");
  const { default: contacts } = await import("../../examples/contacts-to-crm.ts");
  const { default: prices } = await import("../../examples/prices-import.ts");
  const report = await rehearse([...right, parcels, orders, contacts, prices], { nights, seed: 11 });
  const cells = [
    ...faultNames.map((name) => `fault ${name}`),
    ...outcomes.map((name) => `outcome ${name}`),
    ...states.map((name) => `state ${name}`),
    // As which a broken body is refused; too large it is only now and then.
    ...["unreadable", "unsupported-type"].map((name) => `refused ${name}`),
  ];
  t.diagnostic(cells.map((cell) => `${String(report.seen[cell] ?? 0).padStart(9)}  ${cell}`).join("\n"));
  assert.ok(report.ok, report.summary);
  assert.deepEqual(
    cells.filter((cell) => report.seen[cell] === undefined),
    [],
  );
});
