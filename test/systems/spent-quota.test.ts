import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createSecrets } from "../../src/systems/secrets.ts";
import { createSystems } from "../../src/systems/systems.ts";
import { createWorld } from "../../src/world/world.ts";
import { answer, destination } from "../world/destination.ts";
import { aChange, aSystem } from "./declared.ts";

const world = createWorld({ env: {} });
after(() => world.close());
const systems = createSystems(world, { secrets: createSecrets(world.env, () => ""), emit: () => undefined });
const signal = new AbortController().signal;

test("a destination that tells its quota in no more than X-RateLimit headers never has to refuse a call", async () => {
  const quota = 3;
  const windowMs = 1_000;
  let from = Number.NEGATIVE_INFINITY;
  let used = 0;
  let over = 0;
  const there = await destination((socket) => {
    const now = Date.now();
    if (now >= from + windowMs) {
      from = now;
      used = 0;
    }
    used += 1;
    if (used > quota) over += 1;
    const left = String(Math.max(0, quota - used));
    const headers = { "x-ratelimit-remaining": left, "x-ratelimit-reset": String(from + windowMs) };
    socket.write(answer(used > quota ? 429 : 204, "", headers));
  });
  const system = aSystem({ baseUrl: new URL(there.origin), limits: [{ kind: "concurrent", count: 1 }] });
  let done = 0;
  const one = async (record: string): Promise<void> => {
    const permit = await systems.enter(system, { record, waitMsMax: 5_000, signal });
    const change = aChange({ system });
    const options = { signal, beforeSend: () => undefined, idempotencyKey: record, attempt: 1 };
    const outcome = await systems.send(change, systems.prepare(change, record), options);
    permit.release(outcome);
    if (outcome.name === "done") done += 1;
  };
  try {
    await Promise.all(Array.from({ length: 8 }, (_, index) => one(`record-${index}`)));
  } finally {
    await there.close();
  }
  assert.deepEqual({ done, over }, { done: 8, over: 0 });
});
