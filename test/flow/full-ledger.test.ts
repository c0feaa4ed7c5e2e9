import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";
import { Dispatch } from "../../src/flow/dispatch.ts";
import { createIntake } from "../../src/flow/intake.ts";
import { untilSettled } from "../../src/flow/quiet.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { openSqlite } from "../../src/ledger/sqlite/open.ts";
import { WaybillError } from "../../src/model/errors.ts";
import type { WaybillEvent } from "../../src/model/events.ts";
import { pushFeed } from "../../src/sources/feeds.ts";
import { itemHandedIn } from "../../src/sources/push.ts";
import { createSecrets } from "../../src/systems/secrets.ts";
import { createSystems } from "../../src/systems/systems.ts";
import { Ages } from "../../src/world/ages.ts";
import { createWorld } from "../../src/world/world.ts";

/** The same ledger on a disk that fills up and is emptied again: while it is full nothing is written, and reading goes on. */
function onADisk(ledger: Ledger): { readonly ledger: Ledger; full: boolean; refused: number } {
  const writes: ReadonlySet<PropertyKey> = new Set(["write", "claim", "unclaim", "intake"]);
  const disk = { ledger, full: false, refused: 0 };
  disk.ledger = new Proxy(ledger, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return (...given: unknown[]) => {
        if (!disk.full || !writes.has(name)) return method.apply(target, given) as unknown;
        disk.refused += 1;
        return Promise.reject(new WaybillError("ledger-full", "The disk is full.", "Make room."));
      };
    },
  });
  return disk;
}

test("a disk that fills up again and again while records are delivered costs none of them, and doubles none", async (t) => {
  const applied = new Map<string, number>();
  const answers = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const key = String(request.headers["idempotency-key"]);
      const { id } = JSON.parse(Buffer.concat(chunks).toString()) as { id: string };
      if (!answers.has(key)) applied.set(id, (applied.get(id) ?? 0) + 1);
      answers.add(key);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ id }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const books = system("books", { baseUrl: `http://127.0.0.1:${port}` });
  const { definition } = integration("orders", {
    source: push(),
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    retry: { first: "10ms", longest: "50ms" },
    async deliver({ id }, { effect }) {
      await effect("invoice", books.post("/invoices", { json: { id }, idempotency: byKey() }));
      await effect("charge", books.post("/charges", { json: { id: `${id} charge` }, idempotency: byKey() }));
    },
  });

  const world = createWorld();
  const disk = onADisk(await openSqlite({ address: "sqlite::memory:", role: "owner", mustExist: false }));
  const { ledger } = disk;
  const events: WaybillEvent[] = [];
  const emit = (event: WaybillEvent): void => void events.push(event);
  const systems = createSystems(world, { secrets: createSecrets({}, () => ""), emit });
  const known = { definition, release: "r1" };
  const shop = {
    ledger,
    systems,
    tenants: { get: () => undefined, whyNot: () => "" },
    world,
    emit,
    ages: new Ages(world.clock, { seenBy: "here", onSetBack: () => undefined }),
    redact: (text: string) => text,
    restores: () => [],
  };
  const dispatch = new Dispatch({ shop, turnFor: () => known, integrations: ["orders"] });
  t.after(async () => {
    disk.full = false;
    await dispatch.drain(1_000);
    await systems.stop();
    await ledger.close();
    await world.close();
    server.closeAllConnections();
    server.close();
  });
  const intake = createIntake({
    redact: (text) => text,
    ledger,
    world,
    emit,
    integrations: new Map([["orders", known]]),
    onTaken: (claimed) => dispatch.take(claimed),
    onWaiting: () => dispatch.wake(),
    claimRoom: (integration) => dispatch.room(integration),
  });
  dispatch.start();
  const count = 400;
  await intake.take(
    pushFeed(definition),
    Array.from({ length: count }, (_, at) => itemHandedIn({ id: `A-${at}` })),
  );
  for (let times = 0; times < 4; times++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    disk.full = true;
    await new Promise((resolve) => setTimeout(resolve, 120));
    disk.full = false;
  }
  await untilSettled(ledger, world.clock, "orders", 30_000);

  const [book] = await ledger.balance("orders");
  assert.equal(book?.delivered, count, JSON.stringify(book));
  assert.equal(applied.size, 2 * count, "nothing is lost");
  assert.deepEqual(
    [...applied].filter(([, times]) => times > 1),
    [],
    "nothing is doubled",
  );
  assert.ok(disk.refused > 10, `the disk was hardly ever asked while it was full (${disk.refused})`);
  assert.ok(
    events.some(({ event }) => event === "ledger.failed"),
    "somebody is told",
  );
});
