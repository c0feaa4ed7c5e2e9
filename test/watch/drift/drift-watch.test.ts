import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acceptedAfterMs, type Drift, DriftWatch } from "../../../src/watch/drift/drift-watch.ts";
import { seededRandom } from "../../../src/world/random.ts";

// What a vendor changes without a word, and what it changes all the time.

type Payload = Record<string, unknown>;
const of = (watch: DriftWatch): readonly Drift[] => watch.drifts;

/** An order as shops send them: optional fields, nulls, an enum, nested lines. */
function order(random: ReturnType<typeof seededRandom>, at: number): Payload {
  return {
    id: `order-${at}`,
    status: ["open", "paid", "shipped"][Math.floor(random.next() * 3)],
    total: Math.round(random.next() * 10_000) / 100,
    note: random.next() < 0.3 ? null : "x".repeat(5 + Math.floor(random.next() * 60)),
    customer: {
      email: `person${at}@example.org`,
      name: `Person ${Math.floor(random.next() * 1_000)}`,
      ...(random.next() < 0.1 ? { vat: "AT1" } : {}),
    },
    lines: Array.from({ length: 1 + Math.floor(random.next() * 4) }, () => ({
      sku: `S-${Math.floor(random.next() * 500)}`,
      count: 1 + Math.floor(random.next() * 5),
    })),
    ...(random.next() < 0.6 ? { coupon: "SPRING" } : {}),
  };
}

const edits: Record<string, { edit: (payload: Payload) => Payload; kind: string; path: string }> = {
  "a new field": { edit: (payload) => ({ ...payload, channel: "web" }), kind: "new", path: "channel" },
  "a missing field": { edit: ({ total: _, ...payload }) => payload, kind: "missing", path: "total" },
  "a field that is missing further in": {
    edit: (payload) =>
      JSON.parse(JSON.stringify({ ...payload, customer: { ...(payload.customer as Payload), email: undefined } })),
    kind: "missing",
    path: "customer.email",
  },
  "a half-usual field that is gone": { edit: ({ coupon: _, ...payload }) => payload, kind: "missing", path: "coupon" },
  "a number that became text": {
    edit: (payload) => ({ ...payload, total: String(payload.total) }),
    kind: "type",
    path: "total",
  },
  "a list that became an object": {
    edit: (payload) => ({ ...payload, lines: { 0: payload.lines } }),
    kind: "type",
    path: "lines",
  },
  "a new value of an enum": { edit: (payload) => ({ ...payload, status: "PAID" }), kind: "values", path: "status" },
  "more nulls": { edit: (payload) => ({ ...payload, note: null }), kind: "nulls", path: "note" },
  "longer ids": {
    edit: (payload) => ({ ...payload, id: `${payload.id}-${"0".repeat(24)}` }),
    kind: "length",
    path: "id",
  },
  "cents instead of euros": {
    edit: (payload) => ({ ...payload, total: Number(payload.total) * 100 }),
    kind: "size",
    path: "total",
  },
};

describe("drift", () => {
  for (const [name, { edit, kind, path }] of Object.entries(edits)) {
    it(`finds ${name} within 50 records, and names it over when it is over`, () => {
      for (const seed of [1, 2, 3, 4, 5]) {
        const random = seededRandom(seed);
        const watch = new DriftWatch();
        const learnt = 150 + Math.floor(random.next() * 200);
        for (let at = 0; at < learnt; at++) watch.add(`r${at}`, order(random, at), at * 1_000);
        assert.deepEqual(of(watch), [], `seed ${seed}: nothing has changed yet`);
        let after = 0;
        while (after < 50 && of(watch).length === 0)
          watch.add(`d${after}`, edit(order(random, learnt + after++)), learnt * 1_000);
        const [found] = of(watch);
        assert.deepEqual([found?.kind, found?.path], [kind, path], `seed ${seed}: after ${after} records`);
        assert.ok(
          found !== undefined && found.records.length > 0 && found.records.every((record) => record.startsWith("d")),
        );
        for (let at = 0; at < 60; at++) watch.add(`b${at}`, order(random, at), learnt * 1_000);
        assert.deepEqual(of(watch), [], `seed ${seed}: it is over`);
      }
    });
  }

  it("finds nothing in 5,000 orders in which nothing has changed, whatever the seed", () => {
    for (const seed of [11, 12, 13]) {
      const random = seededRandom(seed);
      const watch = new DriftWatch();
      const orders = Array.from({ length: 5_000 }, (_, at) => order(random, at));
      const found = new Set<string>();
      for (const [at, payload] of orders.entries()) {
        watch.add(`r${at}`, payload, at);
        for (const drift of of(watch))
          found.add(`${drift.kind} ${drift.path}: ${drift.was} -> ${drift.now} (payload ${at})`);
      }
      assert.deepEqual([...found], [], `seed ${seed}`);
    }
  });

  it("takes what lasts for a week for usual, and goes on from what was kept", () => {
    const random = seededRandom(5);
    let watch = new DriftWatch();
    for (let at = 0; at < 200; at++) watch.add(`r${at}`, order(random, at), 0);
    const renamed = (at: number): Payload => {
      const { total, ...payload } = order(random, at);
      return { ...payload, amount: total };
    };
    for (let at = 0; at < 50; at++) watch.add(`d${at}`, renamed(at), 1_000);
    watch = new DriftWatch(JSON.parse(JSON.stringify(watch.state())));
    assert.deepEqual(
      of(watch)
        .map(({ kind, path }) => `${kind} ${path}`)
        .sort(),
      ["missing total", "new amount"],
    );
    for (let at = 0; at < 200; at++) watch.add(`e${at}`, renamed(at), 1_000 + acceptedAfterMs);
    assert.deepEqual(of(watch), []);
    for (let at = 0; at < 50; at++) watch.add(`f${at}`, order(random, at), 2_000 + acceptedAfterMs);
    assert.deepEqual(
      of(watch)
        .map(({ kind, path }) => `${kind} ${path}`)
        .sort(),
      ["missing amount", "new total"],
      "the old way is the change now",
    );
  });

  it("stays small whatever comes: 10,000 fields, names that are never the same, deep and long payloads", () => {
    const random = seededRandom(9);
    const watch = new DriftWatch();
    const wide = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, at) => [
        `field${at}x`.replace(/\d/g, (digit) => "abcdefghij"[Number(digit)] ?? ""),
        at,
      ]),
    );
    let deep: unknown = 1;
    for (let at = 0; at < 5_000; at++) deep = { deep };
    for (let at = 0; at < 120; at++) {
      const word = Array.from({ length: 8 }, () => "abcdefghij"[Math.floor(random.next() * 10)]).join("");
      watch.add(
        `r${at}`,
        {
          ...wide,
          [word]: at,
          [`user-${at}@example.org`]: 1,
          ["__proto__x"]: 1,
          deep,
          text: "y".repeat(100_000),
          list: Array.from({ length: 10_000 }, () => word),
        },
        at,
      );
    }
    const bytes = JSON.stringify(watch.state()).length;
    assert.ok(bytes < 400_000, `${bytes} bytes are kept`);
    assert.ok(watch.learnt.places <= 256);
    assert.ok(!JSON.stringify(watch.state()).includes("@example.org"), "a name that is a person's is no field");
  });

  it("shows no values but codes of a closed set", () => {
    const watch = new DriftWatch();
    for (let at = 0; at < 200; at++)
      watch.add(`r${at}`, { status: ["open", "paid"][at % 2], who: ["Ann Smith", "0664 123456"][at % 2] }, 0);
    for (let at = 0; at < 40; at++) watch.add(`d${at}`, { status: "void", who: "Berta Jones" }, 0);
    const text = JSON.stringify(of(watch));
    assert.match(text, /\\"void\\"/);
    assert.doesNotMatch(text, /Ann|0664|Berta/);
  });
});
