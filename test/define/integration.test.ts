import assert from "node:assert/strict";
import { test } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { byKey, csv, file, integration, poll, push, unverified, webhook } from "waybill";
import { z } from "zod";
import { refuses, seenAs, wrong } from "./refusal.ts";

const contract = z.object({ id: z.string() });
const whole = { source: push(), contract, identify: ({ id }: { id: string }) => ({ id }), async deliver() {} };
const poller = (name?: string) =>
  poll({ every: "5m", ...(name === undefined ? {} : { name }), fetch: async () => ({ records: [], cursor: "" }) });
/** An integration that says `changed` on top of what is whole. */
const orders = (changed: object) => () => integration("orders", seenAs<typeof whole>({ ...whole, ...changed }));

refuses([
  {
    name: "unique that answers later",
    made: () => integration("orders", { ...whole, unique: async () => 1 } as never),
    says: 'integration "orders": unique is an async function, and its result is needed at once.',
  },
  {
    name: "a name with a space and capitals",
    made: () => integration("Orders to books", whole),
    says: 'integration(): "Orders to books" cannot be a name.',
    hints:
      'lower-case letters, digits, "-", "_" and ".", begins with a letter or digit, and is at most 100 long: "orders-to-books".',
  },
  { name: "an empty name", made: () => integration("", whole), says: 'integration(): "" cannot be a name.' },
  {
    name: "no name",
    made: () => integration(wrong(undefined), whole),
    says: "integration(): nothing cannot be a name.",
  },
  {
    name: "a name that is too long",
    made: () => integration("a".repeat(101), whole),
    says: `integration(): "${"a".repeat(57)}"… cannot be a name.`,
  },
  {
    name: "no definition",
    made: () => integration("orders", wrong(undefined)),
    says: 'integration "orders": its options are nothing, and an object is expected.',
  },
  {
    name: "a mistyped option",
    made: orders({ changedOny: () => 1 }),
    says: 'integration "orders": there is no option "changedOny".',
    hints: 'Did you mean "changedOnly"?',
  },
  {
    name: "an option that is near nothing",
    made: orders({ xyzzy: 1 }),
    says: 'integration "orders": there is no option "xyzzy".',
    hints: "The options are: source, contract, identify",
  },
  {
    name: "no source",
    made: orders({ source: undefined }),
    says: 'integration "orders": "source" is missing.',
    hints: "Say where records come from",
  },
  { name: "no contract", made: orders({ contract: undefined }), says: 'integration "orders": "contract" is missing.' },
  { name: "no identify", made: orders({ identify: undefined }), says: 'integration "orders": "identify" is missing.' },
  { name: "no deliver", made: orders({ deliver: undefined }), says: 'integration "orders": "deliver" is missing.' },
  {
    name: "an empty list of sources",
    made: orders({ source: [] }),
    says: 'integration "orders": its list of sources is empty.',
  },
  {
    name: "a source that was not called",
    made: orders({ source: push }),
    says: 'integration "orders": source is a function.',
    hints: "Call it: push().",
  },
  {
    name: "a source as text",
    made: orders({ source: "/shop/orders" }),
    says: 'integration "orders": source is "/shop/orders".',
    hints: "Make it with webhook(…), poll(…), push() or file(…).",
  },
  {
    name: "the same source given twice",
    made: orders({ source: [whole.source, whole.source] }),
    says: 'integration "orders": the source push() is given twice.',
    hints: "Every record would come twice",
  },
  {
    name: "one path given twice",
    made: orders({ source: [webhook("/a", { verify: unverified }), webhook("/a", { verify: unverified })] }),
    says: 'integration "orders": the source webhook("/a") is given twice.',
  },
  {
    name: "one glob given twice",
    made: orders({ source: [file("*.csv", { format: csv() }), file("*.csv", { format: csv() })] }),
    says: 'integration "orders": the source file("*.csv") is given twice.',
  },
  {
    name: "two polls without names",
    made: orders({ source: [poller(), poller()] }),
    says: 'integration "orders": it has two polls without a name.',
    hints: "The cursor is kept under the name",
  },
  {
    name: "two polls of one name",
    made: orders({ source: [poller("recent"), poller("recent")] }),
    says: 'integration "orders": it has two polls named "recent".',
  },
  {
    name: "a contract that is no schema",
    made: orders({ contract: { id: "string" } }),
    says: 'integration "orders": contract is an object, and a schema is expected.',
    hints: "zod (4, or 3.24 and later), valibot 1, arktype 2",
  },
  {
    name: "a contract that is a class",
    made: orders({ contract: Map }),
    says: 'integration "orders": contract is a function, and a schema is expected.',
  },
  {
    name: "identify that is no function",
    made: orders({ identify: "id" }),
    says: 'integration "orders": identify is "id", and a function is expected.',
  },
  {
    name: "identify that gives a promise",
    made: orders({ identify: async () => ({ id: "1" }) }),
    says: 'integration "orders": identify is an async function, and its result is needed at once.',
  },
  {
    name: "accept that gives a promise, which would take everything",
    made: orders({ accept: async () => false }),
    says: 'integration "orders": accept is an async function, and its result is needed at once.',
  },
  {
    name: "changedOnly that is no function",
    made: orders({ changedOnly: true }),
    says: 'integration "orders": changedOnly is true, and a function is expected.',
  },
  {
    name: "deliver that is no function",
    made: orders({ deliver: byKey() }),
    says: 'integration "orders": deliver is an object, and a function is expected.',
  },
  {
    name: "latestOnly that is neither true nor false",
    made: orders({ latestOnly: "version" }),
    says: 'integration "orders": latestOnly is "version", and true or false is expected.',
  },
  {
    name: "a mistyped order",
    made: orders({ order: "strikt" }),
    says: 'integration "orders": order is "strikt".',
    hints: 'Did you mean "strict"?',
  },
  {
    name: "sameId that is no choice",
    made: orders({ sameId: true }),
    says: 'integration "orders": sameId is true.',
    hints: "The choices are: conflict, ignore.",
  },
  {
    name: "a duration without a unit",
    made: orders({ deliverTimeout: "60" }),
    says: 'integration "orders": deliverTimeout is "60", which is not a duration.',
    hints: 'Write a number and a unit: "250ms", "10s", "5m", "24h" or "30d".',
  },
  {
    name: "a duration as a number",
    made: orders({ retry: { first: 1000 } }),
    says: 'integration "orders": retry.first is 1000, which is not a duration.',
  },
  {
    name: "a duration out of its range",
    made: orders({ deliverTimeout: "2d" }),
    says: 'integration "orders": deliverTimeout is "2d", and from "1ms" to "1d" is expected.',
  },
  {
    name: "a mistyped option of retry",
    made: orders({ retry: { giveupAfter: "3d" } }),
    says: 'integration "orders": retry has no option "giveupAfter".',
    hints: 'Did you mean "giveUpAfter"?',
  },
  {
    name: "retry that is no object",
    made: orders({ retry: 5 }),
    says: 'integration "orders": retry is 5, and an object is expected.',
  },
  {
    name: "a longest pause that is shorter than the first",
    made: orders({ retry: { first: "1m", longest: "30s" } }),
    says: 'integration "orders": retry.longest is "30s", and retry.first is "1m", which is longer.',
  },
  {
    name: "load without its entity",
    made: orders({ load: { fetch: async () => ({}) } }),
    says: 'integration "orders": "load.entity" is missing.',
    hints: "Which entity a notice is about",
  },
  {
    name: "load as text",
    made: orders({ load: "/orders" }),
    says: 'integration "orders": load is "/orders".',
    hints: "(notice) => books.get(…)",
  },
  {
    name: "load that is async where it has to give a read",
    made: orders({ load: async () => ({}) }),
    says: 'integration "orders": load is an async function, and a read is expected.',
    hints: "{ entity, fetch }",
  },
  {
    name: "load with a mistyped option",
    made: orders({ load: { entiy: () => "1", fetch: async () => ({}) } }),
    says: 'integration "orders": load has no option "entiy".',
  },
  {
    name: "drift with a mistyped option",
    made: orders({ drift: { ignored: ["tags"] } }),
    says: 'integration "orders": drift has no option "ignored".',
  },
  {
    name: "drift that ignores nothing",
    made: orders({ drift: { ignore: [] } }),
    says: 'integration "orders": drift.ignore is an empty list.',
    hints: 'drift: { ignore: ["customer.tags", "lines[].note"] }',
  },
  {
    name: "drift that ignores what is no path",
    made: orders({ drift: { ignore: ["lines[0].note"] } }),
    says: 'integration "orders": drift.ignore names "lines[0].note", which is no path.',
    hints: "lines[].note",
  },
  {
    name: "volume that expects nothing",
    made: orders({ volume: { per: "1h" } }),
    says: 'integration "orders": volume says neither atLeast nor atMost.',
  },
  {
    name: "volume without its length of time",
    made: orders({ volume: { atLeast: 1 } }),
    says: 'integration "orders": "volume.per" is missing.',
  },
  {
    name: "volume that wants more than it allows",
    made: orders({ volume: { atLeast: 5, atMost: 1, per: "1h" } }),
    says: 'integration "orders": volume.atLeast is 5, and volume.atMost is 1, which is less.',
  },
  {
    name: "volume that counts in halves",
    made: orders({ volume: { atLeast: 0.5, per: "1h" } }),
    says: 'integration "orders": volume.atLeast is 0.5, and a whole number from 0 to 1000000000 is expected.',
  },
  {
    name: "volume in a zone that there is not",
    made: orders({ volume: { atLeast: 1, per: "1h", zone: "Australia/Peth" } }),
    says: 'integration "orders": volume.zone is "Australia/Peth", which is no time zone.',
    hints: 'Did you mean "Australia/Perth"?',
  },
  {
    name: "volume at hours that cannot be read",
    made: orders({ volume: { atLeast: 1, per: "1h", during: "weekdays 8-18" } }),
    says: 'integration "orders": volume.during is "weekdays 8-18", which cannot be read.',
    hints: '"Mon-Fri 08:00-18:00"',
  },
  {
    name: "reconcile with one side",
    made: orders({ reconcile: { source: async function* () {} } }),
    says: 'integration "orders": "reconcile.destination" is missing.',
    hints: "reconcile needs both sides",
  },
]);

test("what is left out gets its default", () => {
  const { name, definition } = integration("orders", whole);
  assert.equal(name, "orders");
  assert.equal(definition.name, "orders");
  assert.deepEqual(definition.sources, [{ kind: "push" }]);
  assert.deepEqual(definition.retry, { giveUpAfterMs: 259_200_000, firstMs: 1_000, longestMs: 900_000 });
  assert.equal(definition.deliverTimeoutMs, 300_000);
  assert.equal(definition.latestOnly, false);
  assert.equal(definition.order, "perKey");
  assert.equal(definition.sameId, "conflict");
  for (const option of ["accept", "changedOnly", "load", "volume", "reconcile"] as const) {
    assert.equal(definition[option], undefined);
  }
});

test("a first pause beyond the usual longest one is the longest one", () => {
  const { retry } = integration("orders", { ...whole, retry: { first: "1h", giveUpAfter: "0s" } }).definition;
  assert.deepEqual(retry, { giveUpAfterMs: 0, firstMs: 3_600_000, longestMs: 3_600_000 });
});

test("a definition cannot be changed behind Waybill's back", () => {
  const made = integration("orders", whole);
  assert.throws(() => Object.assign(made, { name: "other" }), TypeError);
  assert.throws(() => Object.assign(made.definition, { order: "strict" }), TypeError);
  assert.throws(() => (made.definition.sources as unknown[]).push(push()), TypeError);
});

test("schemas of zod, valibot and arktype are contracts", async () => {
  for (const schema of [contract, v.object({ id: v.string() }), type({ id: "string" })]) {
    const { definition } = integration("orders", { ...whole, contract: schema });
    const result = await definition.contract["~standard"].validate({ id: "1" });
    assert.deepEqual("value" in result && result.value, { id: "1" });
  }
});

test("days, hours or both say when volume is expected", () => {
  for (const during of ["Mon-Fri 08:00-18:00", "Mon,Wed-Thu,Sat", "06:00-22:00", "Sun 00:00-24:00", "22:00-06:00"]) {
    assert.equal(orders({ volume: { atMost: 5, per: "1d", during } })().definition.volume?.during, during);
  }
  for (const during of ["", "Mon Fri", "Mon-", "8:00-18:00", "08:00-25:00", "Mon-Fri 08:00", "mon"]) {
    assert.throws(orders({ volume: { atMost: 5, per: "1d", during } }), /volume\.during/, during);
  }
});

test("one source may feed several integrations, and polls are told apart by name", () => {
  const shared = webhook("/shop/orders", { verify: unverified });
  const both = ["one", "two"].map((name) => integration(name, { ...whole, source: shared }).definition.sources[0]);
  assert.equal(both[0], both[1]);
  assert.equal(
    orders({ source: [poller(), poller("archive"), poller("recent"), shared] })().definition.sources.length,
    4,
  );
});
