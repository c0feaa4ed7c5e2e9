import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeReport } from "../../src/report/make.ts";
import { reportText } from "../../src/report/text.ts";
import { type Call, endsMs, hour, live, messyMs, type Sent, Week } from "./week.ts";

// A messy week, and its report held against what somebody counted who stood outside: who sent what, what the other systems were asked and answered.

/** Where two weeks of commits take seconds: nothing here is about the disk. */
const inMemory = "/dev/shm";
const seed = Number(process.env.SEED ?? 7);

/** To two digits, as a page shows it. */
const shown = (ms: number): number => Number(ms.toPrecision(2));

/** The time that this share did not exceed. */
function within(times: readonly number[], share: number): number | null {
  const sorted = times.toSorted((a, b) => a - b);
  const at = sorted[Math.max(1, Math.ceil(sorted.length * share)) - 1];
  return at === undefined ? null : shown(Math.round(at));
}

/** The length of all these stretches together. */
function union(stretches: readonly (readonly [number, number])[]): { readonly count: number; readonly ms: number } {
  const merged: [number, number][] = [];
  for (const [from, until] of stretches.toSorted(([a], [b]) => a - b)) {
    const last = merged.at(-1);
    if (last !== undefined && from < last[1]) last[1] = Math.max(last[1], until);
    else merged.push([from, until]);
  }
  return { count: merged.length, ms: merged.reduce((sum, [from, until]) => sum + until - from, 0) };
}

test(`the report of a messy week says what somebody counted who stood outside (seed ${seed})`, {
  timeout: 280_000,
}, async (t) => {
  const folder = mkdtempSync(join(existsSync(inMemory) ? inMemory : tmpdir(), "waybill-report-"));
  const week = new Week(`sqlite:${join(folder, "ledger.db")}`, seed);
  t.after(async () => {
    await week.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await live(week);
  const { ledger, secrets, integrations } = week.waybill;
  const parts = { ledger, names: [...integrations.keys()], redact: secrets.redact };
  const report = await makeReport(parts, {}, week.time.now());
  const mine = counted(week);

  assert.ok(mine.sent.length > 800 && mine.calls.length > 800, "the week was a week");
  await t.test("what came, what went, and how fast", () => {
    for (const line of report.integrations) {
      const own = mine.sent.filter(({ integration }) => integration === line.integration);
      const went = own.flatMap((one) => mine.deliveredAfter(one) ?? []);
      const { now, before, waits } = line;
      assert.deepEqual(
        [
          line.integration,
          now.came,
          now.delivered,
          now.needPerson,
          now.underWay,
          now.letGo,
          waits.person,
          waits.records,
        ],
        [line.integration, own.length, went.length, own.length - went.length, 0, 0, own.length - went.length, 0],
      );
      assert.deepEqual([now.medianMs, now.p95Ms], [within(went, 0.5), within(went, 0.95)], line.integration);
      const earlier = week.sent.filter(({ integration, atMs }) => integration === line.integration && atMs < messyMs);
      assert.equal(before?.came, earlier.length);
      assert.deepEqual(line.came, mine.bySlot(own));
    }
    assert.deepEqual(report.integrations.map(({ integration }) => integration).toSorted(), [
      "contacts",
      "orders",
      "payouts",
      "shop-notices",
      "stock-levels",
    ]);
    assert.deepEqual([report.total.duplicates, report.total.refused], [mine.again, week.refused]);
    assert.ok(mine.again > 10 && week.refused > 10);
    assert.equal(report.total.now.came, mine.sent.length);
    assert.deepEqual(
      report.slots.map(
        ({ came, delivered, underWay, needPerson, letGo }) => came - delivered - underWay - needPerson - letGo,
      ),
      report.slots.map(() => 0),
    );
  });

  await t.test("which systems limited us, and by how much", () => {
    assert.deepEqual(report.systems.map(({ system }) => system).toSorted(), ["bank", "crm", "erp"]);
    for (const { system, now } of report.systems) {
      const calls = mine.calls.filter((call) => call.system === system);
      const answered = calls.filter(({ status }) => status !== undefined).map(({ tookMs }) => tookMs);
      const stops = union(
        calls
          .filter(({ status }) => status === 429)
          .map(({ atMs, tookMs }) => [atMs + tookMs, atMs + tookMs + 600_000]),
      );
      const open = union(mine.open(system));
      assert.deepEqual(
        now,
        {
          calls: calls.length,
          failed: calls.filter(({ status = 0 }) => status !== 200).length,
          limited: calls.filter(({ status }) => status === 429).length,
          putOff: mine.deferred(system),
          stops: stops.count,
          stoppedMs: stops.ms,
          openings: open.count,
          openMs: open.ms,
          unauthorizedMs: 0,
          medianMs: within(answered, 0.5),
          p95Ms: within(answered, 0.95),
        },
        system,
      );
    }
    const [first] = report.systems;
    assert.equal(first?.system, "erp", "the one that was down for three hours comes first");
    assert.deepEqual(report.slower.map(({ name }) => name).toSorted(), ["contacts", "crm"]);
  });

  await t.test("which causes grew, what waits for a person, what was changed by hand, what changed its shape", () => {
    const orders = mine.sent.filter(({ integration }) => integration === "orders");
    const payouts = mine.sent.filter(({ integration }) => integration === "payouts");
    assert.deepEqual(
      report.causes
        .map(({ integration, state, count, before }) => `${integration} ${state} ${count} ${before}`)
        .toSorted(),
      [
        `orders dead ${orders.filter(({ amount, fits }) => fits && amount < 0).length} 0`,
        `orders quarantined ${orders.filter(({ fits }) => !fits).length - 3} 0`,
        `payouts held ${payouts.filter((one) => mine.deliveredAfter(one) === undefined).length} 0`,
        `webhook:/shop refused ${week.refused} 0`,
      ].toSorted(),
    );
    assert.equal(report.verdict.tone, "wrong");
    assert.deepEqual(report.needs.map(({ next }) => next).toSorted(), [
      "npx waybill dead ls --integration orders",
      "npx waybill held ls --integration payouts",
      "npx waybill quarantine ls --integration orders",
      "npx waybill refusals stock-levels",
    ]);
    assert.deepEqual(report.byHand.map(({ actor, words, why }) => `${actor} ${words} (${why})`).toSorted(), [
      "ann delivered once more 2 records of orders (they say it works now)",
      "ann edited the content of 3 records of orders (the customer called)",
      "ann released 3 records of orders (the customer called)",
      "ben let go on payouts (they are done)",
      "ben paused payouts (the bank asked for it)",
    ]);
    assert.match(report.drift[0]?.message ?? "", /"customer\.mail" is new.*"customer\.email" is missing/);
    assert.deepEqual(report.total.balanced, true);
  });

  await t.test("what other people wrote reaches nobody's terminal as an order", () => {
    const text = reportText(report);
    assert.match(text, /<b onclick/, "it is there, as text");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  await t.test("a week that begins before the ledger does says so, and compares nothing", async () => {
    const longer = await makeReport(parts, { since: "30d" }, week.time.now());
    assert.match(longer.cannotKnow.join(" "), /This ledger begins at 2026-11-12 14:00 UTC/);
    assert.equal(longer.total.before, null);
    assert.equal(longer.total.now.came, week.sent.length);
  });
});

/** What is known outside of the second week. */
function counted(week: Week) {
  const isNow = ({ atMs }: { readonly atMs: number }): boolean => atMs >= messyMs && atMs < endsMs;
  const sent = week.sent.filter(isNow);
  const told = (event: string, system: string): number[] =>
    week.timed
      .filter((one) => one.event.event === event && "system" in one.event && one.event.system === system && isNow(one))
      .map(({ atMs }) => atMs);
  return {
    sent,
    again: week.again.filter(isNow).length,
    calls: week.calls.filter(isNow) as readonly Call[],
    deferred: (system: string): number => told("permit.deferred", system).length,
    open(system: string): (readonly [number, number])[] {
      const closed = told("system.closed", system);
      return told("system.opened", system).map((from) => [from, closed.find((until) => until >= from) ?? endsMs]);
    },
    deliveredAfter({ integration, id, record, atMs }: Sent): number | undefined {
      if (integration === "stock-levels" || integration === "shop-notices") return 0;
      const there = week.applied.get(id) ?? week.applied.get(record);
      return there === undefined ? undefined : there - atMs;
    },
    bySlot(of: readonly Sent[]): number[] {
      const slotMs = 4 * hour;
      const slots = Array.from({ length: (endsMs - messyMs) / slotMs }, () => 0);
      for (const { atMs } of of) {
        const at = Math.floor((atMs - messyMs) / slotMs);
        slots[at] = (slots[at] ?? 0) + 1;
      }
      return slots;
    },
  };
}
