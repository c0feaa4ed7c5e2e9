import assert from "node:assert/strict";
import { test } from "node:test";
import { byKey, integration, poll, system } from "waybill";
import { rehearse } from "waybill/rehearse";
import { z } from "zod";
import { Listing } from "../../src/rehearse/reading/listing.ts";
import { fallOf } from "./bugs/fall.ts";
import { byNext, byTime, all as right } from "./polls/right.ts";
import { all as wrong } from "./polls/wrong.ts";

// Polls are read in a night as they are written. `REHEARSE_NIGHTS=60 node --test test/rehearse/polls.test.ts` for more than CI has time for.

const nights = Number(process.env.REHEARSE_NIGHTS ?? 8);
const showed = "what the source showed is not lost";

for (const one of right)
  test(`a poll that is right keeps every promise, and is really read: ${one.name}`, async () => {
    const report = await rehearse(one, { nights, seed: 1 });
    assert.ok(report.ok, report.summary);
    assert.deepEqual(
      report.notExercised.filter((what) => /poll source is not read/.test(what)),
      [],
    );
    assert.ok(report.promises.some(({ name }) => name === showed));
    // Of fifty records a night, those that no list could hold are left out.
    assert.ok(report.records > nights * 40, `only ${report.records} records`);
  });

for (const one of wrong)
  test(`a poll that loses what its source showed falls within some nights: ${one.name}`, async () => {
    const fall = await fallOf(one, 30);
    assert.equal(fall?.promise, showed, fall?.story.join("\n"));
  });

test("the same seed reads the same pages: the history is the same, across crashes and restarts", async () => {
  const history = async (seed: number) => (await rehearse([byNext, byTime], { nights: 3, seed })).history;
  const [one, again, other] = [await history(5), await history(5), await history(6)];
  assert.equal(one, again);
  assert.notEqual(one, other);
});

test("what a reading brought stands in the world of a check, beside what was handed in", async () => {
  const check = ({ records }: { readonly records: readonly { readonly value: unknown; readonly state: string }[] }) => {
    assert.ok(records.some(({ value, state }) => state === "delivered" && "changed" in (value as object)));
    assert.ok(records.length > 20, `only ${records.length} records`);
  };
  const report = await rehearse(byTime, { nights: 2, seed: 3, check });
  assert.ok(report.ok, report.summary);
});

const people = system("people-unknown", { baseUrl: "https://people.example.com" });
const unknown = (name: string, options: Pick<Parameters<typeof poll<string>>[0], "fetch" | "simulate">) =>
  integration(name, {
    source: poll<string>({ every: "5m", ...options }),
    contract: z.object({ id: z.string().min(1) }),
    identify: ({ id }) => ({ id }),
    async deliver({ id }, { effect }) {
      await effect("make", people.post("/things", { json: { id }, idempotency: byKey() }));
    },
  });

test("where nobody can tell how a source answers, its records are handed in, and the report says why", async () => {
  const List = z.object({ items: z.array(z.object({ kind: z.string(), entry: z.object({ key: z.string() }) })) });
  const Next = z.object({ items: z.array(z.unknown()), next: z.string().nullable() });
  const cases = [
    {
      why: /\(what it expects of an answer is no list of records\)\. Say how its source answers: poll\(\{ simulate \}\)/,
      of: unknown("says-nothing", {
        fetch: async ({ call }) => ({ records: (await call(people.get("/all"))) as unknown[], cursor: "" }),
      }),
    },
    {
      why: /\(what it expects of an answer is not a list of what its contract takes\)/,
      of: unknown("wraps", {
        async fetch({ call }) {
          const { items } = await call(people.get("/entries", { expect: List }));
          return { records: items.map(({ entry }) => ({ id: entry.key })), cursor: "" };
        },
      }),
    },
    {
      why: /\(it asks with since=\d+, which no answer of its source held\)/,
      of: unknown("counts", {
        async fetch({ cursor = "0", call }) {
          const { items } = await call(people.get("/all", { query: { since: cursor }, expect: Next }));
          return { records: items, cursor: String(Number(cursor) + 1 + items.length) };
        },
      }),
    },
    {
      why: /\(its simulate failed: not now\)/,
      of: unknown("fails", {
        fetch: async ({ call }) => ({ records: (await call(people.get("/all"))) as unknown[], cursor: "" }),
        simulate: () => {
          throw new Error("not now");
        },
      }),
    },
  ];
  for (const { of, why } of cases) {
    const report = await rehearse(of, { nights: 2, seed: 2 });
    assert.ok(report.ok, report.summary);
    assert.match(report.notExercised.join("\n"), why);
    assert.ok(report.records > 70, `only ${report.records} records were handed in`);
    assert.ok(!report.promises.some(({ name }) => name === showed));
  }
});

test("an answer is made from what is expected of it: the records in its one list, and what leads on around it", () => {
  const made = (schema: z.ZodType, more: boolean): unknown => {
    const listing = Listing.of(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
    if (!(listing instanceof Listing)) return listing.why;
    return listing.filled({ records: [{ id: 1 }], more, count: 9, token: (to, as) => `${to} as ${as}` });
  };
  const items = z.array(z.unknown());
  const Rows = z.array(z.object({ id: z.number() }));
  const table: readonly (readonly [z.ZodType, unknown, unknown])[] = [
    [Rows, [{ id: 1 }], [{ id: 1 }]],
    [
      z.object({ items, next: z.string().nullable(), as_of: z.iso.datetime() }),
      { items: [{ id: 1 }], next: "next-page as text", as_of: "end as instant" },
      { items: [{ id: 1 }], next: null, as_of: "end as instant" },
    ],
    [
      z.object({ results: Rows, paging: z.object({ next: z.object({ after: z.string() }) }).optional() }),
      { results: [{ id: 1 }], paging: { next: { after: "next-page as text" } } },
      { results: [{ id: 1 }] },
    ],
    [
      z.object({
        object: z.literal("list"),
        data: items,
        cursor: z.string(),
        has_more: z.boolean(),
        total: z.number(),
      }),
      { object: "list", data: [{ id: 1 }], cursor: "next-page as text", has_more: true, total: 9 },
      { object: "list", data: [{ id: 1 }], cursor: "next-page as text", has_more: false, total: 9 },
    ],
    [
      z.object({ items, prev: z.url().nullable(), next: z.url().nullable(), error: z.string().nullable() }),
      { items: [{ id: 1 }], prev: null, next: "next-page as address", error: null },
      { items: [{ id: 1 }], prev: null, next: null, error: null },
    ],
    [z.object({ id: z.string() }), "expect names no list in the answer", "expect names no list in the answer"],
    [
      z.object({ items, removed: Rows }),
      "expect names more than one list in the answer",
      "expect names more than one list in the answer",
    ],
  ];
  for (const [schema, first, last] of table) {
    assert.deepEqual(made(schema, true), first);
    assert.deepEqual(made(schema, false), last);
  }
});
