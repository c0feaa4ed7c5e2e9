import assert from "node:assert/strict";
import { test } from "node:test";
import { type ArrayType, arrayBytes } from "../../../src/ledger/postgres/array.ts";
import { type Cell, types } from "../../../src/ledger/postgres/cells.ts";
import { toParameter } from "../../../src/ledger/postgres/parameter.ts";
import { statementsIn } from "../../../src/ledger/postgres/statement.ts";
import { serverFor } from "./on-a-server.ts";

const server = await serverFor(15);

const rows: readonly (readonly [ArrayType, readonly (Cell | undefined)[]])[] = [
  ["bigint", [0, 1, -1, 2 ** 32, -(2 ** 32) - 5, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, null, undefined]],
  ["integer", [0, -1, 2 ** 31 - 1, -(2 ** 31), null]],
  ["smallint", [0, 255, -32_768, 32_767]],
  ["boolean", [true, false, null]],
  ["text", ["", 'a "quoted" \\ text', "NULL", "{a,b}", "žluťoučký 🐎", "a\0b \uE0F0", null, "x".repeat(200_000)]],
  ["bytea", [new Uint8Array([0, 255, 92, 34]), Buffer.from("as it came"), new Uint8Array(), null]],
];

for (const [type, values] of [...rows, ...rows.map(([type]) => [type, []] as const)])
  test(`${values.length} of ${type} arrive as they were sent`, async () => {
    const [row] = await server.ask(`select to_json($1::${type}[])::text as found, cardinality($1::${type}[]) as many`, [
      arrayBytes(type, values),
    ]);
    const found = (JSON.parse(row?.found as string) as unknown[]).map((one) =>
      type === "bytea" && typeof one === "string"
        ? Buffer.from(one.slice(2), "hex")
        : typeof one === "string"
          ? types.getTypeParser(25)(one)
          : one,
    );
    const sent = values.map((one) => (one instanceof Uint8Array ? Buffer.from(one) : (one ?? null)));
    assert.deepEqual(found, sent);
    assert.equal(row?.many, values.length);
  });

test("a number that would be another one on the way is refused", () => {
  assert.throws(() => arrayBytes("bigint", [2 ** 53]), RangeError);
  assert.throws(() => arrayBytes("bigint", [0.5]), RangeError);
  assert.throws(() => arrayBytes("integer", [2 ** 31]), RangeError);
});

test("which parameters are such arrays is read from the statement, and what is another goes as text", () => {
  const { arrays, name } = statementsIn("other")(
    "update waybill.t set a = $2 where b = any($1::bigint[]) or c = any($3)",
  );
  assert.deepEqual([...arrays], ["bigint"]);
  assert.match(name ?? "", /^waybill_[0-9a-f]{32}$/);
  assert.deepEqual(toParameter([1, undefined], undefined), [1, null]);
  assert.deepEqual(toParameter("a\0", undefined), "a\uE0F00");
});
