import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Many, moveMany, select } from "../../src/flow/inbox-many.ts";
import type { MoveOptions } from "../../src/flow/inboxes.ts";
import type { RecordFilter } from "../../src/ledger/ledger.ts";
import { destination, type Fate, running, type Shop, shopOf } from "./person.ts";

const ann = { actor: "ann", why: "all of them" };
const totalIsText: Shop["contract"] = (value) =>
  typeof (value as { total: unknown }).total === "string"
    ? { value }
    : { issues: [{ message: "expected text", path: ["total"] }] };
const asText: Shop["contract"] = (value) => ({ value: { ...(value as object), total: "0" } });

async function shopWith(t: TestContext, fate: () => Fate = () => ({ status: 200 })) {
  const { url, seen } = await destination(t, fate);
  const { shop, orders } = shopOf(url);
  shop.contract = totalIsText;
  const run = await running(t, [orders]);
  const { ledger, inboxes } = run.assembly;
  const many = async (
    filter: RecordFilter,
    move: (record: string, options: MoveOptions) => ReturnType<typeof inboxes.release>,
    options: Partial<{ dryRun: boolean; overtaken: boolean; limit: number }> = {},
  ): Promise<Many> =>
    moveMany(ledger, await select(ledger, filter, options.limit), move, {
      dryRun: false,
      overtaken: false,
      limit: undefined,
      ...options,
    });
  return { run, shop, seen, ledger, inboxes, many };
}

const inShort = ({ results, failures }: Many): unknown[] => [
  ...results.map(({ state, cause, count }) => [state, cause, count]),
  ...failures.map(({ message, count }) => [message, count]),
];

test("a dry run says what would become of everything selected, and what it said becomes of it", async (t) => {
  const { run, shop, seen, inboxes, many } = await shopWith(t);
  await run.send({ id: "A-0", total: "1" });
  await run.settled();
  for (let number = 0; number < 300; number++) await run.send({ id: `A-${number}`, total: number });
  const still = await run.send({ id: "B", total: { odd: true } });
  shop.contract = (value) =>
    typeof (value as { total: unknown }).total === "object" ? totalIsText(value) : asText(value);
  const release = (record: string, options: MoveOptions) => inboxes.release(record, ann, options);
  const quarantined = { states: ["quarantined"] } as const;

  const expected = [
    ["waiting", null, 299],
    ["quarantined", "conflict", 1],
    ["Record … still breaks the contract: total: expected text.", 1],
  ];
  const dry = await many(quarantined, release, { dryRun: true });
  assert.deepEqual(inShort(dry), expected);
  assert.deepEqual([dry.selected, dry.failed, dry.failures[0]?.records], [301, 1, [still]]);
  assert.equal(seen.length, 1, "nothing was sent");
  assert.equal((await many(quarantined, release, { dryRun: true, limit: 10 })).selected, 10);

  assert.deepEqual(inShort(await many(quarantined, release)), expected);
  await run.settled();
  assert.equal(seen.length, 300);
});

test("a dry run sees that two of those selected have one id between them, and leaves what others came first with", async (t) => {
  const { run, shop, inboxes, many } = await shopWith(t);
  await run.send({ id: "D", total: "1" });
  await run.send({ id: "D", total: "2" });
  for (const total of [1, 2, 3]) await run.send({ id: "A", total, note: total === 3 ? "other" : "same" });
  shop.contract = asText;
  const release = (record: string, options: MoveOptions) =>
    inboxes.release(record, ann, { ...options, leaveConflicts: true });
  const expected = [
    ["waiting", null, 1],
    ["discarded", "duplicate", 1],
    ["quarantined", "conflict", 1],
    ["Record … has the id of another one, and would be delivered beside it.", 1],
  ];
  assert.deepEqual(inShort(await many({ states: ["quarantined"] }, release, { dryRun: true })), expected);
  assert.deepEqual(inShort(await many({ states: ["quarantined"] }, release)), expected);
});

test("after a deploy everything is read again: what passes goes, the rest has its new reasons, conflicts stay", async (t) => {
  const { run, shop, seen, inboxes, many } = await shopWith(t);
  await run.send({ id: "C", total: "1" });
  const conflict = await run.send({ id: "C", total: "2" });
  const records: string[] = [];
  for (const total of [1, 2, null]) records.push(await run.send({ id: `A-${total}`, total }));
  shop.contract = (value) =>
    (value as { total: unknown }).total === null
      ? { issues: [{ message: "a total is needed", path: ["total"] }] }
      : asText(value);
  const recheck = (record: string, options: MoveOptions) => inboxes.release(record, ann, { ...options, recheck: true });
  const rechecked = await many({ states: ["quarantined"] }, recheck);
  assert.deepEqual(inShort(rechecked), [
    ["waiting", null, 2],
    ["quarantined", "conflict", 1],
    ["quarantined", "contract", 1],
  ]);
  await run.settled();
  const left = await run.whole(records[2] ?? "");
  assert.equal(left.reason, "total: a total is needed");
  assert.deepEqual(left.issues, [{ path: "total", message: "a total is needed", found: "null" }]);
  assert.equal((await run.whole(conflict)).timeline.length, 0);
  await many({ states: ["quarantined"] }, recheck);
  assert.equal((await run.whole(left.record)).revision, left.revision, "what is as it was is not written again");
  assert.equal(seen.length, 3);
});

test("what changed after it was selected is named and left alone, and keeps nothing else back", async (t) => {
  const { run, shop, seen, inboxes, many } = await shopWith(t);
  const records: string[] = [];
  for (let number = 0; number < 10; number++) records.push(await run.send({ id: `A-${number}`, total: number }));
  shop.contract = asText;
  let meddled = false;
  const result = await many({ states: ["quarantined"] }, async (record, options) => {
    if (!meddled) {
      meddled = true;
      await inboxes.edit(records[3] ?? "", ann, {
        kind: "changes",
        changes: [{ kind: "set", path: "total", value: 33 }],
      });
    }
    if (record === records[3]) await new Promise((resolve) => setTimeout(resolve, 100));
    return inboxes.release(record, ann, options);
  });
  assert.deepEqual(inShort(result), [
    ["waiting", null, 9],
    ["Record … changed while it was looked at: it is quarantined now.", 1],
  ]);
  assert.deepEqual(result.failures[0]?.records, [records[3]]);
  await run.settled();
  assert.equal(seen.length, 9);
});

test("all that newer records overtook are named together, and go only with a word", async (t) => {
  let refusing = true;
  const { run, seen, inboxes, many } = await shopWith(t, () => ({ status: refusing ? 422 : 200 }));
  const old = [await run.send({ id: "A-1", of: "A", total: "1" }), await run.send({ id: "A-2", of: "A", total: "2" })];
  const alone = await run.send({ id: "B", total: "3" });
  await run.settled();
  refusing = false;
  const newer = await run.send({ id: "A-3", of: "A", total: "4" });
  await run.settled();
  const replay = (record: string, options: MoveOptions) => inboxes.replay(record, ann, options);
  const result = await many({ states: ["dead"] }, replay);
  assert.deepEqual(inShort(result), [
    ["waiting", null, 1],
    ["Newer records of its key have been delivered since.", 2],
  ]);
  assert.deepEqual([result.results[0]?.samples, result.failures[0]?.records], [[alone], old]);
  assert.deepEqual(result.failures[0]?.overtakenBy, [newer]);
  assert.match(result.failures[0]?.hint ?? "", /--overtaken/);
  await run.settled();
  assert.deepEqual(inShort(await many({ states: ["dead"] }, replay, { overtaken: true })), [["waiting", null, 2]]);
  await run.settled();
  assert.equal(seen.length, 3 + 1 + 3);
});
