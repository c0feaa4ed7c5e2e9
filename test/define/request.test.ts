import assert from "node:assert/strict";
import { test } from "node:test";
import { atMostOnce, byKey, byLookup, confirmed, natural, type Performs, type System, system } from "waybill";
import { z } from "zod";
import type { HttpChange, PerformChange } from "../../src/define/request.ts";
import { type Mistake, refuses, wrong } from "./refusal.ts";

const books = system("books", { baseUrl: "https://books.example" });
const bank = system("bank");
const expect = z.object({ id: z.string() });
const as = <T>(change: unknown): T => change as T;
const post = (options: unknown) => () => books.post("/invoices", wrong(options));
const hint = "Say idempotency: byKey(), byLookup(find), natural or atMostOnce.";

const undeclared = (["post", "patch"] as const).flatMap((method): Mistake[] =>
  [{ json: {} }, {}, undefined].map((options) => ({
    name: `a ${method.toUpperCase()} with ${options === undefined ? "nothing" : JSON.stringify(options)} that does not say how it repeats`,
    made: () => books[method]("/invoices", wrong(options)),
    says: `system "books": ${method.toUpperCase()} /invoices: it does not say how it repeats, and after a lost answer nobody could tell what to do.`,
    hints: hint,
  })),
);

const job = books.post("/jobs", { idempotency: byKey() });
const check = () => books.get("/jobs/1");
const confirming =
  (options: unknown, request: unknown = job) =>
  () =>
    confirmed(wrong(request), wrong(options));

const send = () => job;
const batch =
  (options: unknown, name = "invoices") =>
  () =>
    books.batch(name, wrong(options));

refuses([
  {
    name: "a batch without each",
    made: batch({ send }),
    says: 'system "books": batch "invoices": "each" is missing.',
    hints: "Find one item's part of the answer: each: (answer, item) => answer.made[item.ref].",
  },
  {
    name: "a batch without send",
    made: batch({ each: () => 1 }),
    says: 'system "books": batch "invoices": "send" is missing.',
    hints: 'Make the call for several items: send: (items) => books.post("/invoices/batch", { … }).',
  },
  {
    name: "a batch with a mistyped option",
    made: batch({ send, each: () => 1, lingr: "1s" }),
    says: 'system "books": batch "invoices": there is no option "lingr".',
    hints: 'Did you mean "linger"?',
  },
  {
    name: "a batch of nobody",
    made: batch({ send, each: () => 1, most: 0 }),
    says: 'system "books": batch "invoices": most is 0, and a whole number from 1 to 1000 is expected.',
  },
  {
    name: "a batch that waits for ever",
    made: batch({ send, each: () => 1, linger: "1h" }),
    says: 'system "books": batch "invoices": linger is "1h", and from "0s" to "10s" is expected.',
  },
  {
    name: "a batch with a name that cannot be",
    made: batch({ send, each: () => 1 }, "My invoices"),
    says: 'system "books": batch(): "My invoices" cannot be a name.',
  },
  {
    name: "an item whose lookup is a function",
    made: () => books.batch("invoices", { send, each: () => 1 })({}, wrong({ lookup: async () => 1 })),
    says: 'system "books": batch "invoices": lookup is a function.',
    hints: "Make it with byLookup(async () => …).",
  },
  ...undeclared,
  {
    name: "a confirmed change without a check",
    made: confirming({ every: "5s" }),
    says: 'confirmed(): "check" is missing.',
    hints: 'Say how to ask for the job: check: (accepted) => books.get("/jobs/" + accepted.id).',
  },
  {
    name: "a confirmed change with a mistyped option",
    made: confirming({ check, witin: "1h" }),
    says: 'confirmed(): there is no option "witin".',
    hints: 'Did you mean "within"?',
  },
  {
    name: "a check that is a read already",
    made: confirming({ check: check() }),
    says: "confirmed(): check is an object, and a function is expected.",
  },
  {
    name: "a confirmed read",
    made: confirming({ check }, books.get("/jobs")),
    says: "confirmed(): its request changes nothing.",
  },
  {
    name: "a confirmed promise",
    made: confirming({ check }, Promise.resolve(1)),
    says: "confirmed(): its request is a promise.",
  },
  {
    name: "what is confirmed twice",
    made: confirming({ check }, confirmed(job, { check })),
    says: "confirmed(): its request is confirmed already.",
  },
  {
    name: "a pause of nothing",
    made: confirming({ check, every: "0s" }),
    says: 'confirmed(): every is "0s", and from "10ms" to "1d" is expected.',
  },
  {
    name: "a perform that does not say how it repeats",
    made: () => bank.perform(wrong({ run: () => 1 })),
    says: 'system "bank": perform: it does not say how it repeats, and after a lost answer nobody could tell what to do.',
    hints: hint,
  },
  {
    name: "the function byKey itself",
    made: post({ idempotency: byKey }),
    says: 'system "books": POST /invoices: idempotency is the function byKey itself.',
    hints: "Call it: byKey().",
  },
  {
    name: "the function byLookup itself",
    made: post({ idempotency: byLookup }),
    says: 'system "books": POST /invoices: idempotency is the function byLookup itself.',
    hints: "Call it: byLookup(find).",
  },
  {
    name: "a word instead of an idempotency",
    made: post({ idempotency: "natural" }),
    says: 'system "books": POST /invoices: idempotency is "natural".',
    hints: hint,
  },
  {
    name: "something else instead of an idempotency",
    made: () => books.put("/invoices/1", wrong({ idempotency: { how: "somehow" } })),
    says: 'system "books": PUT /invoices/1: idempotency is an object.',
  },
  {
    name: "a mistyped option",
    made: post({ jsn: {}, idempotency: natural }),
    says: 'system "books": POST /invoices: there is no option "jsn".',
    hints: 'Did you mean "json"?',
  },
  {
    name: "a GET with a body",
    made: () => books.get("/invoices", wrong({ json: {} })),
    says: 'system "books": GET /invoices: there is no option "json".',
  },
  {
    name: "a GET that says how it repeats",
    made: () => books.get("/invoices", wrong({ idempotency: natural })),
    says: 'system "books": GET /invoices: there is no option "idempotency".',
  },
  {
    name: "two bodies",
    made: post({ json: {}, body: "{}", idempotency: natural }),
    says: 'system "books": POST /invoices: it has more than one body.',
    hints: "Give one of json, form and body.",
  },
  {
    name: "expect that is no schema",
    made: () => books.get("/invoices", wrong({ expect: "id" })),
    says: 'system "books": GET /invoices: expect is "id", and a schema is expected.',
  },
  {
    name: "classify that is no function",
    made: () => books.get("/invoices", wrong({ classify: "done" })),
    says: 'system "books": GET /invoices: classify is "done", and a function is expected.',
  },
  {
    name: "a timeout that is no duration",
    made: () => books.get("/invoices", wrong({ timeout: "soon" })),
    says: 'system "books": GET /invoices: timeout is "soon", which is not a duration.',
  },
  {
    name: "a path that is no text",
    made: () => books.get(wrong(7)),
    says: 'system "books": GET 7: the path is not text.',
  },
  {
    name: "a QUERY by another method",
    made: () => books.query("/search", wrong({ method: "PUT" })),
    says: 'system "books": QUERY /search: method is "PUT".',
  },
  {
    name: "a perform without run",
    made: () => bank.perform(wrong({ idempotency: natural })),
    says: 'system "bank": perform: "run" is missing.',
  },
  {
    name: "a perform with a mistyped option",
    made: () => bank.perform(wrong({ idempotency: natural, run: () => 1, simulat: () => 1 })),
    says: 'system "bank": perform: there is no option "simulat".',
    hints: 'Did you mean "simulate"?',
  },
  {
    name: "a perform whose run is no function",
    made: () => bank.perform(wrong({ idempotency: natural, run: Promise.resolve(1) })),
    says: 'system "bank": perform: run is a promise, and a function is expected.',
  },
]);

refuses(
  ["/invoices/undefined/details", "/invoices/null", "/NaN?a=1", "/a/[object Object]/b"].map((path) => ({
    name: `a path made of a value that was not there (${path})`,
    made: () => books.put(path, {}),
    says: `system "books": PUT ${path}: a value that the path was made of was not there.`,
  })),
  "effect-misused",
);

test("a path may hold such words as part of others", () => {
  for (const path of ["/nullable", "/undefined-things", "/x?name=null", "/%6eull"]) books.put(path, {});
});

test("a request is described whole", () => {
  const change = as<HttpChange>(
    books.post("/invoices", {
      json: { ref: "A-1" },
      query: { dry: false },
      headers: { "X-Ref": "A-1" },
      ifMatch: '"7"',
      expect,
      timeout: "5s",
      idempotency: byKey({ query: "requestid", max: 40 }),
    }),
  );
  assert.deepEqual(
    { ...change, system: change.system.name, expect: change.expect === expect, idempotency: change.idempotency.how },
    {
      kind: "change",
      changesNothing: undefined,
      how: "http",
      system: "books",
      method: "POST",
      path: "/invoices",
      query: { dry: false },
      headers: { "X-Ref": "A-1", "If-Match": '"7"' },
      json: { ref: "A-1" },
      hasJson: true,
      form: undefined,
      body: undefined,
      expect: true,
      timeoutMs: 5_000,
      classify: undefined,
      orAbsent: false,
      cost: undefined,
      idempotency: "byKey",
    },
  );
});

test("what repeats by its nature says so by itself, and only that is a read which changes nothing", () => {
  const kinds = (of: System) =>
    [of.get("/x"), of.query("/x"), of.put("/x", {}), of.delete("/x"), of.post("/x", { idempotency: atMostOnce })]
      .map((change) => as<HttpChange>(change))
      .map(({ method, kind, changesNothing, idempotency }) => [method, kind, changesNothing, idempotency.how]);
  assert.deepEqual(kinds(books), [
    ["GET", "read", true, "natural"],
    ["QUERY", "read", true, "natural"],
    ["PUT", "change", undefined, "natural"],
    ["DELETE", "change", undefined, "natural"],
    ["POST", "change", undefined, "atMostOnce"],
  ]);
  assert.equal(as<HttpChange>(books.query("/x", { method: "POST" })).method, "POST");
  assert.equal(as<HttpChange>(books.put("/x", { idempotency: atMostOnce })).idempotency, atMostOnce);
  assert.equal(as<HttpChange>(books.get("/x", { orAbsent: true })).orAbsent, true);
});

test("JSON null is a body, and an empty body is one too", () => {
  assert.equal(as<HttpChange>(books.put("/x", { json: null })).hasJson, true);
  assert.equal(as<HttpChange>(books.put("/x", {})).hasJson, false);
  assert.equal(as<HttpChange>(books.put("/x", { body: "" })).body, "");
});

test("a perform is described whole", () => {
  const described = (one: Performs, request?: { amount: number }) =>
    as<PerformChange>(
      one.perform({ idempotency: byKey(), ...(request === undefined ? {} : { request }), run: () => 1 }),
    );
  for (const one of [bank, books]) {
    assert.equal(described(one).how, "perform");
    assert.equal(described(one).hasRequest, false);
    assert.deepEqual(described(one, { amount: 12 }).request, { amount: 12 });
    assert.equal(described(one, { amount: 12 }).hasRequest, true);
    assert.equal(described(one).system.name, one.name);
  }
});
