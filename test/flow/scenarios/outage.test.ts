import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as passes } from "node:timers/promises";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";
import { byKey, concurrent, integration, push, rate, system } from "../../../src/index.ts";
import type { WaybillEvent } from "../../../src/model/events.ts";

// A destination is down while ten thousand records wait for it. Ten minutes are scaled down to ten seconds, and with them how long the breaker stays
// open: what counts is how often it is asked meanwhile, that nobody loses an attempt, and how it is treated once it is back.

const records = 10_000;
const downMs = 10_000;
const perSecond = 2_000;
const atOnce = 20;
const volume = 5;

/** Counts by itself what comes in, and what it did. */
async function destination() {
  const state = { up: true, whileDown: 0, applied: new Map<string, number>(), arrivals: [] as number[] };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      if (!state.up) {
        state.whileDown += 1;
        request.socket.destroy();
        return;
      }
      state.arrivals.push(performance.now());
      const { id } = JSON.parse(text) as { id: string };
      state.applied.set(id, (state.applied.get(id) ?? 0) + 1);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    state,
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function mostWithin(ms: number, times: readonly number[]): number {
  let most = 0;
  let from = 0;
  for (let to = 0; to < times.length; to++) {
    while ((times[to] ?? 0) - (times[from] ?? 0) >= ms) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

test("a system that is down while ten thousand records wait: no attempt is used up, probes are few, then all are drained within the limits, and none is lost", async (t) => {
  const there = await destination();
  t.after(there.close);
  const folder = mkdtempSync(join(tmpdir(), "waybill-outage-"));
  const books = system("outage-books", {
    baseUrl: there.url,
    limits: [rate(perSecond, "1s"), concurrent(atOnce)],
    breaker: { volume, open: "100ms" },
  });
  const orders = integration("orders", {
    source: push(),
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    async deliver(order, { effect }) {
      await effect("order", books.post("/orders", { json: order, idempotency: byKey() }));
    },
  });
  const events: WaybillEvent[] = [];
  const assembly = await assemble({
    integrations: [orders],
    ledger: `sqlite:${join(folder, "ledger.db")}`,
    emit: (event) => events.push(event),
  });
  t.after(async () => {
    await assembly.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const count = (name: WaybillEvent["event"]): number => events.filter(({ event }) => event === name).length;

  there.state.up = false;
  await assembly.start();
  const { definition } = assembly.known("orders");
  for (let from = 0; from < records; from += 500)
    await Promise.all(
      Array.from({ length: 500 }, (_, index) => assembly.intake.send(definition, { id: `o-${from + index}` })),
    );
  await passes(downMs);
  const asked = there.state.whileDown;
  const probes = count("system.probing");
  const opened = count("system.opened");
  assert.ok(opened >= 1 && probes >= 3, `opened ${opened}, probes ${probes}`);
  // Those who were under way when it opened, with those who took the places of the first few that failed; one for each probe; and nobody else.
  const underWay = (atOnce + volume) * opened;
  assert.ok(asked <= underWay + probes, `${asked} calls while it was down, ${probes} of them probes`);
  assert.equal(there.state.applied.size, 0);

  there.state.up = true;
  await assembly.settled("orders", 240_000);
  const { applied, arrivals } = there.state;
  assert.equal(applied.size, records, "every record was delivered");
  assert.equal(arrivals.length, records, "and once");
  const most = mostWithin(1_000, arrivals);
  assert.ok(most <= perSecond, `${most} within one second`);
  // The first calls after the outage are few: two at once, then four, then eight.
  const first = arrivals[0] ?? 0;
  const atFirst = arrivals.filter((at) => at - first < 5).length;
  assert.ok(atFirst <= 64, `${atFirst} within the first five milliseconds`);

  let moreThanOnce = 0;
  let gone = 0;
  let before: string | undefined;
  do {
    const page = await assembly.ledger.find({ limit: 1_000, before });
    for (const row of page.rows) {
      if (row.state !== "delivered") gone += 1;
      if (row.attempts > 1) moreThanOnce += 1;
    }
    before = page.next;
  } while (before !== undefined);
  assert.equal(gone, 0, "lost");
  assert.ok(moreThanOnce <= underWay, `${moreThanOnce} records used up an attempt`);
  t.diagnostic(
    `${records} records; down ${downMs} ms: ${asked} calls, ${probes} probes; drained with at most ${most} within a second; ${moreThanOnce} records were under way when it opened`,
  );
});
