import assert from "node:assert/strict";
import { test } from "node:test";
import {
  conflictMark,
  contentMark,
  digest,
  entityHash,
  hex,
  idempotencyKey,
  idMark,
  keyHash,
  laneOf,
} from "../../src/model/identity.ts";

test("identity never changes: these values stand in ledgers and in other people's systems", () => {
  const raw = digest('{"id":"A-1"}');
  assert.equal(hex(digest("abc")), "ba7816bf8f01cfea414140de5dae2223");
  assert.equal(hex(digest(Buffer.from("ä€"))), hex(digest("ä€")));
  assert.deepEqual(
    {
      id: hex(idMark("orders", "", "A-1")),
      content: hex(contentMark("orders", "", "push:orders", raw, undefined, 0)),
      conflict: hex(conflictMark("orders", "", "A-1", raw)),
      entity: hex(entityHash("orders", "", "A-1")),
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
      id: "b474794489589be01f5ecfda340fbd34",
      content: "5d7d750d520574bace58dd4b3b2a62a5",
      conflict: "ab809937955c72e07a37df59183e390f",
      entity: "4a4d19160ccce0aa1eba5fc37f1da23c",
      key: 5211569670286219,
      lane: 139,
      idempotency: "odfJIiRKnRWw6NQ_7GbWxG-MtUDslpCbDcmjFp5DVy4",
    },
  );
});

test("parts that only join alike are told apart", () => {
  assert.notEqual(hex(idMark("ab", "", "c")), hex(idMark("a", "", "bc")));
  assert.notEqual(hex(idMark("a", "b", "c")), hex(idMark("a", "", "bc")));
  assert.notEqual(hex(idMark("a", "", "c")), hex(entityHash("a", "", "c")));
});
