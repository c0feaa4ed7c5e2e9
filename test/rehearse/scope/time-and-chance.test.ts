import assert from "node:assert/strict";
import crypto, {
  getRandomValues as namedGetRandomValues,
  randomBytes as namedRandomBytes,
  randomUUID as namedRandomUUID,
} from "node:crypto";
import { performance as namedPerformance } from "node:perf_hooks";
import { hrtime as namedHrtime, uptime as namedUptime } from "node:process";
import { test } from "node:test";
import { promisify } from "node:util";
import { outside } from "../../../src/rehearse/scope/scope.ts";
import { replaceGlobals, within } from "../../../src/rehearse/scope/within.ts";
import { startMs, virtualWorld } from "./virtual-world.ts";

/** Ten years: no machine that runs this has been up for so long, and none is so far ahead. */
const elapsedMs = 10 * 365 * 86_400_000;
const nowMs = startMs + elapsedMs;

const DateBefore = Date;
class Stamp extends Date {
  isStamp = true;
}
const format = new Intl.DateTimeFormat("en", { dateStyle: "full", timeZone: "UTC" });
const virtualDay = "Friday, May 3, 2041";

/** What tells the time, and what it says ten years after a rehearsal began. */
const times: [name: string, ask: () => unknown, expected: unknown][] = [
  ["Date.now()", () => Date.now(), nowMs],
  ["new Date()", () => new Date().toISOString(), new DateBefore(nowMs).toISOString()],
  ["Date()", () => Date(), new Date(nowMs).toString()],
  ["Date.now of a Date that was kept before", () => DateBefore.now(), nowMs],
  ["a class that extends Date", () => new (class extends Date {})().getTime(), nowMs],
  ["Intl.DateTimeFormat.format()", () => format.format(), virtualDay],
  [
    "Intl.DateTimeFormat.formatToParts()",
    () => format.formatToParts().find(({ type }) => type === "year")?.value,
    "2041",
  ],
  ["performance.now()", () => performance.now(), elapsedMs],
  ["performance of perf_hooks", () => namedPerformance.now(), elapsedMs],
  ["performance.timeOrigin", () => performance.timeOrigin, startMs],
  ["process.hrtime()", () => process.hrtime(), [elapsedMs / 1_000, 0]],
  ["process.hrtime(earlier)", () => process.hrtime([elapsedMs / 1_000 - 2, 999_999_999]), [1, 1]],
  ["process.hrtime.bigint()", () => process.hrtime.bigint(), BigInt(elapsedMs) * 1_000_000n],
  ["hrtime by name", () => namedHrtime.bigint(), BigInt(elapsedMs) * 1_000_000n],
  ["process.uptime()", () => process.uptime(), elapsedMs / 1_000],
  ["uptime by name", () => namedUptime(), elapsedMs / 1_000],
];

const later = <T>(ask: (answer: (error: Error | null, value: T) => void) => void): Promise<T> =>
  promisify(ask)() as Promise<T>;

/** What gives chance. */
const chances: [name: string, ask: () => unknown][] = [
  ["Math.random", () => Math.random()],
  ["crypto.randomUUID", () => globalThis.crypto.randomUUID()],
  ["crypto.getRandomValues", () => globalThis.crypto.getRandomValues(new Uint32Array(8))],
  ["node:crypto randomUUID", () => crypto.randomUUID()],
  ["node:crypto randomUUID with options", () => crypto.randomUUID({ disableEntropyCache: true })],
  ["randomUUID by name", () => namedRandomUUID()],
  ["node:crypto getRandomValues", () => crypto.getRandomValues(new Uint8Array(16))],
  ["getRandomValues by name", () => namedGetRandomValues(new Uint8Array(16))],
  ["webcrypto", () => crypto.webcrypto.randomUUID()],
  ["randomBytes", () => crypto.randomBytes(16).toString("hex")],
  ["randomBytes by name", () => namedRandomBytes(16).toString("hex")],
  ["randomBytes with a callback", () => later<Buffer>((answer) => crypto.randomBytes(16, answer))],
  ["pseudoRandomBytes", () => crypto.pseudoRandomBytes(16).toString("hex")],
  ["randomInt", () => crypto.randomInt(2 ** 47)],
  ["randomInt from to", () => crypto.randomInt(5, 2 ** 47)],
  ["randomInt with a callback", () => later<number>((answer) => crypto.randomInt(5, 2 ** 47, answer))],
  ["randomFillSync", () => crypto.randomFillSync(new Uint16Array(16), 4, 8)],
  ["randomFill", () => later<Uint8Array>((answer) => crypto.randomFill(new Uint8Array(16), answer))],
  ["randomFill of a part", () => later<Uint8Array>((answer) => crypto.randomFill(new Uint8Array(32), 4, 20, answer))],
];

test("time is virtual in a rehearsal, and real at the same moment for everybody else", async () => {
  const world = virtualWorld();
  const seenInside = await within(world, async () => {
    await outside(() => world.clock.pass(elapsedMs));
    // One after the other: what an earlier one did must not leave the rehearsal.
    const seen: [string, unknown][] = [];
    for (const [name, ask] of times) {
      await Promise.resolve();
      seen.push([name, ask()]);
      assert.notDeepEqual(outside(ask), ask(), `${name} is virtual outside of the rehearsal too`);
    }
    return seen;
  });
  assert.deepEqual(
    seenInside,
    times.map(([name, , expected]) => [name, expected]),
  );
  for (const [name, ask, expected] of times) assert.notDeepEqual(ask(), expected, `${name} is still virtual`);
  assert.deepEqual(world.violations, []);
});

test("chance is the same for the same seed, another for another, and real outside", async () => {
  const draw = (seed: number): Promise<unknown[]> =>
    within(virtualWorld(seed), async () => {
      const drawn: unknown[] = [];
      for (const [name, ask] of chances) drawn.push([name, await ask()]);
      return drawn;
    });
  const first = await draw(1);
  assert.deepEqual(await draw(1), first);
  const other = await draw(2);
  for (const [at, [name, ask]] of chances.entries()) {
    assert.notDeepEqual(first[at], other[at], `${name} does not follow the seed`);
    assert.notDeepEqual(await ask(), await ask(), `${name} is no chance outside`);
  }
  const release = replaceGlobals();
  for (const [name, ask] of chances)
    assert.notDeepEqual(await ask(), await ask(), `${name} is no chance outside, while another rehearsal runs`);
  release();
});

test("chance keeps within its bounds, and a wrong argument fails as it always does", async () => {
  const bytes = crypto.randomFillSync(new Uint8Array(8), 2, 4);
  assert.deepEqual([bytes[0], bytes[1], bytes[6], bytes[7]], [0, 0, 0, 0]);
  const wrong: [() => unknown, string][] = [
    [() => crypto.randomBytes(-1), "ERR_OUT_OF_RANGE"],
    [() => crypto.randomBytes("x" as never), "ERR_INVALID_ARG_TYPE"],
    [() => crypto.randomBytes(1, 5 as never), "ERR_INVALID_ARG_TYPE"],
    [() => crypto.randomInt(5, 5), "ERR_OUT_OF_RANGE"],
    [() => crypto.randomFillSync(new Uint8Array(2), 3), "ERR_OUT_OF_RANGE"],
    [() => crypto.randomFill(new Uint8Array(2), 1, 5, () => undefined), "ERR_OUT_OF_RANGE"],
    [() => process.hrtime(5 as never), "ERR_INVALID_ARG_TYPE"],
  ];
  await within(virtualWorld(), async () => {
    const rolls = Array.from({ length: 200 }, () => crypto.randomInt(1, 7));
    assert.deepEqual([Math.min(...rolls), Math.max(...rolls)], [1, 6]);
    const part = crypto.randomFillSync(new Uint8Array(8), 2, 4);
    assert.deepEqual([part[0], part[1], part[6], part[7]], [0, 0, 0, 0]);
    assert.match(crypto.randomUUID(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const [ask, code] of wrong) assert.throws(ask, { code });
  });
  for (const [ask, code] of wrong) assert.throws(ask, { code });
});

test("a date is a date on both sides: instanceof, constructor, arguments and classes from before", async () => {
  const before = new Date(5);
  const made = await within(virtualWorld(), async () => {
    assert.ok(before instanceof Date);
    assert.equal(before.constructor, Date);
    assert.equal(new Date(2031, 4, 6, 7).getTime(), new DateBefore(2031, 4, 6, 7).getTime());
    assert.equal(new Date("2031-05-06T07:00:00Z").getTime(), Date.UTC(2031, 4, 6, 7));
    assert.equal(new Date(Number.NaN).getTime(), Number.NaN);
    assert.equal(Date.parse("1970-01-01T00:00:00.005Z"), 5);
    assert.equal(Object.prototype.toString.call(new Date()), "[object Date]");
    assert.deepEqual(structuredClone(new Date()), new Date());
    assert.deepEqual([Date.length, Date.name], [7, "Date"]);
    assert.equal(format.format(0), "Thursday, January 1, 1970");
    const stamp = new Stamp(9);
    assert.deepEqual([stamp.isStamp, stamp instanceof Date, stamp.getTime()], [true, true, 9]);
    return new Date();
  });
  assert.ok(made instanceof Date);
  assert.equal(made.constructor, Date);
  assert.equal(Date, DateBefore);
  assert.equal(made.getTime(), startMs);
});

test("Temporal.Now is virtual where Temporal exists", async (t) => {
  const { Temporal } = await import("temporal-polyfill");
  const found = globalThis as { Temporal?: unknown };
  const before = found.Temporal;
  // Of a Temporal that asks the machine itself, as that of Node will.
  const realNow = {
    instant: () => Temporal.Instant.fromEpochMilliseconds(0),
    timeZoneId: () => "Europe/Berlin",
    zonedDateTimeISO: () => Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO("UTC"),
    plainDateTimeISO: () => Temporal.PlainDateTime.from("1970-01-01T00:00"),
    plainDateISO: () => Temporal.PlainDate.from("1970-01-01"),
    plainTimeISO: () => Temporal.PlainTime.from("00:00"),
  };
  found.Temporal = { Now: realNow, Instant: Temporal.Instant };
  t.after(() => {
    if (before === undefined) delete found.Temporal;
    else found.Temporal = before;
  });
  const ask = (): string[] => {
    const { Now } = (
      globalThis as unknown as { Temporal: { Now: typeof realNow & { plainDateISO(zone?: string): unknown } } }
    ).Temporal;
    return [
      Now.instant(),
      Now.zonedDateTimeISO(),
      Now.plainDateTimeISO(),
      Now.plainDateISO(),
      Now.plainTimeISO(),
      Now.plainDateISO("Pacific/Auckland"),
    ].map(String);
  };
  const outsideBefore = ask();
  assert.deepEqual(await within(virtualWorld(), async () => ask()), [
    "2031-05-06T07:08:09.01Z",
    "2031-05-06T09:08:09.01+02:00[Europe/Berlin]",
    "2031-05-06T09:08:09.01",
    "2031-05-06",
    "09:08:09.01",
    "2031-05-06",
  ]);
  assert.deepEqual(ask(), outsideBefore);
});
