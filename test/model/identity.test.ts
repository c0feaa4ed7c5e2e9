import assert from "node:assert/strict";
import { test } from "node:test";
import {
  conflictMark,
  contentMark,
  digest,
  hex,
  idempotencyKey,
  keyHash,
  laneOf,
  nameHash,
} from "../../src/model/identity.ts";

test("identity never changes: these values stand in ledgers and in other people's systems", () => {
  const raw = digest('{"id":"A-1"}');
  assert.equal(hex(digest("abc")), "ba7816bf8f01cfea414140de5dae2223");
  assert.equal(hex(digest(Buffer.from("ä€"))), hex(digest("ä€")));
  assert.deepEqual(
    {
      name: hex(nameHash("orders", "", "A-1")),
      content: hex(contentMark("orders", "", "push:orders", raw, undefined, 0)),
      conflict: hex(conflictMark("orders", "", "A-1", raw)),
      key: keyHash("orders", "", "C-1"),
      lane: laneOf(keyHash("orders", "", "C-1")),
      idempotency: idempotencyKey({
        integration: "orders",
        tenant: "",
        of: "record",
        subject: "A-1",
        effect: "invoice",
        generation: 1,
        salt: undefined,
      }),
    },
    {
      name: "b474794489589be01f5ecfda340fbd34",
      content: "5d7d750d520574bace58dd4b3b2a62a5",
      conflict: "ab809937955c72e07a37df59183e390f",
      key: 6880700088977857,
      lane: 193,
      idempotency: "odfJIiRKnRWw6NQ_7GbWxG-MtUDslpCbDcmjFp5DVy4",
    },
  );
});

test("parts that only join alike are told apart", () => {
  assert.notEqual(hex(nameHash("ab", "", "c")), hex(nameHash("a", "", "bc")));
  assert.notEqual(hex(nameHash("a", "b", "c")), hex(nameHash("a", "", "bc")));
  assert.notEqual(hex(nameHash("a", "", "c")), hex(contentMark("a", "", "c", digest(""), undefined, 0)));
});
