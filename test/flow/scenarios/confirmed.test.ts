// A whole answer that only accepts: the job is asked for until it ends, and the request is never sent again for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  atMostOnce,
  byKey,
  type ConfirmedOptions,
  confirmed,
  type Delivery,
  type Idempotency,
  later,
  natural,
  permanent,
} from "waybill";
import { z } from "zod";
import { type Order, order, single } from "./orders.ts";
import { type Act, openScene, type Scene } from "./scene.ts";

const Accepted = z.object({ id: z.string() });
const Job = z.object({ status: z.string(), file: z.string().optional(), why: z.string().optional() });
type Job = z.infer<typeof Job>;
type Options = ConfirmedOptions<z.infer<typeof Accepted>, Job, unknown>;
const person = { actor: "ann", why: "seen in the other system" };

interface How {
  readonly idempotency?: Idempotency<{ id: string }>;
  readonly options?: Partial<Options>;
  readonly got?: (result: unknown) => void;
}

/** A record makes one export, by a job that `check` asks for. */
function exports({ books }: Scene, { idempotency = byKey(), options = {}, got }: How = {}) {
  return single(async (one: Order, { effect }: Delivery) => {
    const request = books.post("/jobs", { json: { ref: one.id }, expect: Accepted, idempotency });
    const result = await effect(
      "export",
      confirmed(request, {
        every: "20ms",
        within: "10s",
        check: (accepted) => books.get(`/jobs/${accepted.id}`, { expect: Job }),
        ...options,
      } as Options),
    );
    got?.(result);
    await effect("note", books.put("/notes", { json: { of: one.id } }));
  });
}

/** What the destination says of its jobs, check by check; the last for ever. */
function jobs(scene: Scene, ...says: readonly Job[]): void {
  let at = 0;
  scene.answers("GET /jobs/jobs-1", () => says[Math.min(at++, says.length - 1)]);
  scene.answers("GET /jobs/jobs-2", () => ({ status: "done", file: "second.csv" }));
}

const effectOf = async (scene: Scene, record: string | undefined, name = "export") =>
  (await scene.whole(record)).effects.find((effect) => effect.name === name);

test("a job is asked for until it is done: sent once, waiting uncounted, and its result is the effect's", async (t) => {
  const scene = await openScene(t);
  jobs(
    scene,
    { status: "queued" },
    { status: "In Progress" },
    { status: "running" },
    { status: "done", file: "a.csv" },
  );
  const got: unknown[] = [];
  await scene.start("1", exports(scene, { got: (result) => got.push(result) }));
  const [record] = await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(scene.asked("POST /jobs").length, 1);
  assert.equal(scene.asked("GET /jobs/jobs-1").length, 4);
  assert.deepEqual(got, [{ status: "done", file: "a.csv" }]);
  assert.equal((await scene.rows())[0]?.attempts, 1, "waiting for the job is no attempt");
  assert.equal(scene.asked("PUT /notes").length, 1);
  const timeline = (await scene.whole(record)).timeline.map(({ what }) => what);
  assert.deepEqual(timeline, ["accepted"]);
});

test("read says what a job's answer means, and check may follow the Location header", async (t) => {
  const scene = await openScene(t);
  scene.will("POST /jobs", { status: 202, headers: { location: "/jobs/jobs-1" }, body: { id: "?" } });
  jobs(scene, { status: "odd" }, { status: "odd", file: "b.csv" });
  let got: unknown;
  const options: Partial<Options> = {
    check: (_, { location, status }) => {
      assert.equal(status, 202);
      return scene.books.get(location ?? "", { expect: Job });
    },
    read: (job) => job.file,
  };
  await scene.start("1", exports(scene, { options, got: (result) => (got = result) }));
  await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(got, "b.csv");
});

for (const [name, how] of [
  ["by key", byKey()],
  ["at most once", atMostOnce],
  ["natural", natural],
] as const) {
  test(`what was accepted is not sent again after a stop or a deploy (${name})`, async (t) => {
    const scene = await openScene(t);
    jobs(scene, { status: "running" });
    await scene.start("1", exports(scene, { idempotency: how }));
    const checked = scene.next((event) => event.event === "attempt" && event.effect === "export (check)");
    await scene.send("orders", order(1));
    await checked;
    await scene.stop();
    jobs(scene, { status: "done", file: "a.csv" });
    await scene.start("2", exports(scene, { idempotency: how }));
    await scene.settled();
    assert.deepEqual(await scene.states(), ["delivered"]);
    assert.equal(scene.asked("POST /jobs").length, 1);
  });
}

test("a request whose acceptance was lost is repeated under its key, and its one job is asked for", async (t) => {
  const scene = await openScene(t);
  scene.will("POST /jobs", "lost");
  jobs(scene, { status: "done" });
  await scene.start("1", exports(scene));
  await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(scene.asked("POST /jobs").length, 2);
  assert.equal(scene.applied("POST /jobs").length, 1);
});

test("an answer that classify marks as pending is an acceptance too", async (t) => {
  const scene = await openScene(t, {
    classify: ({ status, body }) => (status === 201 && JSON.stringify(body).includes("jobs-") ? "pending" : undefined),
  });
  jobs(scene, { status: "done" });
  await scene.start("1", exports(scene, { idempotency: atMostOnce }));
  await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(scene.asked("POST /jobs").length, 1);
});

test("a job that failed refuses the effect: the record is dead, and its replay makes another job", async (t) => {
  const scene = await openScene(t);
  jobs(scene, { status: "failed", why: "disk full" });
  await scene.start(
    "1",
    exports(scene, {
      options: {
        read: (job) => {
          if (job.status === "failed") throw permanent(job.why ?? "?");
          return job;
        },
      },
    }),
  );
  const [record = ""] = await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["dead: refused"]);
  assert.match((await scene.whole(record)).reason ?? "", /"export" was refused: disk full/);
  await scene.waybill.inboxes.replay(record, person, { overtaken: false });
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(scene.applied("POST /jobs").length, 2);
});

test("a job that failed and may be made again is made again, under another key", async (t) => {
  const scene = await openScene(t);
  jobs(scene, { status: "failed" });
  const read = (job: Job) => {
    if (job.status === "failed") throw later("10ms", "the exporter was restarted");
    return job.file;
  };
  await scene.start("1", exports(scene, { options: { read } }));
  await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(new Set(scene.asked("POST /jobs").map(({ key }) => key)).size, 2);
});

test("a job that never ends is held and named; a person asks once more, or says what it came to", async (t) => {
  const scene = await openScene(t);
  jobs(scene, { status: "running" });
  await scene.start("1", exports(scene, { options: { within: "150ms" } }));
  const [record = ""] = await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["held: unconfirmed"]);
  assert.match(
    (await scene.whole(record)).reason ?? "",
    /The effect "export" was accepted .* ago and is not confirmed: its job says status "running"/,
  );
  const checks = scene.asked("GET /jobs/jobs-1").length;
  await scene.waybill.inboxes.resolve(record, person, { kind: "reread" });
  await scene.settled();
  assert.deepEqual(await scene.states(), ["held: unconfirmed"]);
  assert.equal(scene.asked("GET /jobs/jobs-1").length, checks + 1);
  await assert.rejects(
    scene.waybill.inboxes.resolve(record, person, { kind: "applied", result: { file: 7 } }),
    /is not what it expects/,
  );
  await scene.waybill.inboxes.resolve(record, person, { kind: "applied", result: { status: "done" } });
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(scene.asked("POST /jobs").length, 1);
});

test("a job that the destination does not know leaves a doubt, which is resolved by the effect's own rule", async (t) => {
  const scene = await openScene(t);
  jobs(scene, { status: "done" });
  scene.will("GET /jobs/jobs-1", { status: 404 });
  await scene.start("1", exports(scene));
  await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal(scene.applied("POST /jobs").length, 1);
  assert.equal(scene.asked("POST /jobs").length, 2, "asked again with the same key");

  const once = await openScene(t);
  jobs(once, { status: "done" });
  once.will("GET /jobs/jobs-1", { status: 410 });
  await once.start("1", exports(once, { idempotency: atMostOnce }));
  await once.send("orders", order(1));
  await once.settled();
  assert.deepEqual(await once.states(), ["held: in-doubt"]);
  assert.equal(once.asked("POST /jobs").length, 1);
});

const unclear: readonly {
  readonly name: string;
  readonly act?: Act;
  readonly options?: Partial<Options>;
  readonly says: RegExp;
}[] = [
  {
    name: "a word that nobody knows",
    act: { status: 200, body: { status: "partial" } },
    says: /says status "partial", which is none/,
  },
  {
    name: "an answer that breaks expect",
    act: { status: 200, body: { status: 7 } },
    says: /the job's answer breaks expect: status/,
  },
  {
    name: "a read that throws",
    options: {
      read: () => {
        throw new TypeError("no such field");
      },
    },
    says: /read\(\) threw: no such field/,
  },
  {
    name: "a check that is no read",
    options: { check: (() => undefined) as never },
    says: /check\(\) has to return a read/,
  },
];
for (const { name, act, options, says } of unclear) {
  test(`${name} is held, and asked again once the code is right`, async (t) => {
    const scene = await openScene(t);
    jobs(scene, { status: "done" });
    if (act !== undefined) scene.will("GET /jobs/jobs-1", act);
    await scene.start("1", exports(scene, options === undefined ? {} : { options }));
    const [record = ""] = await scene.send("orders", order(1));
    await scene.settled();
    assert.deepEqual(await scene.states(), ["held: answer-unexpected"]);
    assert.match((await scene.whole(record)).reason ?? "", says);
    await scene.start("2", exports(scene));
    await scene.waybill.inboxes.resolve(record, person, { kind: "reread" });
    await scene.settled();
    assert.deepEqual(await scene.states(), ["delivered"]);
    assert.equal(scene.asked("POST /jobs").length, 1);
    assert.equal((await effectOf(scene, record))?.state, "done");
  });
}

test("checks that fail say nothing of the job, and the timeline names each reason once", async (t) => {
  const scene = await openScene(t);
  jobs(scene, { status: "done" });
  scene.will("GET /jobs/jobs-1", { status: 500 }, { status: 500 }, "reset", { status: 403 });
  await scene.start("1", exports(scene));
  const [record] = await scene.send("orders", order(1));
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered"]);
  assert.equal((await scene.rows())[0]?.attempts, 1);
  const failed = (await scene.whole(record)).timeline.filter(({ what }) => what === "check-failed");
  assert.equal(failed.length, 3);
});

test("checks go through the limits of their system, and hold no permit in between", async (t) => {
  const { concurrent } = await import("waybill");
  const scene = await openScene(t, { limits: [concurrent(1)] });
  jobs(scene, { status: "running" }, { status: "running" }, { status: "done" });
  await scene.start("1", exports(scene));
  await scene.send("orders", order(1), { ...order(2), id: "B-1" });
  await scene.settled();
  assert.deepEqual(await scene.states(), ["delivered", "delivered"]);
});
