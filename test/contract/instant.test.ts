import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { instant } from "waybill/contract";
import { versionText } from "../../src/model/version.ts";
import { broken, made } from "./broken.ts";

test("one moment comes out as one text, wherever it was written down", async () => {
  for (const written of [
    "2026-02-28T09:05:09Z",
    "2026-02-28 17:05:09+08:00",
    "2026-02-28t09:05:09.000z",
    "2026-02-27T23:05:09,0-10",
    " 2026-02-28T14:50:09+0545\n",
  ]) {
    assert.equal(await made(instant(), written), "2026-02-28T09:05:09Z", written);
  }
  assert.equal(
    await made(instant({ format: "YYYY-MM-DD hh:mm:ss.SSS A Z" }), "2026-02-28 12:05:09.25 am +01:00"),
    "2026-02-27T23:05:09.25Z",
  );
  assert.equal(await made(instant({ zone: "Australia/Perth" }), "2026-02-28T17:05:09"), "2026-02-28T09:05:09Z");
  assert.equal(await made(instant({ zone: "Australia/Perth" }), "2026-02-28T17:05:09Z"), "2026-02-28T17:05:09Z");
});

test("moments that the calendar or the clock does not have break the contract", async () => {
  const given: Readonly<Record<string, string>> = {
    "2026-02-30T00:00Z": "there is no 30 February 2026",
    "2026-01-01T24:00Z": "there is no hour 24",
    "2026-01-01T00:60Z": "there is no minute 60",
    "2016-12-31T23:59:60Z": "there is no second 60",
    "2026-01-01T00:00+19:00": "there is no offset +19:00",
    "0001-01-01T00:00+10:00": "is outside the years 1 to 9999",
    "": "is not a time written as 2026-02-28T17:05:09Z",
  };
  for (const [value, says] of Object.entries(given)) {
    assert.equal(await broken(instant(), value), value === "" ? "is empty" : says, value);
  }
});

test("an hour that the clock skipped or showed twice is never guessed", async () => {
  const written = { format: "YYYY-MM-DD HH:mm", zone: "America/New_York" } as const;
  assert.match(await broken(instant(written), "2026-03-08 02:30"), /skipped that day/);
  assert.match(await broken(instant(written), "2026-11-01 01:30"), /showed twice that day/);
  assert.equal(await made(instant({ ...written, twice: "earlier" }), "2026-11-01 01:30"), "2026-11-01T05:30:00Z");
  assert.equal(await made(instant({ ...written, twice: "later" }), "2026-11-01 01:30"), "2026-11-01T06:30:00Z");
  assert.equal(await made(instant(written), "2026-11-01 03:30"), "2026-11-01T08:30:00Z");
  // Half an hour on Lord Howe Island; a whole day that Samoa skipped.
  const island = instant({ ...written, zone: "Australia/Lord_Howe" });
  assert.match(await broken(island, "2026-10-04 02:15"), /skipped/);
  assert.match(await broken(instant({ ...written, zone: "Pacific/Apia" }), "2011-12-30 12:00"), /skipped/);
});

test("what a clock in any zone shows is the moment that Temporal makes of it", async () => {
  const zones = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
    "UTC",
  ];
  const schemas = new Map(zones.map((zone) => [zone, instant({ format: "YYYY-MM-DD HH:mm:ss", zone })]));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...zones),
      fc.date({ min: new Date("1950-01-01T00:00:00Z"), max: new Date("2037-12-31T00:00:00Z"), noInvalidDate: true }),
      async (zone, date) => {
        const shown = date.toISOString().slice(0, 19);
        const plain = Temporal.PlainDateTime.from(shown);
        const schema = schemas.get(zone) as ReturnType<typeof instant>;
        const read = await schema["~standard"].validate(shown.replace("T", " "));
        let once: string | undefined;
        try {
          once = plain.toZonedDateTime(zone, { disambiguation: "reject" }).toInstant().toString();
        } catch {
          // Skipped, or shown twice.
        }
        assert.equal(read.issues === undefined ? read.value : undefined, once, `${shown} in ${zone}`);
      },
    ),
    { numRuns: 1_000 },
  );
});

test("seconds and milliseconds since 1970 keep what is finer", async () => {
  await fc.assert(
    fc.asyncProperty(fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }), async (nanos) => {
      const expected = new Temporal.Instant(nanos).toString();
      const written = (places: number): string => {
        const all = String(nanos < 0n ? -nanos : nanos).padStart(places + 1, "0");
        return `${nanos < 0n ? "-" : ""}${all.slice(0, -places)}.${all.slice(-places)}`;
      };
      assert.equal(await made(instant({ format: "epoch-s" }), written(9)), expected);
      assert.equal(await made(instant({ format: "epoch-ms" }), written(6)), expected);
    }),
  );
  assert.equal(await broken(instant({ format: "epoch-s" }), "0.0000000001"), "is finer than a nanosecond");
  assert.equal(await made(instant({ format: "/Date()/" }), "\\/Date(-1)\\/"), "1969-12-31T23:59:59.999Z");
});

test("what comes out is a version that can be compared", async () => {
  const [older, newer] = await Promise.all(
    ["2026-02-28T17:05:09.1+08:00", "2026-02-28T09:05:09.10001Z"].map((one) => made(instant(), one)),
  );
  assert.ok(versionText(older) < versionText(newer));
});

test("the hours of a spreadsheet are whole milliseconds", async () => {
  const sheet = instant({ format: "excel", zone: "Australia/Perth" });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 61, max: 80_000 }), fc.integer({ min: 0, max: 86_399_999 }), async (day, ms) => {
      const expected = new Date((day - 25_569) * 86_400_000 + ms - 8 * 3_600_000);
      // Perth had summers of its own.
      if (expected.getTime() < Date.UTC(2010, 0, 1)) return;
      const read = String(await made(sheet, day + ms / 86_400_000));
      assert.equal(new Date(read).getTime(), expected.getTime());
    }),
  );
});
