import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";
import {
  atMostOnce,
  byKey,
  type Change,
  type Idempotency,
  integration,
  natural,
  push,
  type System,
  system,
} from "../../../src/index.ts";
import { createWorld } from "../../../src/world/world.ts";
import { destination } from "../person.ts";

// Between a permit and its request lies at least a commit. A system that is to be left alone from then on gets nothing that has not left, and the
// record loses nothing by it: no attempt, and no doubt about what was never sent.

const ways: Readonly<Record<string, Idempotency<unknown>>> = { natural, "by key": byKey(), "at most once": atMostOnce };

const alone = (books: System, order: object, idempotency: Idempotency<unknown>) =>
  books.post("/orders", { json: order, idempotency });
const withOthers = (books: System, order: object, idempotency: Idempotency<unknown>) =>
  books.batch("orders", {
    linger: "1ms",
    send: (items: readonly object[]) => books.post("/orders", { json: { items }, idempotency }),
    each: (_, item) => item,
  })(order);

async function callBack(
  t: TestContext,
  name: string,
  idempotency: Idempotency<unknown>,
  of: typeof alone | typeof withOthers,
): Promise<void> {
  const { url, seen } = await destination(t, () => ({ status: 200 }));
  const folder = mkdtempSync(join(tmpdir(), "waybill-called-back-"));
  const books = system(`called-back-${name.replaceAll(" ", "-")}`, { baseUrl: url });
  const orders = integration("orders", {
    source: push(),
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    async deliver(order, { effect }) {
      await effect("order", of(books, order, idempotency) as Change<unknown>);
    },
  });
  const open = createWorld();
  let permits = 0;
  const world = {
    ...open,
    passing: (point: Parameters<typeof open.passing>[0]): void => {
      if (point !== "before-send") return;
      permits += 1;
      // It has its permit, and its intent is on disk.
      if (permits === 1) assembly.systems.pause(new Set([books.name]));
    },
  };
  const assembly = await assemble({ integrations: [orders], ledger: `sqlite:${join(folder, "ledger.db")}`, world });
  t.after(async () => {
    await assembly.stop();
    await open.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await assembly.start();
  const { record } = await assembly.intake.send(assembly.known("orders").definition, { id: "o-1" });
  for (let tries = 0; tries < 200; tries++) {
    const waiting = await assembly.ledger.record(record);
    if (waiting?.cause === "deferred") break;
    await new Promise((later) => setTimeout(later, 20));
  }
  const waiting = await assembly.ledger.record(record);
  assert.deepEqual([waiting?.state, waiting?.cause, waiting?.attempts], ["waiting", "deferred", 0]);
  assert.equal(permits, 1);
  assert.equal(seen.length, 0, "nothing left after the system was paused");

  const person = { actor: "ann", why: undefined };
  await assembly.pauses.pause(books.name, "system", person);
  await assembly.pauses.resume(books.name, "system", person);
  await assembly.settled("orders", 20_000);
  const delivered = await assembly.ledger.record(record);
  assert.deepEqual([delivered?.state, delivered?.attempts, seen.length], ["delivered", 1, 1]);
}

for (const [how, of] of [
  ["alone", alone],
  ["with others", withOthers],
] as const)
  for (const [name, idempotency] of Object.entries(ways))
    test(`a request that has its permit and has not left is called back with its system, and nothing is in doubt: ${name}, ${how}`, (t) =>
      callBack(t, `${name} ${how}`, idempotency, of));
