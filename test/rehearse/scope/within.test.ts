import assert from "node:assert/strict";
import childProcess from "node:child_process";
import crypto, { randomUUID as namedRandomUUID } from "node:crypto";
import dns, { lookup as namedLookup } from "node:dns";
import { EventEmitter } from "node:events";
import net from "node:net";
import { test } from "node:test";
import timers, { setTimeout as namedSetTimeout } from "node:timers";
import promises from "node:timers/promises";
import threads from "node:worker_threads";
import { outside } from "../../../src/rehearse/scope/scope.ts";
import { traceHere, userLine } from "../../../src/rehearse/scope/user-line.ts";
import { replaceGlobals, within } from "../../../src/rehearse/scope/within.ts";
import { startMs, virtualWorld } from "./virtual-world.ts";

const { Performance } = globalThis as unknown as { Performance: { prototype: object } };

/** The functions that are found now, in the globals, the modules and behind names in imports. */
function found(): Map<string, unknown> {
  const owners = [
    ...[globalThis, Date, Date.prototype, Math, process, crypto, timers, promises, dns, dns.promises, threads],
    ...[AbortSignal, Performance.prototype, Crypto.prototype, Intl.DateTimeFormat.prototype, childProcess],
    ...[net.Socket.prototype, net.Server.prototype, EventEmitter.prototype, childProcess.ChildProcess.prototype],
    { namedRandomUUID, namedLookup, namedSetTimeout },
  ];
  const functions = owners.flatMap((owner, at) =>
    Reflect.ownKeys(owner).map((key) => {
      const { value, get } = Object.getOwnPropertyDescriptor(owner, key) ?? {};
      return [`${at}.${String(key)}`, value ?? get] as const;
    }),
  );
  return new Map(functions.filter(([, value]) => typeof value === "function"));
}

/** Compared by identity: one function looks like another. */
function changed(before: Map<string, unknown>): string[] {
  return [...found()].filter(([name, value]) => before.get(name) !== value).map(([name]) => name);
}

test("nothing is left replaced when the last rehearsal is over, however it ends", async () => {
  // Node makes some of its properties when they are first asked for.
  replaceGlobals()();
  const before = found();
  const release = replaceGlobals();
  await within(virtualWorld(), async () => undefined);
  await assert.rejects(
    within(virtualWorld(), async () => {
      throw new Error("a night went wrong");
    }),
    { message: "a night went wrong" },
  );
  assert.ok(changed(before).length > 40, "somebody still holds them");
  release();
  release();
  assert.deepEqual(changed(before), []);
});

test("who replaces a function after us keeps it, and it still works when we are gone", async (t) => {
  const { random } = Math;
  t.after(() => {
    Math.random = random;
  });
  await within(virtualWorld(), async () => {
    const ours = Math.random;
    Math.random = () => ours() / 2;
  });
  assert.notEqual(Math.random, random);
  assert.ok(Math.random() < 0.5);
});

test("rehearsals at the same time see each their own time, chance and network", async () => {
  const night = async (seed: number, hours: number): Promise<unknown[]> => {
    const world = virtualWorld(seed);
    const seen = await within(world, async ({ quiet }) => {
      const lines: unknown[] = [];
      for (let hour = 0; hour < hours; hour++) {
        const slept = promises.setTimeout(3_600_000);
        assert.equal(await quiet(), "quiet");
        await outside(() => world.clock.pass(3_600_000));
        await slept;
        const answer = await fetch(`https://api.example.com/${seed}`, { method: "POST", body: `${hour}` });
        lines.push(new Date().toISOString(), Math.random(), await answer.json());
      }
      return lines;
    });
    assert.deepEqual(
      world.asked,
      Array.from({ length: hours }, () => `POST https://api.example.com/${seed}`),
    );
    return seen;
  };
  const together = await Promise.all([night(1, 5), night(2, 9), night(1, 5)]);
  assert.deepEqual(together[0], together[2]);
  assert.deepEqual(together, [await night(1, 5), await night(2, 9), await night(1, 5)]);
  assert.notDeepEqual(together[0]?.slice(0, 3), together[1]?.slice(0, 3));
});

test("fetch asks the rehearsal, and ends as fetch does", async () => {
  const world = virtualWorld();
  await within(world, async () => {
    const request = new Request("https://api.example.com/a?b=c", { method: "PUT", body: "text" });
    assert.deepEqual(await (await fetch(request)).json(), { body: "text" });
    await assert.rejects(fetch("no address"), TypeError);
    await assert.rejects(fetch("https://api.example.com", { signal: AbortSignal.abort(new Error("not needed")) }), {
      message: "not needed",
    });
  });
  assert.deepEqual(world.asked, ["PUT https://api.example.com/a?b=c"]);
  const silent = { ...world, fetch: () => new Promise<Response>(() => undefined) };
  await within(silent, async () => {
    const given = fetch("https://api.example.com", { signal: AbortSignal.timeout(5_000) });
    const failed = assert.rejects(given, { name: "TimeoutError" });
    await outside(() => world.clock.pass(5_000));
    await failed;
  });
});

test("a package that is loaded while globals are replaced keeps functions that are virtual in a rehearsal", async () => {
  const release = replaceGlobals();
  const sdk = { now: Date.now, id: crypto.randomUUID, fetch: globalThis.fetch, Then: Date };
  release();
  assert.ok(sdk.now() < startMs, "and real outside of one");
  await within(virtualWorld(), async () => {
    assert.equal(sdk.now(), startMs);
    assert.equal(new sdk.Then().getTime(), startMs);
    assert.equal((await sdk.fetch("https://api.example.com")).status, 200);
  });
});

test("what a package kept before that is beyond reach, and differs between two runs of a night", async () => {
  const release = replaceGlobals();
  release();
  const keptBefore = Date.now;
  const night = (): Promise<number> => within(virtualWorld(), async () => keptBefore());
  assert.notEqual(await night(), startMs);
});

test("an error that nothing catches makes the run void and ends no process", async () => {
  const fail = (): never => {
    throw new Error("the total is no number");
  };
  const ways: [name: string, go: () => void][] = [
    ["a promise", () => void (async () => fail())()],
    ["a rejection that is no error", () => void Promise.reject("the total is no number")],
    ["a tick", () => process.nextTick(fail)],
    ["a microtask", () => queueMicrotask(fail)],
    ["a virtual timer", () => setTimeout(fail, 1)],
    ["an immediate", () => setImmediate(fail)],
  ];
  for (const [name, go] of ways) {
    const world = virtualWorld();
    await within(world, async ({ quiet }) => {
      go();
      await quiet();
      await outside(() => world.clock.pass(1));
    });
    const [violation, ...more] = world.violations;
    assert.equal(more.length, 0, name);
    assert.equal(violation?.kind, "uncaught", name);
    assert.match(violation.what, /the total is no number/);
    if (name !== "a rejection that is no error") assert.match(violation.line ?? "", /within\.test\.ts:\d+$/, name);
  }
});

test("an error event that user code must hear is still thrown when nobody listens", async () => {
  await within(virtualWorld(), async () => {
    const heard: unknown[] = [];
    const emitter = new EventEmitter();
    assert.throws(() => emitter.emit("error", new Error("lost")), { message: "lost" });
    emitter.on("error", (error) => heard.push(error));
    assert.equal(emitter.emit("error", "x"), true);
    assert.deepEqual(heard, ["x"]);
  });
});

test("the line is the first that a user wrote", () => {
  const stack = (...frames: string[]): string => ["Error: x", ...frames.map((frame) => `    at ${frame}`)].join("\n");
  const here = process.cwd();
  const waybill = new URL("../../../src/flow/flow.ts", import.meta.url);
  const user = `file://${here}/integrations/orders.ts:31:7`;
  const noise = [
    "Socket.connect (node:net:1:1)",
    "new Promise (<anonymous>)",
    `connect (${here}/node_modules/pg/lib/client.js:5:9)`,
    `run (${waybill}:9:9)`,
    "native:1:1",
  ];
  const frames = [
    user,
    `deliver (${user})`,
    `async deliver (${user})`,
    `async Promise.all (index 0)\n    at x (${user})`,
    `deliver (${here}/integrations/orders.ts:31:7)`,
  ];
  for (const frame of frames)
    assert.equal(
      userLine({ stack: stack(...noise, frame, `main (file://${here}/main.ts:1:1)`) }),
      "integrations/orders.ts:31",
      frame,
    );
  assert.equal(userLine({ stack: stack(...noise) }), undefined);
  assert.equal(userLine({}), undefined);
  assert.match(userLine(traceHere()) ?? "", /^test\/rehearse\/scope\/within\.test\.ts:\d+$/);
});
