import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "../../../src/ledger/desk/calls.ts";
import { type Carried, channel } from "../../../src/ledger/desk/channel.ts";
import { systemClock } from "../../../src/world/clock.ts";

interface Carrying {
  readonly calls: readonly Call[];
  answer(): void;
  lose(): void;
}

function rig(): { ledger: ReturnType<typeof channel>; batches: Carrying[] } {
  const batches: Carrying[] = [];
  const ledger = channel(
    {
      facts: { address: "sqlite:x", owner: true, fleet: false, ledgerId: "l", epoch: 1 },
      carry: (calls) =>
        new Promise<Carried>((resolve, reject) => {
          batches.push({
            calls,
            answer: () => resolve({ replies: calls.map(({ input }) => ({ answer: input })), foreign: false }),
            lose: () => reject(new Error("its thread ended")),
          });
        }),
      end: async () => {},
    },
    systemClock,
  );
  return { ledger, batches };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("what is asked in one turn of the loop goes as one batch, and what comes meanwhile as the next", async () => {
  const { ledger, batches } = rig();
  const first = [ledger.cursor("1"), ledger.cursor("2")];
  await Promise.resolve();
  first.push(ledger.cursor("3"));
  await turn();
  assert.deepEqual(
    batches.map(({ calls }) => calls.length),
    [3],
  );
  const second = [ledger.cursor("4"), ledger.cursor("5")];
  await turn();
  await turn();
  assert.equal(batches.length, 1, "one batch is under way at a time");
  batches[0]?.answer();
  assert.deepEqual(await Promise.all(first), ["1", "2", "3"]);
  await turn();
  assert.deepEqual(
    batches.map(({ calls }) => calls.length),
    [3, 2],
  );
  batches[1]?.answer();
  assert.deepEqual(await Promise.all(second), ["4", "5"]);
});

test("a batch carries so many rows and no more", async () => {
  const { ledger, batches } = rig();
  const asked = Array.from({ length: 600 }, (_, at) => ledger.cursor(String(at)));
  for (let at = 0; at < 3; at++) {
    await turn();
    batches[at]?.answer();
    await turn();
  }
  assert.deepEqual(
    await Promise.all(asked),
    asked.map((_, at) => String(at)),
  );
  assert.deepEqual(
    batches.map(({ calls }) => calls.length),
    [256, 256, 88],
  );
});

test("a store that is gone fails everything that waits for it, and what is asked later", async () => {
  const { ledger, batches } = rig();
  const lost = [ledger.probe(), ledger.cursor("1")];
  await turn();
  const queued = ledger.probe();
  batches[0]?.lose();
  for (const one of lost) await assert.rejects(one, { code: "ledger-failed", message: /its thread ended/ });
  await turn();
  batches[1]?.lose();
  await assert.rejects(queued, { code: "ledger-failed" });
  await ledger.close();
});
