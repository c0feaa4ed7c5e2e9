// Kept samples know what no schema says: which products there are, what an order looks like. Records made from them have to stay that.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import type { AnySchema } from "../../../src/define/schema.ts";
import { recordMaker } from "../../../src/rehearse/data/record-maker.ts";
import { seededRandom } from "../../../src/world/random.ts";
import { definitionOf, goods, meeting } from "./made.ts";

interface Order {
  readonly id: string;
  readonly customer: { readonly mail: string };
  readonly currency: string;
  readonly from: string;
  readonly lines: readonly { readonly sku: string; readonly count: number }[];
}

/** It says nothing about itself, as a schema of one's own would. */
const silent: AnySchema = {
  "~standard": {
    version: 1,
    vendor: "our-own",
    validate: (value) => {
      const order = value as Partial<Order> | null;
      const issues = [
        ...(/^ORD-\d{4}$/.test(order?.id ?? "") ? [] : [{ path: ["id"], message: "is no order number" }]),
        ...(["AUD", "NZD"].includes(order?.currency ?? "") ? [] : [{ path: ["currency"], message: "is no currency" }]),
        ...(Number.isNaN(Date.parse(order?.from ?? "")) ? [{ path: ["from"], message: "is no day" }] : []),
      ];
      return issues.length > 0 ? { issues } : { value };
    },
  },
};
const definition = definitionOf(silent, { identify: ({ id, customer }: Order) => ({ id, key: customer.mail }) });

const samples: readonly Order[] = [
  {
    id: "ORD-1001",
    customer: { mail: "ann@example.com" },
    currency: "AUD",
    from: "2026-02-28",
    lines: [{ sku: "KETTLE", count: 1 }],
  },
  {
    id: "ORD-1002",
    customer: { mail: "zoe@example.com" },
    currency: "NZD",
    from: "2026-03-01",
    lines: [{ sku: "CHAIR", count: 4 }],
  },
  { id: "ORD-1003", customer: { mail: "li@example.com" }, currency: "AUD", from: "2026-03-02", lines: [] },
];

describe("from samples", () => {
  test("come records that meet a contract which no schema describes, each under a name of its own", async () => {
    const records = goods(await recordMaker(definition, samples), 200) as Order[];
    assert.equal(await meeting(silent, records), 200);
    assert.ok(new Set(records.map(({ id }) => id)).size > 180);
    assert.ok(records.every(({ id }) => /^ORD-\d{4}$/.test(id)));
  });

  test("come mixtures, and nothing that no sample holds but names", async () => {
    const records = goods(await recordMaker(definition, samples), 200) as Order[];
    const known = { skus: new Set(["KETTLE", "CHAIR"]), froms: new Set(samples.map(({ from }) => from)) };
    for (const { lines, from } of records) {
      assert.ok(lines.every(({ sku }) => known.skus.has(sku)));
      assert.ok(known.froms.has(from), from);
    }
    const mixed = records.filter(
      ({ currency, from }) => !samples.some((one) => one.currency === currency && one.from === from),
    );
    assert.ok(mixed.length > 0, "some are mixtures");
  });

  test("one is enough", async () => {
    const maker = await recordMaker(definition, samples.slice(0, 1));
    const random = seededRandom(1);
    const records = Array.from({ length: 50 }, () => maker.good(random) as Order);
    assert.equal(await meeting(silent, records), 50);
    assert.ok(new Set(records.map(({ id }) => id)).size > 45);
    const edited = Array.from({ length: 20 }, () => maker.good(random, { like: records[0] }));
    assert.ok(
      edited.some((one) => JSON.stringify(one) !== JSON.stringify(records[0])),
      "an edit changes something",
    );
  });
});

describe("what cannot be made is told with the next step", () => {
  test("a contract without JSON Schema", async () => {
    await assert.rejects(recordMaker(definition), {
      name: "WaybillError",
      code: "bad-usage",
      message:
        'integration "made": no records can be made from its contract, because our-own gives no JSON Schema of it.',
      hint: 'Give sample records, one JSON a line: --from FILE, or from: "FILE" in a program.',
    });
  });

  test("a contract that nothing made from its schema meets, with the place where it is picky", async () => {
    const contract = z.object({
      id: z.string(),
      vat: z.string().refine((text) => text === "DE 136 695 976", "is not our customer"),
    });
    await assert.rejects(recordMaker(definitionOf(contract)), {
      code: "bad-usage",
      message:
        'integration "made": none of 200 records made from its contract meets it. Most often it refuses vat: is not our customer',
      hint: /--from FILE/,
    });
  });

  test("a contract that throws", async () => {
    const contract = z.object({ id: z.string() }).transform(() => {
      throw new Error("no database here");
    });
    await assert.rejects(recordMaker(definitionOf(contract)), {
      code: "bad-usage",
      message: /the whole: the contract threw: no database here$/,
    });
  });

  test("a sample that breaks the contract, by its line", async () => {
    await assert.rejects(recordMaker(definition, [...samples, { ...samples[0], currency: "A$" }]), {
      code: "bad-usage",
      message: 'integration "made": the sample on line 4 breaks its contract. currency: is no currency',
      hint: /Mend that line or leave it out/,
    });
  });

  test("a sample that nobody could name", async () => {
    const nameless = definitionOf(z.object({ id: z.string() }), { identify: ({ id }: { id: string }) => ({ id }) });
    await assert.rejects(recordMaker(nameless, [{ id: "" }]), {
      message: /line 1 breaks its contract. the whole: the id from identify is empty$/,
    });
  });

  test("no samples at all", async () => {
    await assert.rejects(recordMaker(definition, []), {
      code: "bad-usage",
      message: 'integration "made": there are no sample records.',
    });
  });
});
