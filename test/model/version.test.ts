import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WaybillError } from "../../src/model/errors.ts";
import { versionShown, versionText } from "../../src/model/version.ts";

test("whole numbers sort as numbers, over the whole range of 64 bits", () => {
  const whole = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  fc.assert(
    fc.property(whole, whole, (one, other) => {
      const [a, b] = [versionText(one), versionText(other)];
      assert.equal(a < b ? -1 : a > b ? 1 : 0, one < other ? -1 : one > other ? 1 : 0);
      assert.equal(versionShown(a), String(one));
      assert.equal(versionText(String(one)), a);
    }),
  );
});

test("instants sort as time, whatever zone they are written in", () => {
  const instant = fc.tuple(
    fc.date({ min: new Date("0001-01-02T00:00:00Z"), max: new Date("9998-12-30T00:00:00Z"), noInvalidDate: true }),
    fc.integer({ min: 0, max: 999_999 }),
    fc.integer({ min: -23 * 60, max: 23 * 60 }),
  );
  const written = ([date, below, offset]: [Date, number, number]): string => {
    const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 23);
    const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) =>
      String(part).padStart(2, "0"),
    );
    return `${local}${String(below).padStart(6, "0")}${offset < 0 ? "-" : "+"}${hours}:${minutes}`;
  };
  const nanoseconds = ([date, below]: [Date, number, number]): bigint =>
    BigInt(date.getTime()) * 1_000_000n + BigInt(below);
  fc.assert(
    fc.property(instant, instant, (one, other) => {
      const [a, b] = [versionText(written(one)), versionText(written(other))];
      const [x, y] = [nanoseconds(one), nanoseconds(other)];
      assert.equal(a < b ? -1 : a > b ? 1 : 0, x < y ? -1 : x > y ? 1 : 0);
    }),
  );
});

test("the same version in another form is the same version", () => {
  const same: [unknown, unknown][] = [
    ["2026-01-01T00:00:00Z", "2026-01-01T08:00:00+08:00"],
    ["2026-01-01T00:00:00Z", new Date("2026-01-01T00:00:00Z")],
    ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000000Z"],
    ["2026-01-01T00:00Z", "2025-12-31T19:00:00-0500"],
    ["2026-01-01t00:00:00z", "2026-01-01 00:00:00Z"],
    ["2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"],
    ["2026-01-01T24:00:00Z", "2026-01-02T00:00:00Z"],
    [5, "5"],
    [5, 5n],
    ["007", 7],
    [-3, "-3"],
  ];
  for (const [one, other] of same) assert.equal(versionText(one), versionText(other));
  assert.equal(versionShown(versionText("2026-01-01T08:00:00.1234560+08:00")), "2026-01-01T00:00:00.123456Z");
  assert.equal(versionShown(versionText("2026-01-01T08:00:00+08:00")), "2026-01-01T00:00:00Z");
  assert.ok(versionText("10") > versionText("9"));
  assert.ok(versionText("2026-01-01T00:00:00.0000001Z") > versionText("2026-01-01T00:00:00Z"));
});

test("what is neither a whole number nor an instant is refused, and says why", () => {
  const table: [version: unknown, says: RegExp, hint?: RegExp][] = [
    ["2026-01-01T00:00:00", /without a zone/, /\+08:00/],
    ["2026-01-01", /without a zone/],
    ["2026-02-30T00:00:00Z", /calendar/],
    ["2026-13-01T00:00:00Z", /calendar/],
    ["2026-01-01T25:00:00Z", /calendar/],
    ["2026-01-01T00:00:00+25:00", /calendar/],
    ["0000-01-01T00:00:00+01:00", /outside the years/],
    ["2026-01-01T00:00:00.1234567890Z", /finer than a nanosecond/],
    ["v12", /neither/],
    ["12.5", /neither/],
    ["", /neither/],
    ["Tue, 01 Jan 2026 00:00:00 GMT", /neither/],
    [1.5, /not a whole number/],
    [2 ** 53, /beyond 2\^53/, /bigint/],
    [Number.NaN, /NaN/],
    [2n ** 63n, /64 bits/],
    ["99999999999999999999999", /64 bits/],
    [new Date(Number.NaN), /invalid Date/],
    [new Date(8.64e15), /outside the years/],
    [undefined, /missing/],
    [null, /missing/],
    [{}, /object/],
    [true, /boolean/],
  ];
  for (const [version, says, hint] of table) {
    assert.throws(
      () => versionText(version),
      (error) => error instanceof WaybillError && says.test(error.message) && (hint ?? /./).test(error.hint ?? ""),
      `${String(version)} ${says}`,
    );
  }
});
