import assert from "node:assert/strict";
import { test } from "node:test";
import { atMostOnce, byKey, byLookup, natural } from "waybill";
import { refuses, wrong } from "./refusal.ts";

const find = async () => ({ id: "1" });

refuses([
  {
    name: "a mistyped option of byKey",
    made: () => byKey(wrong({ heder: "Key" })),
    says: 'byKey(): there is no option "heder".',
    hints: 'Did you mean "header"?',
  },
  {
    name: "a key in two places",
    made: () => byKey({ header: "Key", query: "key" }),
    says: "byKey(): the key would go into header and query.",
    hints: "Name one place",
  },
  { name: "a key in a place without a name", made: () => byKey({ query: "" }), says: "byKey(): query is empty." },
  {
    name: "a key in a place that is true",
    made: () => byKey(wrong({ header: true })),
    says: "byKey(): header is true, and text is expected.",
  },
  {
    name: "a header that cannot be",
    made: () => byKey({ header: "Idempotency Key" }),
    says: 'byKey(): "Idempotency Key" cannot be the name of a header.',
  },
  {
    name: "a key that is too short to be one",
    made: () => byKey({ max: 15 }),
    says: "byKey(): max is 15, and a whole number from 16 to 1000 is expected.",
    hints: "use byLookup then",
  },
  {
    name: "a length as text",
    made: () => byKey(wrong({ max: "50" })),
    says: 'byKey(): max is "50", and a whole number from 16 to 1000 is expected.',
  },
  {
    name: "a window of no time",
    made: () => byKey({ window: "0h" }),
    says: 'byKey(): window is "0h", and from "1s" to "3650d" is expected.',
  },
  {
    name: "a window that is no duration",
    made: () => byKey(wrong({ window: 24 })),
    says: "byKey(): window is 24, which is not a duration.",
  },
  {
    name: "a function for after",
    made: () => byKey(wrong({ after: find })),
    says: "byKey(): after is a function, and byLookup(find) is expected.",
    hints: "forgotten its keys",
  },
  {
    name: "another idempotency for after",
    made: () => byKey(wrong({ after: natural })),
    says: "byKey(): after is an object, and byLookup(find) is expected.",
  },
  {
    name: "a lookup without a function",
    made: () => byLookup(wrong(undefined)),
    says: 'byLookup(): "find" is missing.',
  },
  {
    name: "a lookup that has been made already",
    made: () => byLookup(wrong(Promise.resolve(1))),
    says: "byLookup(): find is a promise, and a function is expected.",
  },
  {
    name: "a mistyped option of byLookup",
    made: () => byLookup(find, wrong({ visibleAftr: "2s" })),
    says: 'byLookup(): there is no option "visibleAftr".',
    hints: 'Did you mean "visibleAfter"?',
  },
  {
    name: "a time of visibility that is no duration",
    made: () => byLookup(find, { visibleAfter: wrong("2 s") }),
    says: 'byLookup(): visibleAfter is "2 s", which is not a duration.',
  },
]);

test("what is left out gets its default", () => {
  assert.deepEqual(byKey(), {
    how: "byKey",
    header: undefined,
    query: undefined,
    body: undefined,
    max: 50,
    windowMs: 86_400_000,
    after: undefined,
    open: { place: true, max: true, window: true },
  });
  assert.deepEqual(byLookup(find), { how: "byLookup", find, visibleAfterMs: 60_000 });
  assert.deepEqual([natural, atMostOnce], [{ how: "natural" }, { how: "atMostOnce" }]);
});

test("what is said is kept", () => {
  const after = byLookup(find, { visibleAfter: "0s" });
  const key = byKey({ body: "meta.key", max: 16, window: "7d", after });
  assert.deepEqual([key.body, key.max, key.windowMs, key.after], ["meta.key", 16, 604_800_000, after]);
  assert.equal(after.visibleAfterMs, 0);
});
