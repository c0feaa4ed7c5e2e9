import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  atMostOnce,
  byKey,
  byLookup,
  type Delivery,
  integration,
  natural,
  push,
  rate,
  type System,
  system,
  tenants,
} from "waybill";
import { z } from "zod";
import { assemble } from "../../src/assembly/assemble.ts";
import { type ProveOptions, prove } from "../../src/prove/prove.ts";
import type { Check, ProofReport } from "../../src/prove/report.ts";
import { type Habits, nowhere, type Vendor, vendor } from "./vendor.ts";

const Order = z.object({ id: z.string().min(1), total: z.number().positive() });
type Order = z.infer<typeof Order>;
const Invoice = z.object({ id: z.string(), ref: z.string() });
const Found = z.object({ items: z.array(Invoice) });

type Deliver = (order: Order, tools: Delivery, books: System) => Promise<void>;

let systems = 0;

interface Proved {
  readonly report: ProofReport;
  readonly vendor: Vendor;
  /** What was found of one declaration: `holds: found 12 ms after its answer`. */
  of(declared: string): readonly string[];
}

/** Proves one integration against a sandbox with these habits. */
async function proved(
  t: TestContext,
  habits: Habits,
  deliver: Deliver,
  { options, declared }: { readonly options?: ProveOptions; readonly declared?: object } = {},
): Promise<Proved> {
  const at = await vendor(t, habits);
  systems += 1;
  const name = `books-${systems}`;
  const books = system(name, { baseUrl: at.url, ...declared } as never) as unknown as System;
  const orders = integration("orders", {
    source: push(),
    contract: Order,
    identify: ({ id }) => ({ id }),
    deliver: (order, tools) => deliver(order, tools, books),
  });
  const assembly = await assemble({ integrations: [orders], ledger: "sqlite::memory:" });
  t.after(() => assembly.stop({ graceMs: 0 }));
  const report = await prove(assembly, name, options);
  const of = (wanted: string): string[] =>
    report.checks
      .filter(({ declared: one }: Check) => one.startsWith(wanted))
      .map(({ verdict, seen }) => `${verdict}: ${seen}`);
  return { report, vendor: at, of };
}

const keyed: Deliver = async (order, { effect }, books) => {
  await effect("invoice", books.post("/invoices", { json: { ref: order.id }, expect: Invoice, idempotency: byKey() }));
};

const lookedUp =
  (visibleAfter: "100ms" | "60s"): Deliver =>
  async (order, { effect, call }, books) => {
    const find = async () => (await call(books.get("/invoices", { query: { ref: order.id }, expect: Found }))).items;
    await effect(
      "invoice",
      books.post("/invoices", {
        json: { ref: order.id },
        expect: Invoice,
        idempotency: byLookup(find, { visibleAfter }),
      }),
    );
  };

test("a destination that honours its keys is sent the same twice, and answers the same", async (t) => {
  const { report, vendor, of } = await proved(t, {}, keyed);
  assert.equal(report.ok, true);
  assert.deepEqual(of("byKey"), ["holds: sent twice, answered 201 and 201, both name id made-1"]);
  const [first, second] = vendor.seen;
  assert.deepEqual(first, second);
  assert.ok((first?.key?.length ?? 0) >= 16);
  assert.deepEqual(of("window"), [`assumed: that "${report.system}" remembers a key for so long`]);
});

test("a destination that ignores keys contradicts byKey: the effect was made twice", async (t) => {
  const { report, vendor, of } = await proved(t, { keys: "ignored" }, keyed);
  assert.equal(report.ok, false);
  assert.deepEqual(of("byKey"), ["contradicted: sent twice, and made twice: id is made-1, and then made-2"]);
  assert.equal(vendor.things.length, 2);
});

test("a destination that refuses a repeated key leaves every lost answer in doubt, and contradicts byKey", async (t) => {
  for (const keys of ["refused", "in-flight"] as const) {
    const { report, of } = await proved(t, { keys }, keyed);
    assert.equal(report.ok, false);
    assert.match(of("byKey").join(), /^contradicted: its repeat was refused: status 4/);
  }
});

test("an answer that is lost is asked for again under the same key, and one that then comes shows that the key is honoured", async (t) => {
  for (const lost of [[1], [2]]) {
    const { report, vendor, of } = await proved(t, { lost }, keyed);
    assert.equal(report.ok, true);
    assert.match(
      of("byKey").join(),
      /^holds: sent 3 times, 1 of the answers lost \(.+\), answered 201 and 201, both name id made-1$/,
    );
    assert.equal(new Set(vendor.seen.map(({ key }) => key)).size, 1, "every one went out under the same key");
    assert.deepEqual([vendor.seen.length, vendor.things.length], [3, 1]);
  }
});

test("a lost answer that is asked for again and made anew contradicts byKey", async (t) => {
  const { report, of } = await proved(t, { lost: [1], keys: "ignored" }, keyed);
  assert.equal(report.ok, false);
  assert.match(
    of("byKey").join(),
    /^contradicted: sent 3 times, 1 .* made more than once: id is made-2, and then made-3$/,
  );
});

test("a key that is refused after its answer was lost proves nothing, and both are told", async (t) => {
  const { report, of } = await proved(t, { lost: [1], keys: "refused" }, keyed);
  assert.equal(report.void, true);
  assert.match(
    of("byKey").join(),
    /^unchecked: sent twice, 1 of the answers lost .* not done: status 422.*nobody knows$/,
  );
});

test("a sandbox that never answers is asked four times, and that is said: the proof is void for want of an answer", async (t) => {
  const { report, vendor, of } = await proved(t, { lost: [1, 2, 3, 4] }, keyed);
  assert.equal(report.void, true);
  assert.match(of("byKey").join(), /^unchecked: sent 4 times, and whether it was done no answer tells: /);
  assert.equal(report.checks.find(({ declared }) => declared.startsWith("byKey"))?.unanswered, true);
  assert.equal(vendor.seen.length, 4);
});

test("without a key a lost answer is not asked for again: it would be made twice", async (t) => {
  const { report, vendor, of } = await proved(t, { lost: [1] }, async (order, { effect }, books) => {
    await effect("invoice", books.post("/invoices", { json: { ref: order.id }, idempotency: atMostOnce }));
  });
  assert.equal(report.void, true);
  assert.match(of("atMostOnce").join(), /^unchecked: sent once, and whether it was done no answer tells: /);
  assert.equal(vendor.seen.length, 1);
});

test("what the answers do not tell, the lookup behind a key counts", async (t) => {
  const deliver: Deliver = async (order, { effect, call }, books) => {
    const find = async () => (await call(books.get("/invoices", { query: { ref: order.id }, expect: Found }))).items;
    const after = byLookup(find, { visibleAfter: "10ms" });
    await effect(
      "invoice",
      books.post("/invoices", { json: { ref: order.id }, idempotency: byKey({ after }) as never }),
    );
  };
  const honoured = await proved(t, { silent: true }, deliver);
  assert.match(honoured.of("byKey").join(), /^holds: sent twice, .* its lookup finds one$/);
  const ignored = await proved(t, { silent: true, keys: "ignored" }, deliver);
  assert.deepEqual(ignored.of("byKey"), ["contradicted: sent twice, and its lookup finds 2"]);
});

test("answers that name nothing prove nothing, and that is said", async (t) => {
  const { report, of } = await proved(t, { silent: true, keys: "ignored" }, async (order, { effect }, books) => {
    await effect("invoice", books.post("/invoices", { json: { ref: order.id }, idempotency: byKey() }));
  });
  assert.equal(report.ok, true);
  assert.deepEqual(of("byKey"), [
    "assumed: sent twice, answered 201 and 201, and nothing in the answers names what was made",
  ]);
});

test("a lookup that sees a write later than it declares is contradicted, with the time that it took", async (t) => {
  const { report, of, vendor } = await proved(t, { lag: { ms: 300, looks: 8 } }, lookedUp("100ms"));
  assert.equal(report.ok, false);
  assert.match(of("visibleAfter").join(), /^contradicted: still not found when that was over; found \d+ ms after/);
  const check = report.checks.find(({ declared }) => declared.startsWith("visibleAfter"));
  assert.ok((check?.measuredMs ?? 0) >= 300);
  assert.equal(check?.declaredMs, 100);
  assert.equal(vendor.things.length, 1);
});

test("a lookup that sees a write within what it declares holds", async (t) => {
  const { report, of } = await proved(t, { lag: { ms: 300, looks: 2 } }, lookedUp("60s"));
  assert.equal(report.ok, true);
  assert.match(of("visibleAfter").join(), /^holds: found \d+ ms after its answer$/);
  assert.deepEqual(of("byLookup"), ["holds: it found nothing before and one thing after, made-1"]);
});

test("a lookup that finds nothing at all is contradicted, and one that finds another thing too", async (t) => {
  const wrong =
    (query: Record<string, string>): Deliver =>
    async (order, { effect, call }, books) => {
      const find = async () => (await call(books.get("/invoices", { query, expect: Found }))).items;
      await effect("first", books.post("/invoices", { json: { ref: "of-all" }, idempotency: atMostOnce }));
      await effect(
        "invoice",
        books.post("/invoices", {
          json: { ref: order.id },
          expect: Invoice,
          idempotency: byLookup(find, { visibleAfter: "10ms" }),
        }),
      );
    };
  const never = await proved(t, {}, wrong({ ref: "of-nobody" }), { options: { patienceMs: 200 } });
  assert.match(never.of("visibleAfter").join(), /^contradicted: not found after/);
  const anothers = await proved(t, {}, wrong({ ref: "of-all" }));
  assert.match(anothers.of("byLookup").join(), /^contradicted: it finds something before anything was sent/);
});

test("a PUT may be repeated, whatever it answers the second time; one that is refused may not", async (t) => {
  const deliver: Deliver = async (order, { effect }, books) => {
    await effect("contact", books.put(`/contacts/${order.id}`, { json: {} }));
  };
  const well = await proved(t, {}, deliver);
  assert.match(well.of("natural").join(), /^holds: sent twice, answered 201 and 200/);
  const refused = await proved(t, { putAgain: 412 }, deliver);
  assert.match(refused.of("natural").join(), /^contradicted: its repeat was refused: status 412/);
});

test("a POST that is called natural and is not is found out, which no rehearsal can do", async (t) => {
  const { report, of } = await proved(t, {}, async (order, { effect }, books) => {
    await effect("invoice", books.post("/invoices", { json: { ref: order.id }, idempotency: natural }));
  });
  assert.equal(report.ok, false);
  assert.match(of("natural").join(), /^contradicted: sent twice, and made twice/);
});

test("limits that allow more than the answers tell are contradicted; those that allow less hold", async (t) => {
  const headers = { "RateLimit-Policy": '"minute";q=30;w=60', RateLimit: '"minute";r=29;t=60' };
  const more = await proved(t, { headers }, keyed, { declared: { limits: [rate(60, "1m")] } });
  assert.equal(more.report.ok, false);
  assert.match(more.of("limits").join(), /^contradicted: its answers tell less: RateLimit "minute": 30 per 1m$/);
  const less = await proved(t, { headers }, keyed, { declared: { limits: [rate(20, "1m")] } });
  assert.match(less.of("limits").join(), /^holds: its answers tell no less: RateLimit "minute": 30 per/);
  const quiet = await proved(t, {}, keyed, { declared: { limits: [rate(20, "1m")] } });
  assert.match(quiet.of("limits").join(), /^assumed: /);
});

test("credentials that are not taken and an address where nobody answers are said in one sentence", async (t) => {
  await assert.rejects(proved(t, { status: 401 }, keyed), {
    code: "unauthorized",
    message: /^"books-\d+" at http:\/\/127\.0\.0\.1:\d+: it does not let us in: status 401/,
  });
  const nobody = system("nobody", { baseUrl: await nowhere() });
  const orders = integration("orders", {
    source: push(),
    contract: Order,
    identify: ({ id }) => ({ id }),
    async deliver(order, { effect }) {
      // Whatever the code makes of it.
      await effect("invoice", nobody.post("/invoices", { json: order, idempotency: byKey() })).catch(() => undefined);
    },
  });
  const assembly = await assemble({ integrations: [orders], ledger: "sqlite::memory:" });
  t.after(() => assembly.stop({ graceMs: 0 }));
  await assert.rejects(prove(assembly, "nobody"), {
    code: "unavailable",
    message: /^"nobody" cannot be reached at http:\/\/127\.0\.0\.1:\d+: nothing was sent/,
  });
});

test("a sandbox that asks to be left alone is left alone for as long as it says, and asked again", async (t) => {
  for (const first of [429, 503]) {
    const { report, vendor } = await proved(t, { first }, keyed);
    assert.equal(report.ok, true);
    assert.deepEqual([vendor.seen.length, vendor.things.length], [3, 1]);
  }
});

test("what the sandbox refuses is no proof: a report of nothing is void, and not green", async (t) => {
  const { report, of } = await proved(t, { status: 422 }, keyed);
  assert.deepEqual([report.void, report.ok], [true, false]);
  assert.match(of("byKey").join(), /^unchecked: it was not done/);
  assert.match(report.integrations[0]?.ended ?? "", /status 422/);
});

test("nothing goes to another system, and code of the user's own is not run: both get samples", async (t) => {
  const other = await vendor(t);
  const bank = system("bank-of-others", { baseUrl: other.url });
  let ran = 0;
  const {
    report,
    of,
    vendor: own,
  } = await proved(t, {}, async (order, { effect, call }, books) => {
    const paid = await effect("pay", bank.post("/payments", { json: order, expect: Invoice, idempotency: byKey() }));
    await call(bank.get("/balance"));
    const count = (): number => ++ran;
    await effect("count", books.perform({ idempotency: byKey(), request: {}, run: count }));
    await effect("invoice", books.post("/invoices", { json: { ref: paid.id }, expect: Invoice, idempotency: byKey() }));
  });
  assert.equal(other.seen.length, 0);
  assert.equal(ran, 0);
  assert.equal(typeof own.things[0]?.ref, "string");
  assert.deepEqual(
    report.integrations[0]?.notSent.map((one) => one.split(":")[0]),
    ['effect "pay"', "call", 'effect "count"'],
  );
  assert.deepEqual(of("byKey").length, 2);
  assert.equal(report.ok, true);
});

test("where all is code of the user's own, nothing is tried, and the report is void", async (t) => {
  const { report, of } = await proved(t, {}, async (order, { effect }, books) => {
    await effect("count", books.perform({ idempotency: byKey(), request: order, run: () => 1, simulate: () => 2 }));
  });
  assert.deepEqual([report.void, report.ok], [true, false]);
  assert.match(of("byKey").join(), /^assumed: code of your own performs it/);
});

test("items that go in one call are proved as the call that carries them", async (t) => {
  const { report, of, vendor } = await proved(t, { keys: "ignored" }, async (order, { effects }, books) => {
    const ids = await effects("lines", ["a", "b", "c"], {
      name: (line) => line,
      size: 2,
      change: (lines) =>
        books.post("/lines", { json: { lines }, expect: z.object({ id: z.string() }), idempotency: byKey() }),
      part: ({ id }, line) => `${id}/${line}`,
    });
    await effects("none", [], {
      name: String,
      change: () => books.post("/x", { idempotency: byKey() }),
      part: () => 1,
    });
    assert.deepEqual(ids, ["made-1/a", "made-1/b", "made-3/c"]);
    assert.ok(order.total > 0);
  });
  assert.equal(report.integrations[0]?.ended, null);
  assert.equal(of("byKey").length, 2);
  assert.equal(vendor.seen.length, 4);
});

test("effects that nobody awaits are proved too, one after the other, and their refusals end nothing", async (t) => {
  const { report, of, vendor } = await proved(t, { keys: "refused" }, async (order, { effect }, books) => {
    for (const name of ["first", "second"])
      void effect(name, books.post("/invoices", { json: { ref: `${order.id} ${name}` }, idempotency: byKey() }));
    void effect(
      "misused",
      books.post("/invoices", { json: { ref: {}, secret: 1n as never }, idempotency: atMostOnce }),
    );
    throw new Error("and then it gives up");
  });
  assert.equal(report.integrations[0]?.ended, "and then it gives up");
  assert.equal(of("byKey").length, 2);
  const keys = vendor.seen.map(({ key }) => key);
  assert.deepEqual([keys[0], keys[2]], [keys[1], keys[3]]);
  assert.notEqual(keys[0], keys[2]);
});

test("an answer that is not as expected is contradicted, and the code does not go on with it", async (t) => {
  const { report, of } = await proved(t, {}, async (order, { effect }, books) => {
    const expect = z.object({ number: z.number() });
    await effect("invoice", books.post("/invoices", { json: { ref: order.id }, expect, idempotency: byKey() }));
    assert.fail("it went on");
  });
  assert.equal(report.ok, false);
  assert.match(of("expect").join(), /^contradicted: it was done, and its answer is not as expected: number/);
  assert.match(report.integrations[0]?.ended ?? "", /^effect "invoice": number/);
});

test("a sample goes as it is, and one that breaks the contract goes nowhere", async (t) => {
  const { vendor } = await proved(t, {}, keyed, { options: { sample: { value: { id: "o-1", total: 5 } } } });
  assert.deepEqual(
    vendor.things.map(({ ref }) => ref),
    ["o-1"],
  );
  await assert.rejects(proved(t, {}, keyed, { options: { sample: { value: { id: "" } } } }), {
    code: "bad-usage",
    message: /breaks its contract/,
  });
});

test("a contract that gives no JSON Schema asks for a sample", async (t) => {
  const at = await vendor(t);
  const books = system("books-without-schema", { baseUrl: at.url });
  const contract = {
    "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) },
  } as const;
  const orders = integration("orders", {
    source: push(),
    contract,
    identify: (order) => ({ id: String((order as Order).id) }),
    deliver: async (order, { effect }) => {
      await effect("invoice", books.post("/invoices", { json: order, idempotency: byKey() }));
    },
  });
  const assembly = await assemble({ integrations: [orders], ledger: "sqlite::memory:" });
  t.after(() => assembly.stop({ graceMs: 0 }));
  await assert.rejects(prove(assembly, "books-without-schema"), { code: "bad-usage", hint: /--sample FILE/ });
  assert.equal(at.seen.length, 0);
});

test("an integration that cannot be run is named beside those that can", async (t) => {
  const at = await vendor(t);
  const books = system("books-of-two", { baseUrl: at.url });
  const shared = { source: push(), identify: ({ id }: { id: string }) => ({ id }) };
  const good = integration("good", {
    ...shared,
    contract: Order,
    async deliver(order, { effect }) {
      await effect("invoice", books.put(`/invoices/${order.id}`, { json: {} }));
    },
  });
  const contract = z.object({ id: z.string() }).refine(() => false, "it is never right");
  const never = integration("never", { ...shared, contract, deliver: async () => undefined });
  const assembly = await assemble({ integrations: [never, good], ledger: "sqlite::memory:" });
  t.after(() => assembly.stop({ graceMs: 0 }));
  const report = await prove(assembly, "books-of-two");
  assert.equal(report.ok, true);
  const [first, second] = report.integrations;
  assert.match(first?.ended ?? "", /none of 200 records made from its contract meets it/);
  assert.deepEqual([second?.integration, second?.ended], ["good", null]);
});

test("a system that nothing asks for is said to be one, and one that is not there is named", async (t) => {
  const at = await vendor(t);
  await assert.rejects(
    proved(t, {}, async () => undefined),
    { code: "bad-usage", message: /Nothing was sent to "books-\d+": "orders" asks nothing of it/ },
  );
  const assembly = await assemble({ integrations: [], ledger: "sqlite::memory:" });
  t.after(() => assembly.stop({ graceMs: 0 }));
  await assert.rejects(prove(assembly, "boks-1"), { code: "bad-usage", message: /There is no system "boks-1"/ });
  assert.equal(at.seen.length, 0);
});

test("of a system where each tenant has an account, the account that is named is tried", async (t) => {
  const [one, two] = [await vendor(t), await vendor(t)];
  const shops = tenants("proved-shops", {
    list: [
      { id: "one", url: one.url },
      { id: "two", url: two.url },
    ],
    id: ({ id }) => id,
  });
  const shop = system("proved-shop", { per: shops, baseUrl: ({ url }) => url, private: true });
  const orders = integration("orders", {
    per: shops,
    source: push(),
    contract: Order,
    identify: ({ id }) => ({ id }),
    async deliver(order, { effect, tenant }) {
      await effect("order", shop.post("/orders", { json: { ref: order.id, of: tenant.id }, idempotency: byKey() }));
    },
  });
  const assembly = await assemble({ integrations: [orders], ledger: "sqlite::memory:" });
  t.after(() => assembly.stop({ graceMs: 0 }));
  const report = await prove(assembly, "proved-shop", { tenant: "two" });
  assert.deepEqual([report.ok, report.baseUrl, one.seen.length], [true, two.url, 0]);
  assert.equal(two.things[0]?.of, "two");
  await assert.rejects(prove(assembly, "proved-shop"), { code: "bad-usage", message: /no tenant is named/ });
  await assert.rejects(prove(assembly, "proved-shop", { tenant: "three" }), { code: "unknown-tenant" });
});
