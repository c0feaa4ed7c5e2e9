import assert from "node:assert/strict";
import { test } from "node:test";
import prices from "../../examples/prices-import.ts";
import { broken, made } from "./broken.ts";

const row = { sku: " A-1 ", price: "12.50", from: "28/02/2026" };

test("a clean row of the price list meets its contract", async () => {
  assert.deepEqual(await made(prices.definition.contract, row), {
    sku: "A-1",
    price: { minor: 1250, currency: "AUD" },
    from: "2026-02-28",
  });
});

test("what is wrong in a row is found where it stands", async () => {
  const { contract } = prices.definition;
  assert.equal(
    await broken(contract, { ...row, price: "1.234,56" }),
    'is not an amount written like 0.00: it holds ","',
  );
  assert.equal(await broken(contract, { ...row, from: "30/02/2026" }), "there is no 30 February 2026");
  const result = await contract["~standard"].validate({ sku: "", price: "x", from: "2026-02-28" });
  assert.deepEqual(
    result.issues?.map(({ path, message }) => [path?.join("."), message]),
    [
      ["sku", "is empty"],
      ["price", 'is not an amount written like 0.00: it holds "x"'],
      ["from", "is not a day written as DD/MM/YYYY"],
    ],
  );
});
