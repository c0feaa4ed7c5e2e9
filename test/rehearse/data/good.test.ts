// Good records are what a rehearsal says must be delivered: one that breaks its contract would make a promise look broken that was kept.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import type { AnySchema } from "../../../src/define/schema.ts";
import { recordMaker } from "../../../src/rehearse/data/record-maker.ts";
import { table } from "../../contract/table.ts";
import { definitionOf, goods, makerOf, meeting } from "./made.ts";

const names = z.string().min(1);
const Tree: z.ZodType = z.object({ name: z.string(), kids: z.lazy(() => z.array(Tree)) });

const contracts: Readonly<Record<string, AnySchema>> = {
  "zod: text, formats, lengths": z.object({
    ...{
      id: names,
      mail: z.email(),
      at: z.iso.datetime(),
      day: z.iso.date(),
      time: z.iso.time(),
      uuid: z.uuid(),
      v7: z.uuidv7(),
    },
    ...{
      url: z.url(),
      ip: z.ipv4(),
      ulid: z.ulid(),
      cuid: z.cuid2(),
      phone: z.e164(),
      offset: z.iso.datetime({ offset: true }),
    },
    ...{
      local: z.iso.datetime({ local: true }),
      long: z.string().min(40).max(60),
      short: z.string().max(3),
      exact: z.string().length(8),
    },
  }),
  "zod: patterns": z.object({
    ...{
      order: z.string().regex(/^ORD-\d{4}$/),
      total: z.string().regex(/^\d+\.\d{2}$/),
      hex: z.string().regex(/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/),
    },
    ...{ ends: z.string().startsWith("ab").endsWith("c").min(6), like: z.templateLiteral(["a-", z.number().int()]) },
    ...{ word: z.string().regex(/^(?!admin)[a-z]{3,8}$/), twice: z.string().regex(/^(\w)\1-\k<x>?(?<x>q)$/) },
  }),
  "zod: numbers": z.object({
    ...{
      whole: z.int(),
      money: z.number().positive().multipleOf(0.01),
      step: z.number().multipleOf(5).min(100).max(200),
      small: z.number().gt(0).lt(1),
    },
    ...{ minus: z.number().max(-5), byte: z.number().int().min(0).max(255), far: z.number().int().min(5_000_000) },
  }),
  "zod: structure": z.object({
    ...{
      lines: z.array(z.object({ sku: names, count: z.int().min(1) })).min(1),
      pair: z.tuple([z.string(), z.number()]),
      tags: z.set(z.string()).or(z.array(z.string())),
    },
    ...{
      by: z.record(z.string(), z.number()),
      of: z.partialRecord(z.enum(["a", "b"]), z.int()),
      maybe: z.string().nullable(),
      some: z.string().optional(),
    },
    ...{
      what: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("card"), last4: z.string().length(4) }),
        z.object({ kind: z.literal("cash"), till: z.int() }),
      ]),
    },
    ...{
      both: z.object({ a: z.string() }).and(z.object({ b: z.int() })),
      strict: z.strictObject({ a: z.boolean() }),
      usual: z.string().default("x"),
    },
    ...{ tree: Tree, one: z.literal(["x", 1, null]), any: z.any(), unknown: z.unknown() },
  }),
  "zod: what JSON Schema cannot say": z.object({
    ...{
      at: z.coerce.date(),
      when: z.date(),
      big: z.bigint(),
      many: z.coerce.number().int(),
      trimmed: z.string().trim().toLowerCase().min(2),
    },
    ...{
      flag: z.stringbool(),
      made: z.preprocess((given) => given, z.int().min(3)),
      to: z.string().transform((text) => text.length),
    },
  }),
  "zod: a rule between fields": z
    .object({ id: names, from: z.iso.date(), to: z.iso.date() })
    .refine(({ from, to }) => from < to, { path: ["to"], message: "ends before it begins" }),
  "zod: async": z.object({ id: names, sku: z.string().refine(async (sku) => sku.length > 3) }),
  valibot: v.object({
    ...{
      id: v.pipe(v.string(), v.trim(), v.minLength(1)),
      mail: v.pipe(v.string(), v.email()),
      at: v.pipe(v.string(), v.isoTimestamp()),
      day: v.pipe(v.string(), v.isoDate()),
    },
    ...{
      total: v.pipe(v.string(), v.regex(/^\d+\.\d{2}$/), v.transform(Number)),
      count: v.pipe(v.number(), v.integer(), v.minValue(1)),
      note: v.optional(v.string()),
    },
    ...{
      what: v.variant("kind", [
        v.object({ kind: v.literal("a"), a: v.string() }),
        v.object({ kind: v.literal("b"), b: v.picklist(["p", "q"]) }),
      ]),
    },
    ...{
      date: v.date(),
      big: v.bigint(),
      list: v.array(v.object({ sku: v.string() })),
      checked: v.pipe(
        v.string(),
        v.check((text) => text.length > 2),
      ),
    },
  }),
  arktype: type({
    ...({
      id: "string.uuid",
      at: "string.date.iso",
      mail: "string.email",
      count: "number.integer > 0",
      kind: "'a' | 'b' | 1",
      "note?": "string | null",
    } as const),
    ...({
      tags: "string[]",
      digits: "string.numeric.parse",
      short: "1 <= string <= 5",
      step: "number % 5",
      pattern: "/^a\\d+$/",
      date: "Date",
      "+": "reject",
    } as const),
  }),
};

describe("200 good records meet their contract", () => {
  for (const [name, contract] of Object.entries(contracts))
    test(name, async () => {
      const records = goods(await makerOf(contract), 200);
      assert.equal(await meeting(contract, records), 200);
      assert.ok(
        new Set(records.map((record) => JSON.stringify(record, withBigints))).size > 20,
        "and are not all the same",
      );
    });
});

describe("so they do where a field is one of the helpers of waybill/contract", () => {
  for (const { helper, schema } of table)
    test(helper, async (t) => {
      const contract = z.object({ id: names, it: schema });
      if (helper.startsWith("officialNumber("))
        return assert.rejects(makerOf(contract), {
          message: /Most often it refuses it: is not a valid VAT/,
          hint: /--from FILE/,
        });
      const records = goods(await makerOf(contract), 200);
      assert.equal(await meeting(contract, records), 200);
      t.diagnostic(
        JSON.stringify(
          records.slice(0, 8).map((record) => (record as { it: unknown }).it),
          withBigints,
        ),
      );
    });
});

describe("so they do for every example", () => {
  const examples = [
    "orders-to-invoices",
    "contacts-to-crm",
    "prices-import",
    "sources/file",
    "sources/poll",
    "sources/push",
    "sources/stripe",
    "sources/webhook",
  ];
  for (const name of examples)
    test(name, async () => {
      const { default: example } = await import(`../../../examples/${name}.ts`);
      const maker = await recordMaker(example.definition);
      const records = goods(maker, 200);
      assert.equal(await meeting(example.definition.contract, records), 200);
      const ids = new Set(await Promise.all(records.map(async (record) => idOf(example.definition, record))));
      assert.ok(ids.size > 190, `${ids.size} ids in 200 records`);
    });
});

test("the same seed gives the same records, and another seed others", async () => {
  const contract = contracts["zod: structure"] as AnySchema;
  const [one, same] = [goods(await makerOf(contract), 50, 3), goods(await makerOf(contract), 50, 3)];
  assert.deepEqual(one, same);
  assert.notDeepEqual(one, goods(await makerOf(contract), 50, 4));
});

test("a record handed out is its receiver's own: changing it changes no other", async () => {
  const maker = await makerOf(contracts["zod: structure"] as AnySchema);
  const before = JSON.stringify(goods(maker, 300), withBigints);
  for (const record of goods(maker, 300)) (record as { lines: { sku: string }[] }).lines.push({ sku: "changed" });
  assert.equal(JSON.stringify(goods(maker, 300), withBigints), before);
});

test("what accept leaves out is not most of what is made, and where it leaves out everything, that is told", async () => {
  const contract = z.object({ id: names, email: z.email().nullable() });
  const accept = ({ email }: { email: string | null }) => email !== null;
  const identify = ({ id }: { id: string }) => ({ id });
  const some = await recordMaker(definitionOf(contract, { accept, identify }));
  assert.ok(some.acceptedShare > 0.8 && some.acceptedShare < 1, `${some.acceptedShare}`);
  const none = await recordMaker(definitionOf(contract, { accept: () => false, identify }));
  assert.equal(none.acceptedShare, 0);
});

function withBigints(_key: string, part: unknown): unknown {
  return typeof part === "bigint" ? String(part) : part;
}

async function idOf(
  definition: { contract: AnySchema; identify: (record: unknown) => { id: string } },
  record: unknown,
): Promise<string> {
  const checked = await definition.contract["~standard"].validate(record);
  return definition.identify((checked as { value: unknown }).value).id;
}
