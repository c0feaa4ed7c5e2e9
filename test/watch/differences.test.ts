import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AlertRow } from "../../src/ledger/ledger.ts";
import type { Finding } from "../../src/model/alert.ts";
import { differences, reopensForMs, wellForMs } from "../../src/watch/alerts/differences.ts";
import { finding } from "../../src/watch/rules/rule.ts";

const minute = 60_000;
const found = (given: Partial<Finding> = {}): Finding =>
  finding({ rule: "dead", severity: "warning", message: "it is wrong", next: "npx waybill dead", ...given });

/** What is stored, as the ledger would have it. */
class Stored {
  rows: readonly AlertRow[] = [];
  /** Every change of an alert's news, as somebody is told them. */
  readonly news: string[] = [];

  look(nowMs: number, findings: readonly Finding[], options: { told?: boolean } = {}): void {
    for (const { alert, expected } of differences(this.rows, findings, nowMs)) {
      const before = this.rows.find(({ id }) => id === alert.id);
      assert.equal(expected, before?.revision ?? 0);
      this.rows = [...this.rows.filter((row) => row !== before), { ...alert, revision: expected + 1 }];
    }
    if (options.told === false) return;
    this.news.push(...this.rows.flatMap(({ news }) => news ?? []));
    this.rows = this.rows.map((row) => ({ ...row, news: undefined }));
  }

  get only(): AlertRow {
    assert.equal(this.rows.length, 1);
    return this.rows[0] as AlertRow;
  }

  set(changed: Partial<AlertRow>): void {
    this.rows = this.rows.map((row) => ({ ...row, ...changed }));
  }
}

test("five hundred records that stop for one reason are one alert, told once, and again when there are many more", () => {
  const stored = new Stored();
  for (let n = 1; n <= 500; n++) stored.look(n * 10_000, [found({ count: n })]);
  assert.equal(stored.only.count, 500);
  assert.equal(stored.news[0], "raised");
  assert.ok(stored.news.length <= 8, `${stored.news.length} messages for one incident: ${stored.news}`);
});

test("what comes and goes is one incident with one id, and no noise", () => {
  const stored = new Stored();
  for (let n = 0; n < 100; n++) stored.look(n * minute, n % 2 === 0 ? [found()] : []);
  assert.deepEqual(stored.news, ["raised"]);
  stored.look(100 * minute, []);
  stored.look(101 * minute + wellForMs, []);
  assert.equal(stored.only.state, "resolved");
  const { id } = stored.only;
  stored.look(110 * minute, [found()]);
  assert.equal(stored.only.id, id, "back so soon, it is the same incident");
  assert.deepEqual(stored.news, ["raised", "resolved", "raised"]);
  stored.look(120 * minute, []);
  stored.look(120 * minute + wellForMs, []);
  stored.look(120 * minute + wellForMs + reopensForMs + 1, [found()]);
  assert.equal(stored.rows.length, 2, "after a while it is another one");
});

test("who acknowledged an alert is told nothing more of it, unless it gets worse, and of its end", () => {
  const stored = new Stored();
  stored.look(0, [found()]);
  stored.set({ state: "acknowledged", actor: "ann" });
  for (let n = 1; n < 200; n++) stored.look(n * 60 * minute, [found({ count: n * 10 })]);
  assert.deepEqual(stored.news, ["raised"]);
  stored.look(200 * 60 * minute, [found({ severity: "critical" })]);
  assert.equal(stored.only.state, "firing");
  stored.look(201 * 60 * minute, []);
  stored.look(202 * 60 * minute, []);
  assert.deepEqual(stored.news, ["raised", "grew", "resolved"]);
});

test("a muted alert is quiet until the mute is over, and is told then if it is still wrong", () => {
  const stored = new Stored();
  stored.look(0, [found()]);
  stored.set({ state: "muted", actor: "ann", mutedUntilMs: 60 * minute });
  stored.look(30 * minute, [found({ severity: "critical", count: 1_000 })]);
  assert.deepEqual(stored.news, ["raised"]);
  assert.equal(stored.only.state, "muted");
  stored.look(61 * minute, [found()]);
  assert.deepEqual(stored.news, ["raised", "reminder"]);
  assert.equal(stored.only.state, "firing");
});

test("nobody who was not told of a raise is told of a reminder instead", () => {
  const stored = new Stored();
  for (let n = 0; n < 50; n++)
    stored.look(n * 60 * minute, [found({ severity: "critical", count: 1 + n })], { told: false });
  assert.equal(stored.only.news, "raised");
  assert.equal(stored.only.newsNumber, 1);
});

test("whatever comes and goes: what is wrong for long has one open alert, what is well for long has none, and each raise is followed by an end", () => {
  const step = fc.record({
    minutes: fc.integer({ min: -30, max: 600 }),
    wrong: fc.subarray(["a", "b", "c"]),
    severity: fc.constantFrom("info", "warning", "critical"),
    count: fc.integer({ min: 1, max: 1_000 }),
  });
  const parameters = fc.array(step, { maxLength: 60 });
  fc.assert(
    fc.property(parameters, (steps) => {
      const stored = new Stored();
      let nowMs = 0;
      for (const { minutes, wrong, severity, count } of steps) {
        nowMs += minutes * minute;
        stored.look(
          nowMs,
          wrong.map((about) => found({ about, severity, count }) as Finding),
        );
        const open = stored.rows.filter(({ state }) => state !== "resolved").map(({ about }) => about);
        assert.equal(new Set(open).size, open.length, "one incident is one alert");
        for (const about of wrong) assert.ok(open.includes(about), "what is wrong now is open");
      }
      stored.look(nowMs, []);
      stored.look(nowMs + wellForMs, []);
      assert.ok(stored.rows.every(({ state }) => state === "resolved"));
      const raises = stored.news.filter((news) => news === "raised").length;
      assert.equal(stored.news.filter((news) => news === "resolved").length, raises);
      assert.equal(new Set(stored.rows.map(({ id }) => id)).size, stored.rows.length);
    }),
  );
});

test("a rule that could say nothing neither raises nor ends anything", () => {
  const stored = new Stored();
  stored.look(0, [found()]);
  assert.deepEqual(differences(stored.rows, [], 10 * minute, new Set(["dead"])), []);
});
