import assert from "node:assert/strict";
import { test } from "node:test";
import type { Report } from "../../../src/report/report.ts";
import { Weeks } from "../../../src/server/dashboard/week.ts";
import { virtualClock } from "../../world/virtual-clock.ts";

// Reports that take as long as they are told to.
function making() {
  const clock = virtualClock();
  const state = { took: 0, made: [] as (string | undefined)[], fails: false };
  const weeks = new Weeks(clock, async (since) => {
    state.made.push(since);
    if (state.took > 0) await new Promise<void>((done) => clock.after(state.took, done));
    if (state.fails) throw new Error("the disk is gone");
    return { number: state.made.length } as unknown as Report;
  });
  return { clock, state, weeks };
}

test("a week that is counted fast is counted for each who looks", async () => {
  const { state, weeks } = making();
  for (let look = 0; look < 5; look++) await weeks.since(undefined);
  assert.equal(state.made.length, 5);
});

test("however many look at the week of a large ledger, it is counted for a twentieth of the time", async () => {
  const { clock, state, weeks } = making();
  state.took = 2_000;
  let shown = 0;
  for (let look = 0; look < 1_000; look++) {
    void weeks.since("7d").then(() => shown++);
    await clock.pass(100);
  }
  // 100 s are two and a half turns of 2 s of counting and 38 s without.
  assert.ok(state.made.length >= 2 && state.made.length <= 4, `${state.made.length} times`);
  assert.ok(shown >= 970, `${shown} were shown`);
});

test("a week that could not be counted is counted again, and so is one that begins elsewhere", async () => {
  const { clock, state, weeks } = making();
  Object.assign(state, { took: 2_000, fails: true });
  const failed = weeks.since("7d");
  const refused = assert.rejects(failed, /the disk is gone/);
  await clock.pass(2_000);
  await refused;
  state.fails = false;
  for (const since of ["7d", "30d", "7d", "30d"]) {
    const made = weeks.since(since);
    await clock.pass(2_000);
    await made;
  }
  assert.deepEqual(state.made, ["7d", "7d", "30d"]);
});
