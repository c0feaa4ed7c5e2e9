import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { atMostOnce, byKey, byLookup, concurrent, integration, push, rate, system } from "waybill";
import { rehearse } from "waybill/rehearse";
import { z } from "zod";

const shop = system("shop", { baseUrl: "https://shop.example.com", limits: [rate(60, "10s"), concurrent(8)] });
const Made = z.object({ id: z.string() });
const Found = z.object({ items: z.array(Made) });
const Order = z.object({ id: z.string().min(1), customer: z.string().min(1), total: z.number().positive() });

const orders = integration("orders", {
  source: push(),
  contract: Order,
  identify: ({ id, customer }) => ({ id, key: customer }),
  async deliver(order, { effect, call }) {
    const made = await effect("invoice", shop.post("/invoices", { json: order, expect: Made, idempotency: byKey() }));
    await effect("details", shop.put(`/invoices/${made.id}/details`, { json: { total: order.total } }));
    const find = async () => (await call(shop.get("/charges", { query: { ref: order.id }, expect: Found }))).items;
    await effect(
      "charge",
      shop.post("/charges", { json: { ref: order.id }, expect: Made, idempotency: byLookup(find) }),
    );
    await effect("mail", shop.post("/mail", { json: { ref: order.id }, idempotency: atMostOnce }));
  },
});

test("integrations that are well made keep every promise in nights of all kinds", async () => {
  const { default: ordersToInvoices } = await import("../../examples/orders-to-invoices.ts");
  const report = await rehearse([orders, ordersToInvoices], { nights: 10, seed: 7 });
  assert.ok(report.ok, report.summary);
  assert.ok(report.records > 500, `only ${report.records} records`);
  assert.equal(report.promises.length, 9);
  assert.ok(report.promises.every(({ held }) => held));
});

test("an answer that the code takes for a refusal although the thing was done is found: it is done twice", async () => {
  const trusting = system("trusting", {
    baseUrl: "https://trusting.example.com",
    classify: ({ status }) => (status === 500 ? "failed-retryable" : undefined),
  });
  const wrong = integration("wrong", {
    source: push(),
    contract: z.object({ id: z.string().min(1) }),
    identify: ({ id }) => ({ id }),
    async deliver({ id }, { effect }) {
      await effect("mail", trusting.post("/mail", { json: { id }, idempotency: atMostOnce }));
    },
  });
  const report = await rehearse(wrong, { nights: 60, seed: 1 });
  const failure = report.failures.find(({ promise }) => promise === "nothing is done twice");
  assert.ok(failure !== undefined, report.summary);
  assert.match(
    failure.story.join("\n"),
    /A night with .*error-after:[\s\S]*So: "mail" \(atMostOnce\) of .* was done 2 times/,
  );
});

test("the same seed gives the same history, and another seed another one", async () => {
  const history = async (seed: number) => (await rehearse(orders, { nights: 3, seed })).history;
  const [one, again, other] = [await history(5), await history(5), await history(6)];
  assert.equal(one, again);
  assert.notEqual(one, other);
});

test("time and chance in the code are those of the night, so that code which asks for them is rehearsed as well", async () => {
  const chancy = integration("chancy", {
    source: push(),
    contract: z.object({ id: z.string().min(1) }),
    identify: ({ id }) => ({ id }),
    async deliver({ id }, { effect, now }) {
      await new Promise((later) => setTimeout(later, 5_000 * Math.random()));
      assert.ok(Math.abs(Date.now() - now()) < 7 * 86_400_000, "it is not the time of the night");
      await effect(
        "make",
        shop.post("/things", { json: { id, day: new Date(now()).getUTCDay() }, idempotency: byKey() }),
      );
    },
  });
  const report = await rehearse(chancy, { nights: 3, seed: 2 });
  assert.ok(report.ok, report.summary);
});

test("a null that the contract lets through and the code does not expect is found, and told as a short story", async () => {
  const careless = integration("careless", {
    source: push(),
    contract: z.object({ id: z.string().min(1), customer: z.object({ name: z.string() }).nullable() }),
    identify: ({ id }) => ({ id }),
    async deliver({ id, customer }, { effect }) {
      const { name } = customer as { name: string };
      await effect("make", shop.post("/things", { json: { id, name }, idempotency: byKey() }));
    },
  });
  const report = await rehearse(careless, { nights: 2, seed: 7 });
  assert.equal(report.ok, false);
  const [failure] = report.failures;
  assert.equal(failure?.promise, "good records are delivered, and broken ones quarantined");
  const story = failure?.story.join("\n") ?? "";
  assert.match(story, /Cannot destructure property 'name'.* \(\d+ times\)/);
  assert.ok((failure?.story.length ?? 0) < 12, story);
  assert.match(report.summary, /npx waybill rehearse careless --nights 1 --seed/);
  const alone = await rehearse(careless, { nights: 1, seed: failure?.seed ?? 0 });
  assert.equal(alone.failures[0]?.night, 1, "the night could not be seen again");
});

test("a deliver that goes on and on without time passing ends its night, and the story says so", async () => {
  const restless = integration("restless", {
    source: push(),
    contract: z.object({ id: z.string().min(1) }),
    identify: ({ id }) => ({ id }),
    async deliver() {
      for (;;) await new Promise((next) => setImmediate(next));
    },
  });
  const report = await rehearse(restless, { nights: 1, seed: 1 });
  assert.equal(report.ok, false);
  assert.equal(report.failures[0]?.promise, "every record settles, or waits for a person with a reason");
  assert.match(report.failures[0]?.story.join("\n") ?? "", /happened again and again, and no time passed/);
});

test("what the code remembers from one night to the next makes the run void, because then nights mean nothing by themselves", async () => {
  let runs = 0;
  const remembering = integration("remembering", {
    source: push(),
    contract: z.object({ id: z.string().min(1) }),
    identify: ({ id }) => ({ id }),
    async deliver({ id }, { effect }) {
      await effect("make", shop.post("/things", { json: { id, nth: runs++ }, idempotency: byKey() }));
    },
  });
  const report = await rehearse(remembering, { nights: 1, seed: 1 });
  assert.ok(report.void && !report.ok, report.summary);
  assert.match(report.summary, /night 1 went another way the second time/);
});

test("where accept takes nothing that is made of the contract, nothing is rehearsed, and the report says what to do", async (t) => {
  const wanted = integration("wanted", {
    source: push(),
    contract: z.object({ id: z.string().min(1), type: z.string() }),
    identify: ({ id }) => ({ id }),
    accept: ({ type }) => type === "charge.succeeded",
    async deliver({ id }, { effect }) {
      await effect("make", shop.post("/things", { json: { id }, idempotency: byKey() }));
    },
  });
  const report = await rehearse(wanted, { nights: 1, seed: 1 });
  assert.ok(report.void && !report.ok, report.summary);
  assert.match(
    report.summary,
    /no record was delivered: \d+ of \d+ were refused by accept. Give samples that it takes/,
  );
  const from = fileOf(t, '{"id":"evt_1","type":"charge.succeeded"}\n');
  const sampled = await rehearse(wanted, { nights: 1, seed: 1, from });
  assert.ok(sampled.ok, sampled.summary);
});

test("a socket of the code's own is never opened: the run is void, and the line is named", async () => {
  const dialling = integration("dialling", {
    source: push(),
    contract: z.object({ id: z.string().min(1) }),
    identify: ({ id }) => ({ id }),
    async deliver({ id }, { effect }) {
      await new Promise((resolve, reject) => connect(9, "127.0.0.1").on("connect", resolve).on("error", reject));
      await effect("make", shop.post("/things", { json: { id }, idempotency: byKey() }));
    },
  });
  const report = await rehearse(dialling, { nights: 1, seed: 1 });
  assert.ok(report.void, report.summary);
  assert.match(report.summary, /127\.0\.0\.1:9 at test\/rehearse\/rehearse\.test\.ts:\d+/);
});

test("records are made from samples, where those are given, and a sample that breaks the contract is refused by its line", async (t) => {
  const file = fileOf(t, '{"id":"A-1","customer":"C-1","total":12.5}\n{"id":"A-2","customer":"C-2","total":3}\n');
  assert.ok((await rehearse(orders, { nights: 1, seed: 3, from: file })).ok);
  const wrong = fileOf(t, '{"id":"A-1","customer":"C-1","total":"much"}\n');
  await assert.rejects(rehearse(orders, { nights: 1, from: wrong }), { code: "bad-usage" });
  await assert.rejects(rehearse(orders, { nights: 1, from: fileOf(t, "{\n") }), {
    message: /Line 1 of the samples in .* is no JSON/,
  });
});

test("what is no number of nights, and what this version cannot rehearse, is refused by name", async () => {
  for (const nights of [0, 1.5, Number.NaN]) await assert.rejects(rehearse(orders, { nights }), { code: "bad-usage" });
  await assert.rejects(rehearse(orders, { nights: 1, seed: -1 }), { message: /seed is -1/ });
});

function fileOf(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "waybill-samples-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "samples.jsonl");
  writeFileSync(file, text);
  return file;
}
