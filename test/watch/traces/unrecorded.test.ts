import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";
import { loadTracing } from "../../../src/watch/traces/tracing.ts";
import { systemClock } from "../../../src/world/clock.ts";

/** A Waybill on a file that delivers to a destination which notes the names of all headers. */
async function booked(t: TestContext) {
  const headers: string[] = [];
  const server = createServer((request, response) => {
    headers.push(...Object.keys(request.headers));
    request.resume().on("end", () => response.writeHead(201, { "content-type": "application/json" }).end("{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "waybill-untraced-"));
  t.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { port } = server.address() as { port: number };
  const books = system(`books-${port}`, { baseUrl: `http://127.0.0.1:${port}` });
  const orders = integration("orders", {
    source: push(),
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    async deliver({ id }, { effect }) {
      assert.equal(trace.getActiveSpan(), undefined);
      await effect("invoice", books.post("/invoices", { json: { id }, idempotency: byKey() }));
    },
  });
  const file = join(folder, "ledger.db");
  const waybill = await assemble({ integrations: [orders], ledger: `sqlite:${file}`, release: "1" });
  return { headers, orders, file, waybill, close: () => waybill.stop() };
}

test("where nobody records, nothing is told, sent, asked for or written for traces", async (t) => {
  const { headers, orders, file, waybill } = await booked(t);
  await waybill.start();
  for (let at = 0; at < 20; at++) await waybill.intake.send(orders.definition, { id: `A-${at}` });
  await waybill.settled("orders", 20_000);
  await waybill.stop();
  assert.ok(headers.length >= 20 && !headers.includes("traceparent"));
  const database = new DatabaseSync(file, { readOnly: true });
  assert.deepEqual({ ...database.prepare("select count(*) as kept from traces").get() }, { kept: 0 });
  assert.deepEqual({ ...database.prepare("select count(*) as all_of_them from records").get() }, { all_of_them: 20 });
  database.close();
});

test("asking whether somebody records makes nothing: not a byte for each record", async () => {
  const tracing = await loadTracing({ clock: systemClock, redact: (text) => text });
  assert.ok(tracing !== undefined);
  const run = { record: "r1", integration: "orders", tenant: "", attempts: 0 };
  const asks = 300_000;
  const grown = (): number => {
    const before = process.memoryUsage().heapUsed;
    for (let at = 0; at < asks; at++) {
      assert.ok(!tracing.recording && tracing.run(run) === undefined);
    }
    return process.memoryUsage().heapUsed - before;
  };
  // The smallest object takes 16 bytes. What the engine itself does on the side comes in some rounds and not in others.
  const least = Math.min(...Array.from({ length: 5 }, grown).map(Math.abs));
  assert.ok(least < asks, `${least} bytes for ${asks} asks`);
});

test("a recorder that throws wherever it can keeps nothing from being delivered", async (t) => {
  let thrown = 0;
  const throws = (): never => {
    thrown += 1;
    throw new Error("the recorder is broken");
  };
  const span = {
    spanContext: () => ({ traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 }),
    isRecording: throws,
    setAttributes: throws,
    setStatus: throws,
    end: throws,
  };
  for (const startSpan of [throws, () => span]) {
    const tracer = { startSpan, startActiveSpan: throws } as never;
    trace.setGlobalTracerProvider({ getTracer: () => tracer, forceFlush: throws } as never);
    propagation.setGlobalPropagator({ inject: throws, extract: throws, fields: () => [] });
    const { orders, waybill, close } = await booked(t);
    await waybill.start();
    for (let at = 0; at < 5; at++) await waybill.intake.send(orders.definition, { id: `A-${at}` });
    await waybill.settled("orders", 20_000);
    const [book] = await waybill.ledger.balance("orders");
    assert.equal(book?.delivered, 5);
    await close();
    trace.disable();
    propagation.disable();
  }
  assert.ok(thrown > 40);
});

test("whoever begins to record later is found, and whoever stops is not asked again", async () => {
  const tracing = await loadTracing({ clock: systemClock, redact: (text) => text });
  assert.ok(tracing !== undefined);
  const run = { record: "r1", integration: "orders", tenant: "", attempts: 0 };
  const intake = { source: "push:orders", tenant: "", items: 1, inside: false, claimed: undefined };
  const asked = () => [tracing.recording, tracing.run(run), tracing.intake(intake), tracing.poll("poll:orders", "")];
  assert.deepEqual(asked(), [false, undefined, undefined, undefined]);
  const begun: string[] = [];
  const startSpan = (name: string) => {
    begun.push(name);
    return trace.wrapSpanContext({ traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 0 });
  };
  trace.setGlobalTracerProvider({
    getTracer: () => ({ startSpan, startActiveSpan: () => assert.fail("nobody asks for that") }),
  });
  assert.equal(tracing.recording, true);
  const span = tracing.run(run);
  assert.equal(
    span?.within(() => "done"),
    "done",
  );
  assert.equal(tracing.intake(intake)?.traceparent(0), undefined, "what is not recorded is not kept");
  assert.deepEqual(begun, ["deliver orders", "intake push:orders"]);
  assert.equal(tracing.run({ ...run, integration: "alerts:ops" }), undefined, "what tells alerts is nobody's delivery");
  await tracing.flush();
  trace.disable();
  assert.deepEqual(asked(), [false, undefined, undefined, undefined]);
  assert.equal(trace.getSpan(ROOT_CONTEXT), undefined);
});
