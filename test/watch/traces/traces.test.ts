import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { trace } from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type Sampler,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import {
  byKey,
  byLookup,
  type Delivery,
  type Integration,
  integration,
  poll,
  push,
  type Source,
  unverified,
  webhook,
} from "waybill";
import { z } from "zod";
import { openStage, type Stage } from "../stage.ts";
import { type Seen, seen } from "./recorded.ts";

const Order = z.object({ id: z.string() });
const memory = new InMemorySpanExporter();

function record(sampler?: Sampler): void {
  const more = sampler === undefined ? {} : { sampler };
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)], ...more }).register();
}

beforeEach(() => {
  memory.reset();
  record();
});
afterEach(() => trace.disable());

const all = (): Seen[] => memory.getFinishedSpans().map(seen);
const named = (name: string): Seen[] => all().filter((span) => span.name === name);
const below = (span: Seen | undefined): Seen[] => all().filter(({ parent }) => parent === span?.span);

interface Orders {
  readonly source?: Source;
  readonly deliver?: (order: z.infer<typeof Order>, delivery: Delivery) => Promise<unknown>;
  readonly giveUpAfter?: "5ms";
}

function ordersOf({ books }: Stage, given: Orders = {}): Integration {
  const invoice = ({ id }: z.infer<typeof Order>, { effect }: Delivery): Promise<unknown> =>
    effect("invoice", books.post("/invoices", { json: { id }, idempotency: byKey() }));
  return integration("orders", {
    source: given.source ?? [push(), webhook("/orders", { verify: unverified })],
    contract: Order,
    identify: ({ id }) => ({ id }),
    retry: { first: "10ms", longest: "10ms", giveUpAfter: given.giveUpAfter ?? "1h" },
    async deliver(order, delivery) {
      await (given.deliver ?? invoice)(order, delivery);
    },
  });
}

/** Waits for what the ledger says, and then for the spans that end a moment later. */
async function settled(stage: Stage): Promise<void> {
  await stage.waybill.settled(undefined, 20_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
}

test("a record that waits while Waybill is stopped and started is told by one trace, with every try", async (t) => {
  const stage = await openStage(t);
  stage.answer = () => ({ status: 429 });
  await stage.start([ordersOf(stage)]);
  const [id = ""] = await stage.send("orders", { id: "A-1" });
  await stage.until("three tries", () => named("effect invoice").length >= 3);
  await stage.stop();
  stage.answer = () => ({ status: 201, body: { id: "inv_1" } });
  await stage.start([ordersOf(stage)]);
  await settled(stage);
  const [intake] = named("intake push:orders");
  const runs = named("deliver orders");
  assert.ok(runs.length >= 4);
  assert.deepEqual([...new Set(all().map((span) => span.trace))], [intake?.trace]);
  for (const run of runs) {
    assert.equal(run.parent, intake?.span);
    assert.equal(run.attributes["waybill.record"], id);
  }
  assert.equal(runs.at(-1)?.attributes["waybill.state"], "delivered");
  const tries = runs.flatMap((run) => below(run)).filter(({ name }) => name === "effect invoice");
  assert.deepEqual(tries.at(0)?.attributes["waybill.outcome"], "limited");
  assert.deepEqual(tries.at(-1)?.attributes["waybill.outcome"], "done");
  for (const one of tries) assert.equal(below(one).filter(({ name }) => name === "POST").length, 1);
  const whole = await stage.waybill.ledger.record(id);
  assert.equal(whole?.trace, `00-${intake?.trace}-${intake?.span}-01`);
});

test("a traceparent that a sender claims is linked, never followed; what is none is nothing", async (t) => {
  const stage = await openStage(t);
  await stage.start([ordersOf(stage)]);
  const theirs = "0af7651916cd43dd8448eb211c80319c";
  const fine = { trace: theirs, span: "b7ad6b7169203331", sampled: false };
  const table: readonly (readonly [string | undefined, readonly object[]])[] = [
    [`00-${theirs}-b7ad6b7169203331-01`, [fine]],
    [`00-${theirs}-b7ad6b7169203331-00`, [fine]],
    [undefined, []],
    ["", []],
    [`00-${"0".repeat(32)}-b7ad6b7169203331-01`, []],
    [`ff-${theirs}-b7ad6b7169203331-01`, []],
    [`00-${theirs}-b7ad6b7169203331-01-${"a".repeat(6_000)}`, []],
    ["<script>alert(1)</script>", []],
  ];
  for (const path of ["/orders", "/v1/integrations/orders/records"]) {
    for (const [at, [traceparent, links]] of table.entries()) {
      memory.reset();
      const response = await fetch(stage.url + path, {
        method: "POST",
        body: JSON.stringify({ id: `${path} ${at}` }),
        headers: { "content-type": "application/json", ...(traceparent === undefined ? {} : { traceparent }) },
      });
      assert.equal(response.status, 202);
      await settled(stage);
      const [intake] = all().filter(({ name }) => name.startsWith("intake"));
      assert.deepEqual([intake?.parent, intake?.links], [undefined, links], traceparent);
      assert.ok(all().length >= 4 && all().every((span) => span.trace !== theirs && span.trace === intake?.trace));
      assert.ok(!JSON.stringify(all()).includes("script"));
    }
  }
});

test("of several that come together each has a trace of its own, linked to how it came", async (t) => {
  const stage = await openStage(t);
  await stage.start([ordersOf(stage)]);
  await fetch(`${stage.url}/v1/integrations/orders/records`, {
    method: "POST",
    body: ["A-1", "A-2", "A-1", "A-3"].map((id) => JSON.stringify({ id })).join("\n"),
    headers: { "content-type": "application/x-ndjson" },
  });
  await settled(stage);
  const [intake] = named("intake push:orders");
  assert.equal(intake?.attributes["messaging.batch.message_count"], 4);
  assert.equal(intake?.attributes["waybill.duplicates"], 1);
  const accepted = named("accept push:orders");
  assert.equal(accepted.length, 4);
  for (const one of accepted) {
    assert.deepEqual([one.kind, one.parent], [3, undefined]);
    assert.deepEqual(one.links, [{ trace: intake?.trace, span: intake?.span, sampled: true }]);
    const duplicate = one.attributes["waybill.duplicate"] === true;
    assert.deepEqual(
      below(one).map(({ name }) => name),
      duplicate ? [] : ["deliver orders"],
    );
  }
  assert.equal(new Set(accepted.map((one) => one.trace)).size, 4);
  assert.equal(new Set(accepted.map(({ attributes }) => attributes["waybill.record"])).size, 3);
});

test("a poll's page, its requests and what it brings are one trace; a failing page says so", async (t) => {
  const stage = await openStage(t);
  let pages = 0;
  stage.answer = (path) => {
    if (path.startsWith("/contacts")) return ++pages === 1 ? { status: 500 } : { status: 200, body: [{ id: "C-1" }] };
    return { status: 201, body: {} };
  };
  const source = poll({
    every: "1h",
    async fetch({ call }) {
      const records = (await call(
        stage.books.get("/contacts", { query: { since: "canary-of-a-cursor" } }),
      )) as object[];
      return { records, cursor: "1" };
    },
  });
  await stage.start([ordersOf(stage, { source })]);
  await stage.until("it came", () => named("deliver orders").length > 0);
  await settled(stage);
  const [page] = named("poll poll:orders");
  assert.deepEqual(
    below(page).map(({ name, kind, failed }) => [name, kind, failed]),
    [
      ["GET", 2, true],
      ["GET", 2, false],
      ["intake poll:orders", 3, false],
    ],
  );
  assert.equal(below(page)[1]?.attributes["http.request.resend_count"], 1);
  assert.equal(named("deliver orders")[0]?.trace, page?.trace);
  assert.ok(!JSON.stringify(all()).includes("canary"));
});

test("what user code records stands where it was done, and a lookup below the effect that asks for it", async (t) => {
  const stage = await openStage(t);
  let posts = 0;
  stage.answer = (path) => {
    if (path.startsWith("/invoices?")) return { status: 200, body: [{ id: "inv_1" }] };
    posts += 1;
    return { status: 500 };
  };
  const own = trace.getTracer("the user's own");
  const mine = (name: string): void => own.startActiveSpan(name, (span) => span.end());
  const find = async () => [{ id: "note_1" }];
  const orders = ordersOf(stage, {
    async deliver({ id }, { effect, call }) {
      mine("in deliver");
      const run = async () => {
        mine("in perform");
        return { id: "note_1" };
      };
      await effect("note", stage.books.perform({ idempotency: byLookup(find), run }));
      const look = () => call(stage.books.get("/invoices", { query: { ref: id } }));
      const change = stage.books.post("/invoices", { json: { id }, idempotency: byLookup(look) });
      await effect("invoice", change);
    },
  });
  await stage.start([orders]);
  await stage.send("orders", { id: "A-1" });
  await settled(stage);
  assert.equal(posts, 1);
  const [run] = named("deliver orders");
  const [note] = named("effect note");
  assert.equal(named("in deliver")[0]?.parent, run?.span);
  assert.equal(named("in perform")[0]?.parent, note?.span);
  assert.deepEqual(
    below(run)
      .map(({ name }) => name)
      .sort(),
    ["GET", "effect invoice", "effect note", "in deliver"],
  );
  assert.equal(named("effect invoice")[0]?.attributes["waybill.outcome"], "in-doubt");
  assert.equal(run?.attributes["waybill.state"], "delivered");
});

test("a call that carries effects of several records stands in one trace and is linked to the runs of the others", async (t) => {
  const stage = await openStage(t);
  stage.answer = () => ({ status: 200, body: {} });
  const batch = stage.books.batch("invoices", {
    most: 3,
    linger: "2s",
    send: (items: readonly object[]) => stage.books.post("/batch", { json: { items }, idempotency: byKey() }),
    each: () => "made",
  });
  const orders = ordersOf(stage, {
    deliver: ({ id }, { effect }) => effect("invoice", batch({ id })),
  });
  await stage.start([orders]);
  await stage.send("orders", { id: "A-1" }, { id: "A-2" }, { id: "A-3" });
  await settled(stage);
  const [call] = named("effect batch invoices");
  const runs = named("deliver orders");
  assert.deepEqual([runs.length, call?.attributes["waybill.effects"]], [3, 3]);
  assert.deepEqual(
    [call?.parent, ...(call?.links.map(({ span }) => span) ?? [])].sort(),
    runs.map(({ span }) => span).sort(),
  );
  assert.deepEqual(
    below(call).map(({ name }) => name),
    ["POST"],
  );
});

test("why a record waits is told in Waybill's words; what others say is not", async (t) => {
  const stage = await openStage(t);
  stage.answer = () => ({ status: 422, body: { error: "canary of the vendor" } });
  const orders = ordersOf(stage, {
    async deliver({ id }, { effect }) {
      if (id === "throws") throw new Error("canary of the user");
      await effect("invoice", stage.books.post("/invoices", { json: { id }, idempotency: byKey() }));
    },
    giveUpAfter: "5ms",
  });
  await stage.start([orders]);
  await stage.send("orders", { id: "refused" }, { id: "throws" });
  await settled(stage);
  assert.deepEqual(
    named("deliver orders")
      .map(({ failed, attributes }) => [failed, attributes["waybill.state"], attributes["error.type"]])
      // How often it is tried before it is given up is chance.
      .filter(([, state]) => state !== "waiting")
      .sort(),
    [
      [true, "dead", "gave-up"],
      [true, "dead", "refused"],
    ],
  );
  const before = named("deliver orders").length;
  await stage.waybill.pauses.pause(stage.books.name, "system", { actor: "kim", why: "a canary" });
  await stage.send("orders", { id: "waits" });
  await stage.until("it waits", () => named("deliver orders").length > before);
  const waits = named("deliver orders").at(-1);
  assert.deepEqual([waits?.failed, waits?.attributes["waybill.cause"]], [false, "deferred"]);
  assert.match(String(waits?.attributes["waybill.reason"]), /paused/);
  assert.ok(!JSON.stringify(all()).includes("canary"));
});

test("what a sampler leaves out is not kept", async (t) => {
  trace.disable();
  record(new AlwaysOffSampler());
  const stage = await openStage(t);
  await stage.start([ordersOf(stage)]);
  const [id = ""] = await stage.send("orders", { id: "A-1" });
  await settled(stage);
  assert.deepEqual(all(), []);
  const whole = await stage.waybill.ledger.record(id);
  assert.deepEqual([whole?.state, whole?.trace], ["delivered", undefined]);
});

test("a recorder without a context manager or a propagator is enough", async (t) => {
  trace.disable();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] }));
  const stage = await openStage(t);
  await stage.start([ordersOf(stage)]);
  await stage.send("orders", { id: "A-1" });
  await settled(stage);
  const [run] = named("deliver orders");
  assert.deepEqual(
    below(run).map(({ name }) => name),
    ["effect invoice"],
  );
  assert.deepEqual(
    below(named("effect invoice")[0]).map(({ name }) => name),
    ["POST"],
  );
});
