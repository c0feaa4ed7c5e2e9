// Nights want several records about one thing: edits, versions, and what only stands in the same queue.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { type RecordMaker, recordMaker } from "../../../src/rehearse/data/record-maker.ts";
import { seededRandom } from "../../../src/world/random.ts";
import { definitionOf } from "./made.ts";

interface Order {
  readonly id: string;
  readonly customer: string;
  readonly updatedAt: string;
  readonly total: number;
}

const order = z.object({
  id: z.string().min(1),
  customer: z.string().min(1),
  updatedAt: z.iso.datetime(),
  total: z.int(),
});
const orders = definitionOf(order, {
  identify: ({ id, customer, updatedAt }: Order) => ({ id: `${id}@${updatedAt}`, entity: id, key: customer }),
});
const versioned = definitionOf(order, {
  latestOnly: true,
  identify: ({ id, updatedAt }: Order) => ({ id: `${id}@${updatedAt}`, entity: id, version: updatedAt }),
});
const plain = definitionOf(order, { identify: ({ id }: Order) => ({ id }) });

/** A record and fifty like it. */
function family(maker: RecordMaker, same: "entity" | "key"): { first: Order; others: Order[] } {
  const random = seededRandom(11);
  const first = maker.good(random) as Order;
  return { first, others: Array.from({ length: 50 }, () => maker.good(random, { like: first, same }) as Order) };
}

test("it is found out which places name a record, though only code says so", async () => {
  const { identity } = await recordMaker(orders);
  assert.deepEqual(identity, { id: ["id", "updatedAt"], entity: ["id"], key: ["customer"], version: [] });
});

test("names inside lists and of dotted fields are found too", async () => {
  const contract = z.object({
    "order.id": z.string().min(1),
    lines: z.array(z.object({ sku: z.string().min(1) })).min(1),
  });
  type Row = z.infer<typeof contract>;
  const identify = (row: Row) => ({ id: row["order.id"], key: row.lines[0]?.sku ?? "none" });
  const maker = await recordMaker(definitionOf(contract, { identify }));
  assert.deepEqual(maker.identity, { id: ["order\\.id"], entity: ["order\\.id"], key: ["lines.*.sku"], version: [] });
  const random = seededRandom(2);
  const names = Array.from({ length: 100 }, () => (maker.good(random) as Row)["order.id"]);
  assert.equal(new Set(names).size, 100);
});

describe("another record like one", () => {
  test("is about the same entity, under an id of its own, with other content", async () => {
    const { first, others } = family(await recordMaker(orders), "entity");
    for (const other of others) {
      assert.deepEqual([other.id, other.customer], [first.id, first.customer]);
      assert.notEqual(other.updatedAt, first.updatedAt, "a record with the same id would be a conflict");
    }
    assert.ok(others.filter(({ total }) => total !== first.total).length > 40, "an edit changes something");
  });

  test("shares only the key, where that is asked for", async () => {
    const { first, others } = family(await recordMaker(orders), "key");
    assert.ok(others.every(({ id, customer }) => customer === first.customer && id !== first.id));
  });

  test("is a conflict, where nothing but the entity makes its id", async () => {
    const { first, others } = family(await recordMaker(plain), "entity");
    assert.ok(others.every(({ id }) => id === first.id));
    assert.ok(others.every((other) => JSON.stringify(other) !== JSON.stringify(first)));
  });

  test("is a newer version mostly, and sometimes an older one that came late", async () => {
    const { first, others } = family(await recordMaker(versioned), "entity");
    const older = others.filter(({ updatedAt }) => Date.parse(updatedAt) < Date.parse(first.updatedAt)).length;
    assert.ok(older > 2 && older < 25, `${older} of 50 are older`);
  });
});
