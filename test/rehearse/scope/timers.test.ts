import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import timers, { setTimeout as namedSetTimeout } from "node:timers";
import promises, { setInterval as everyNamed, setTimeout as namedSleep, scheduler } from "node:timers/promises";
import { promisify } from "node:util";
import { outside } from "../../../src/rehearse/scope/scope.ts";
import { type Within, within } from "../../../src/rehearse/scope/within.ts";
import { startMs, type VirtualWorld, virtualWorld } from "./virtual-world.ts";

/** A year: whoever waits for it in real time fails this file. */
const longMs = 86_400_000 * 365;

/** Timers go no further than 25 days; what is longer runs at once. */
const dayMs = 86_400_000;

function rehearse<T>(work: (world: VirtualWorld, scope: Within) => Promise<T>): Promise<T> {
  const world = virtualWorld();
  return within(world, async (scope) => {
    const result = await work(world, scope);
    assert.deepEqual(world.violations, []);
    return result;
  });
}

const pass = (world: VirtualWorld, ms: number): Promise<void> => outside(() => world.clock.pass(ms));

/** Every way to wait for a day. */
const waits: [name: string, wait: () => Promise<unknown>][] = [
  ["setTimeout", () => new Promise((resolve) => setTimeout(resolve, dayMs))],
  ["node:timers", () => new Promise((resolve) => timers.setTimeout(resolve, dayMs))],
  ["node:timers by name", () => new Promise((resolve) => namedSetTimeout(resolve, dayMs))],
  ["node:timers/promises", () => promises.setTimeout(dayMs)],
  ["node:timers/promises by name", () => namedSleep(dayMs)],
  ["promisify", () => promisify(setTimeout)(dayMs)],
  ["scheduler.wait", () => scheduler.wait(dayMs)],
  [
    "setInterval",
    () =>
      new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          clearInterval(timer);
          resolve();
        }, dayMs);
      }),
  ],
  [
    "setInterval of node:timers/promises",
    async () => {
      for await (const _ of everyNamed(dayMs)) return;
    },
  ],
  [
    "AbortSignal.timeout",
    () => new Promise((resolve) => AbortSignal.timeout(dayMs).addEventListener("abort", resolve, { once: true })),
  ],
];

test("every way to wait for a day waits for a virtual one", async () => {
  await rehearse(async (world) => {
    for (const [name, wait] of waits) {
      let over = false;
      const begunMs = Date.now();
      const waited = wait().then(() => {
        over = true;
      });
      await pass(world, dayMs - 1);
      assert.equal(over, false, `${name} was over too early`);
      await pass(world, 1);
      assert.equal(over, true, `${name} was not over after a day`);
      await waited;
      assert.equal(Date.now() - begunMs, dayMs);
    }
  });
});

test("what is to run soon runs in the same moment of virtual time", async () => {
  await rehearse(async (world) => {
    const order: string[] = [];
    setImmediate((...values) => order.push(`immediate ${values}`), 1, 2);
    clearImmediate(setImmediate(() => order.push("cleared")));
    const soon = [promises.setImmediate("value"), promisify(setImmediate)("promisified"), scheduler.yield()];
    process.nextTick(() => order.push("tick"));
    queueMicrotask(() => order.push("microtask"));
    await pass(world, 0);
    assert.deepEqual(order, ["microtask", "tick", "immediate 1,2"]);
    assert.deepEqual(await Promise.all(soon), ["value", "promisified", undefined]);
    assert.equal(Date.now(), startMs);
  });
});

test("a timer's handle is what users expect of it", async () => {
  await rehearse(async (world) => {
    const ran: string[] = [];
    const timer = setTimeout(
      function (this: unknown, ...values) {
        ran.push(`${this === timer} ${values}`);
      },
      10,
      "a",
      "b",
    );
    assert.deepEqual(
      [timer.hasRef(), timer.unref() === timer, timer.hasRef(), timer.ref().hasRef()],
      [true, true, false, true],
    );
    await pass(world, 9);
    timer.refresh();
    await pass(world, 9);
    assert.equal(ran.length, 0);
    await pass(world, 1);
    assert.deepEqual(ran, ["true a,b"]);
    timer.refresh();
    await pass(world, 10);
    assert.equal(ran.length, 2, "a timer that has run can be refreshed");
    timer.close();
    timer.refresh();

    const byNumber = +setTimeout(() => ran.push("cleared by its number"), 10);
    clearTimeout(byNumber);
    const byText = setInterval(() => ran.push("cleared by its number as text"), 10);
    clearTimeout(`${Number(byText)}`);
    {
      using _disposed = setTimeout(() => ran.push("disposed"), 10);
      using _immediate = setImmediate(() => ran.push("disposed"));
    }
    const cleared = setTimeout(() => ran.push("cleared from outside"), 10);
    outside(() => clearTimeout(cleared));
    clearTimeout(undefined);
    clearTimeout(123_456);
    await pass(world, longMs);
    assert.equal(ran.length, 2, ran.join(", "));
    assert.equal(world.clock.timers(), 0);
    assert.throws(() => setTimeout("code" as never, 5), { code: "ERR_INVALID_ARG_TYPE" });
  });
});

test("a wrong or missing delay is a millisecond, as in Node", async () => {
  await rehearse(async (world) => {
    const at: number[] = [];
    for (const delay of [0, -5, Number.NaN, undefined, 2 ** 31, "x"])
      setTimeout(() => at.push(Date.now()), delay as number);
    setTimeout(() => at.push(Date.now()), "20" as never);
    await pass(world, 30);
    assert.deepEqual(at, [...Array.from({ length: 6 }, () => startMs + 1), startMs + 20]);
  });
});

test("an interval beats until it is cleared, also by its own beat", async () => {
  await rehearse(async (world) => {
    const at: number[] = [];
    const timer = setInterval(() => {
      at.push(Date.now() - startMs);
      if (at.length === 3) clearInterval(timer);
    }, 100);
    await pass(world, 1_000);
    assert.deepEqual(at, [100, 200, 300]);

    const seen: unknown[] = [];
    const controller = new AbortController();
    const beats = (async () => {
      for await (const value of promises.setInterval(100, "beat", { signal: controller.signal })) seen.push(value);
    })();
    const ended = assert.rejects(beats, { name: "AbortError", code: "ABORT_ERR" });
    await pass(world, 350);
    controller.abort();
    await ended;
    assert.deepEqual(seen, ["beat", "beat", "beat"]);
    assert.equal(world.clock.timers(), 0);
  });
});

test("a wait that is given up rejects as Node's does, and leaves no timer", async () => {
  const wait = async (): Promise<unknown> => {
    const controller = new AbortController();
    const waited = namedSleep(dayMs, undefined, { signal: controller.signal, ref: false });
    controller.abort("no longer needed");
    const early = namedSleep(dayMs, undefined, { signal: controller.signal });
    return Promise.all(
      [waited, early].map((promise) =>
        promise.catch(({ name, code, message, cause }) => ({ name, code, message, cause })),
      ),
    );
  };
  const real = await wait();
  await rehearse(async (world) => {
    assert.deepEqual(await wait(), real);
    assert.equal(world.clock.timers(), 0);
    const signal = AbortSignal.timeout(50);
    await pass(world, 50);
    assert.deepEqual(
      [signal.reason.name, signal.reason.message],
      ["TimeoutError", "The operation was aborted due to timeout"],
    );
    assert.throws(() => AbortSignal.timeout(-1), { code: "ERR_OUT_OF_RANGE" });
  });
});

test("a timer runs in the context in which it was set: its rehearsal's, and the user's own", async () => {
  const tenant = new AsyncLocalStorage<string>();
  await rehearse(async (world) => {
    const seen: unknown[] = [];
    tenant.run("acme", () => setTimeout(() => seen.push(tenant.getStore(), Date.now() - startMs), 5));
    tenant.run("bolt", () => setImmediate(() => seen.push(tenant.getStore(), Date.now() - startMs)));
    await pass(world, 5);
    assert.deepEqual(seen, ["bolt", 0, "acme", 5]);
  });
});

test("an unref'ed timer lets a night end, as it lets a process end", async () => {
  const idle: unknown[] = [];
  const world = virtualWorld();
  const { clock } = world;
  const noting = {
    ...clock,
    after: (ms: number, task: () => void, options?: { idle?: boolean }) => {
      idle.push([ms, options?.idle === true]);
      return clock.after(ms, task, options);
    },
  };
  await within({ ...world, clock: noting }, async () => {
    const timer = setTimeout(() => undefined, 100);
    await pass(world, 40);
    clearTimeout(timer.unref());
  });
  assert.deepEqual(idle, [
    [100, false],
    [60, true],
  ]);
});
