// What a job's answer says. A word that is not known is never taken for "done": somebody would rely on an export that is not there.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { later, permanent } from "waybill";
import { readJob } from "../../src/flow/job.ts";

const table: readonly (readonly [answer: unknown, status: number, is: string, why?: RegExp])[] = [
  [{ status: "Completed" }, 200, "done"],
  [{ state: "SUCCEEDED" }, 200, "done"],
  [{ status: "in_progress" }, 200, "running", /status "in_progress"/],
  [{ status: "In Progress" }, 202, "running"],
  [{ status: "FAILED", error: { message: "no such sheet" } }, 200, "failed", /"FAILED": no such sheet/],
  [{ status: "cancelled" }, 200, "failed"],
  [{ done: false }, 200, "running"],
  [{ done: true, response: {} }, 200, "done"],
  [{ done: true, error: { code: 9 } }, 200, "failed", /{"code":9}/],
  [undefined, 202, "running", /202/],
  [undefined, 200, "unclear", /no status/],
  [{ status: 3 }, 200, "unclear"],
  [{ status: "partially completed" }, 200, "unclear", /none of the known words/],
  [{ status: "done?" }, 200, "unclear"],
  ["done", 200, "unclear"],
];

for (const [answer, status, is, why] of table) {
  test(`${JSON.stringify(answer)} with ${status} is ${is}`, () => {
    const says = readJob(undefined, answer, status);
    assert.equal(says.is, is);
    if (why !== undefined) assert.match("why" in says ? says.why : "", why);
  });
}

test("whatever else a job says is left to a person", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(200, 201, 204), (answer, status) => {
      const says = readJob(undefined, answer, status);
      assert.equal(says.is, "unclear");
    }),
  );
});

test("read decides alone where it is given", () => {
  const says = (read: () => unknown) => readJob(read, { status: "done" }, 200);
  assert.deepEqual(
    says(() => 7),
    { is: "done", value: 7 },
  );
  assert.deepEqual(
    says(() => null),
    { is: "done", value: null },
  );
  assert.equal(says(() => undefined).is, "running");
  assert.deepEqual(
    says(() => {
      throw permanent("no");
    }),
    { is: "failed", why: "no" },
  );
  assert.deepEqual(
    says(() => {
      throw later("2s", "again");
    }),
    { is: "again", why: "again", afterMs: 2_000 },
  );
  assert.equal(says(async () => 7).is, "unclear");
});
