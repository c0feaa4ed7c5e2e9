// Several workers on one ledger: what one of them sees is told once, by whichever asks the rules, and is counted once.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, type TestContext, test } from "node:test";
import { z } from "zod";
import { startPostgres } from "../../scripts/postgres.ts";
import { type Delivery, type Integration, integration, natural, push } from "../../src/index.ts";
import { tallyOf } from "../../src/watch/history/tally.ts";
import { openStage, type Stage } from "./stage.ts";

const postgres = await startPostgres({ version: 15 });
after(() => postgres[Symbol.asyncDispose]());

/** Each worker calls a system of its own, so that who has seen what can be told. */
function ordersTo({ books }: Stage): Integration {
  return integration("orders", {
    source: push(),
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    retry: { first: "1ms", longest: "20ms" },
    async deliver({ id }, { effect }: Delivery) {
      await effect("invoice", books.post("/invoices", { json: { id }, idempotency: natural }));
    },
  });
}

/** Two workers that share the lanes; the first one asks the rules. */
async function twoWorkers(t: TestContext): Promise<readonly [Stage, Stage]> {
  const ledger = `${postgres.url()}?schema=watch_${randomUUID().slice(0, 8)}`;
  const workers = [await openStage(t, {}, ledger), await openStage(t, {}, ledger)] as const;
  for (const one of workers) await one.start([ordersTo(one)]);
  const [first, second] = workers;
  await first.until("both deliver", async () => {
    await first.send("orders", ...Array.from({ length: 10 }, () => ({ id: randomUUID() })));
    await first.waybill.settled(undefined, 20_000);
    return workers.every((one) => one.events.some(({ event }) => event === "attempt"));
  });
  assert.deepEqual([first.waybill.ledger.isSteward(), second.waybill.ledger.isSteward()], [true, false]);
  return workers;
}

const tenYears = { status: 429, headers: { "retry-after": "315360000" } } as const;

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`it never came to this: ${what}`);
}

test("what only one worker saw raises one alert, told by the worker that asks the rules, and stays one when another takes over", async (t) => {
  const [first, second] = await twoWorkers(t);
  second.answer = () => tenYears;
  const send = () => first.send("orders", ...Array.from({ length: 10 }, () => ({ id: randomUUID() })));
  await until("the second has seen it", async () => {
    await send();
    return second.events.some(({ event }) => event === "system.absurd");
  });
  await second.look();
  await first.look();
  const [alert, ...more] = await first.alerts("absurd");
  assert.match(alert?.message ?? "", new RegExp(`^${second.books.name}: `));
  assert.deepEqual(more, []);
  const raised = ({ events }: Stage) =>
    events.filter((event) => event.event === "alert" && event.rule === "absurd" && event.news === "raised").length;
  assert.deepEqual([raised(first), raised(second)], [1, 0]);

  // The other way round: what only the first saw, it leaves behind.
  first.answer = () => tenYears;
  await until("the first has seen it too", async () => {
    await send();
    return first.events.some(({ event }) => event === "system.absurd");
  });
  await first.look();
  assert.equal((await first.alerts("absurd")).length, 2);
  await first.stop();
  await until("the second asks the rules", () => second.waybill.ledger.isSteward());
  for (let looks = 0; looks < 3; looks++) await second.look();
  const alerts = await second.alerts("absurd");
  assert.deepEqual(
    alerts.map(({ state, wellSinceMs, newsNumber }) => [state, wellSinceMs, newsNumber]),
    [
      ["firing", undefined, 1],
      ["firing", undefined, 1],
    ],
  );
  assert.equal(raised(second), 0, "nobody is told a second time");
});

test("the history has the calls of all workers, whoever of them asks the rules and whoever goes first", async (t) => {
  const [first, second] = await twoWorkers(t);
  await first.send("orders", ...Array.from({ length: 200 }, () => ({ id: randomUUID() })));
  await first.waybill.settled(undefined, 20_000);
  await first.send("orders", { id: "twice" });
  await first.send("orders", { id: "twice" });
  await first.waybill.settled(undefined, 20_000);
  await Promise.all([first.look(), second.look()]);
  const calls = (one: Stage): number => one.events.filter(({ event }) => event === "attempt").length;
  const untilMs = Date.now() + 3_600_000;
  await second.stop();
  await first.look();
  const made = [calls(first), calls(second)];
  assert.ok(
    made.every((count) => count > 10),
    `each has a part: ${made}`,
  );
  // It keeps what it has when it ends; so the ledger is read by another one.
  const third = await openStage(t, {}, first.ledger);
  await third.start([ordersTo(third)]);
  await first.stop();
  await until("the third asks the rules", () => third.waybill.ledger.isSteward());
  await third.look();
  const rows = await third.waybill.ledger.history({ fromMs: 1, untilMs });
  const sum = (kind: string, name: string, what: string): number =>
    rows
      .filter((row) => row.kind === kind && row.name === name)
      .reduce((total, { state }) => total + (tallyOf(state).get(what) ?? 0), 0);
  assert.deepEqual([sum("system", first.books.name, "done"), sum("system", second.books.name, "done")], made);
  await third.stop();
  const [counted] = (await postgres.ask(
    `select sum((state::json->>'duplicate')::int) as duplicate from ${first.ledger.split("schema=")[1]}.history where hour > 0 and kind = 'book'`,
  )) as [{ duplicate: string }];
  assert.equal(Number(counted.duplicate), 1);
});

test("a server that is gone is told by one worker, and is over when it is back, whoever asks the rules by then", async (t) => {
  const workers = await twoWorkers(t);
  for (const one of workers) await one.look();
  await postgres.stop("immediate");
  const told = (news: string): number =>
    workers.flatMap(({ events }) =>
      events.filter((event) => event.event === "alert" && event.rule === "ledger" && event.news === news),
    ).length;
  await until("nobody is sure of the lanes any more, and yet it is told", async () => {
    await Promise.all(workers.map((one) => one.look()));
    return told("raised") > 0 && workers.every(({ waybill }) => !waybill.ledger.isSteward());
  });
  await Promise.all(workers.map((one) => one.look()));
  assert.equal(told("raised"), 1);
  await postgres.start();
  await until("it is told that it is over", async () => {
    await Promise.all(workers.map((one) => one.look()));
    return told("resolved") > 0;
  });
  const alerts = await workers[0].alerts("ledger");
  assert.deepEqual([alerts.map(({ state }) => state), told("raised"), told("resolved")], [["resolved"], 1, 1]);
});
