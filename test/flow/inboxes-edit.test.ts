import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { editableText } from "../../src/flow/inbox-edit.ts";
import type { Edit } from "../../src/flow/inboxes.ts";
import type { Integration } from "../../src/index.ts";
import { integration, natural, push, system } from "../../src/index.ts";
import { destination, type Fate, refusal, running, type Shop, schemaOf, shopOf, until } from "./person.ts";

const ann = { actor: "ann", why: "the shop says so" };
const set = (path: string, value: unknown): Edit => ({ kind: "changes", changes: [{ kind: "set", path, value }] });
const text = (value: string): Edit => ({ kind: "text", text: value });

/** The total is text, and the customer is named. */
const strict: Shop["contract"] = (value) => {
  const { total, of } = value as { total: unknown; of?: unknown };
  const issues = [
    ...(typeof total === "string" ? [] : [{ message: "expected text", path: ["total"] }]),
    ...(of === "nobody" ? [{ message: "has to be somebody", path: ["of"] }] : []),
  ];
  return issues.length > 0 ? { issues } : { value };
};

async function shopWith(t: TestContext, fate: (seen: unknown, count: number) => Fate, change: Partial<Shop> = {}) {
  const { url, seen } = await destination(t, fate);
  const { shop, orders } = shopOf(url);
  Object.assign(shop, { contract: strict }, change);
  const run = await running(t, [orders]);
  const state = async (record: string): Promise<readonly unknown[]> => {
    await run.settled();
    const { state: now, cause } = await run.whole(record);
    return [now, cause];
  };
  return { run, shop, seen, state, inboxes: run.assembly.inboxes };
}

const ok = (): Fate => ({ status: 200 });

test("an edit is checked at once, stays in the quarantine until it is let go, and keeps what came", async (t) => {
  const { run, inboxes, seen, state } = await shopWith(t, ok);
  const record = await run.send({ id: "A", of: "nobody", total: 12 });
  await assert.rejects(
    inboxes.edit(record, ann, set("total", "12")),
    refusal("refused-move", /breaks the contract: of: has to be somebody \(found "nobody"\)/),
  );
  assert.deepEqual(await state(record), ["quarantined", "contract"], "a refused edit changes nothing");

  const both: Edit = {
    kind: "changes",
    changes: [
      { kind: "set", path: "total", value: "12" },
      { kind: "unset", path: "of" },
    ],
  };
  const dry = await inboxes.edit(record, ann, both, { dryRun: true });
  assert.deepEqual([dry.state, dry.cause], ["quarantined", "edited"]);
  assert.deepEqual(await state(record), ["quarantined", "contract"]);

  await inboxes.edit(record, ann, both);
  assert.deepEqual(await state(record), ["quarantined", "edited"]);
  const whole = await run.whole(record);
  assert.equal(Buffer.from(whole.original ?? []).toString(), '{"id":"A","of":"nobody","total":12}');
  assert.equal(Buffer.from(whole.raw ?? []).toString(), '{"id":"A","total":"12"}');
  const entry = whole.timeline.find(({ what }) => what === "edited");
  assert.equal(entry?.actor, "ann");
  assert.deepEqual(JSON.parse(entry?.detail ?? ""), { why: "the shop says so", changed: ["of", "total"] });

  await inboxes.release(record, ann);
  assert.deepEqual(await state(record), ["delivered", undefined]);
  assert.deepEqual(
    seen.map(({ body }) => body),
    [{ ref: "A", total: "12" }],
  );
});

test("what broke as text is edited as text, and what is not JSON yet is not stored", async (t) => {
  const { run, inboxes, state } = await shopWith(t, ok);
  const { definition } = run.assembly.known("orders");
  const { itemOfJson } = await import("../../src/sources/push.ts");
  const { pushFeed } = await import("../../src/sources/feeds.ts");
  const { digest } = await import("../../src/model/identity.ts");
  const torn = '{"id":"A","total":"1';
  const flaw = { cause: "contract", path: "", message: "It is not JSON" } as const;
  const item = { ...itemOfJson("{}"), raw: torn, rawHash: digest(torn), value: undefined, flaw };
  const taken = await run.assembly.intake.take(pushFeed(definition), [item]);
  const record = (taken.kind === "taken" ? taken.items[0]?.[0]?.record : undefined) ?? "";
  assert.equal(editableText(await run.whole(record)).text, torn);
  await assert.rejects(inboxes.edit(record, ann, set("total", "1")), refusal("refused-move", /not JSON/, /as text/));
  await assert.rejects(inboxes.edit(record, ann, text(torn)), refusal("refused-move", /Nothing would change|not JSON/));
  await inboxes.edit(record, ann, text('{"id":"A","total":"1"}'));
  await inboxes.release(record, ann);
  assert.deepEqual(await state(record), ["delivered", undefined]);
});

test("a dead record is edited and replayed: the destination gets the new content under a new key", async (t) => {
  const { run, inboxes, seen, state } = await shopWith(t, (_, count) => ({ status: count === 1 ? 422 : 200 }));
  const record = await run.send({ id: "A", total: "wrong" });
  assert.deepEqual(await state(record), ["dead", "refused"]);
  for (const path of ["id", "of"]) {
    const change = path === "id" ? /change the id of record .* from "A" to "B"/ : /change the entity/;
    await assert.rejects(inboxes.edit(record, ann, set(path, "B")), refusal("refused-move", change, /Discard it/));
  }
  await inboxes.edit(record, ann, set("total", "right"));
  assert.deepEqual(await state(record), ["dead", "refused"], "why it is dead still stands there");
  await assert.rejects(
    inboxes.edit(record, ann, set("total", "right")),
    refusal("refused-move", /Nothing would change/),
  );
  await inboxes.replay(record, ann);
  assert.deepEqual(await state(record), ["delivered", undefined]);
  assert.deepEqual(
    seen.map(({ body }) => (body as { total: string }).total),
    ["wrong", "right"],
  );
  assert.notEqual(seen[0]?.key, seen[1]?.key);
});

test("what was never applied goes out with the new content, although the code is the same", async (t) => {
  let limited = true;
  const { run, inboxes, seen, state } = await shopWith(t, () => ({ status: limited ? 423 : 200 }));
  const record = await run.send({ id: "A", total: "1" });
  await until(async () => (await run.whole(record)).effects[0]?.state === "not-applied");
  await until(() =>
    inboxes.end(record, ann).then(
      () => true,
      () => false,
    ),
  );
  await inboxes.edit(record, ann, set("total", "2"));
  limited = false;
  const before = seen.length;
  await inboxes.replay(record, ann);
  assert.deepEqual(await state(record), ["delivered", undefined]);
  assert.deepEqual(
    seen.slice(before).map(({ body }) => (body as { total: string }).total),
    ["2"],
  );
});

test("an edit is refused while an effect is in doubt; after it, done effects stand uncompared", async (t) => {
  const { run, shop, inboxes, seen, state } = await shopWith(
    t,
    (_, count) => (count === 1 ? "lose" : { status: 200 }),
    {
      how: "atMostOnce",
    },
  );
  const record = await run.send({ id: "A", total: "1" });
  assert.deepEqual(await state(record), ["held", "in-doubt"]);
  await assert.rejects(
    inboxes.edit(record, ann, set("total", "2")),
    refusal("refused-move", /effect in doubt: "invoice"/, /held resolve/),
  );
  await inboxes.resolve(record, ann, { kind: "applied", result: { id: "inv_1" } });
  await run.settled();

  // A second one, whose answer is not what was expected: applied, and not in doubt.
  shop.expect = () => ({ issues: [{ message: "no" }] });
  const other = await run.send({ id: "B", total: "1" });
  assert.deepEqual(await state(other), ["held", "answer-unexpected"]);
  await inboxes.edit(other, ann, set("total", "2"));
  shop.expect = (value) => ({ value });
  await inboxes.resolve(other, ann, { kind: "reread" });
  assert.deepEqual(await state(other), ["delivered", undefined]);
  assert.equal(seen.length, 2, "what is done is not made again, and not compared with the new content");
});

test("an edit while a record is being delivered is refused, and so is one of what has changed since", async (t) => {
  const { run, inboxes } = await shopWith(t, () => "hang");
  const record = await run.send({ id: "A", total: "1" });
  await until(async () => (await run.whole(record)).state === "delivering");
  await assert.rejects(
    inboxes.edit(record, ann, set("total", "2")),
    refusal("refused-move", /being delivered right now/),
  );

  const broken = await run.send({ id: "B", total: 1 });
  const { revision } = await run.whole(broken);
  await inboxes.edit(broken, ann, set("total", "2"), { revision });
  await assert.rejects(
    inboxes.edit(broken, ann, set("total", "3"), { revision }),
    refusal("refused-move", /changed while it was looked at/),
  );
});

test("a record that a program handed in keeps its dates and big numbers through an edit", async (t) => {
  const books = system("books", { baseUrl: "http://127.0.0.1:9" });
  const got: unknown[] = [];
  let open = false;
  const orders = integration("orders", {
    source: push(),
    contract: schemaOf((value) =>
      open || "note" in (value as object) ? { value } : { issues: [{ message: "no note" }] },
    ),
    identify: ({ id }) => ({ id }),
    async deliver(order, { effect }) {
      await effect("noop", books.perform({ idempotency: natural, run: async () => got.push(order) }));
    },
  });
  const run = await running(t, [orders as Integration]);
  const at = new Date(1_700_000_000_000);
  const record = await run.send({ id: "A", at, big: 2n ** 80n });
  await run.assembly.inboxes.edit(record, ann, set("note", "x"));
  open = true;
  await run.assembly.inboxes.release(record, ann);
  await run.settled();
  assert.deepEqual(got, [{ id: "A", at, big: 2n ** 80n, note: "x" }]);
});

test("a notice that names no entity is edited until it does, and is loaded then", async (t) => {
  const { url, seen } = await destination(t, () => ({ status: 200, body: { id: "C-7", name: "Ann" } }));
  const crm = system("crm", { baseUrl: url, breaker: false });
  const contacts = integration("orders", {
    source: push(),
    load: {
      entity: (notice) => (notice as { about?: string }).about as string,
      fetch: async (notice, { call }) => call(crm.get(`/contacts/${(notice as { about: string }).about}`)),
    },
    contract: schemaOf((value) => ({ value })),
    identify: ({ id }) => ({ id }),
    async deliver() {},
  });
  const run = await running(t, [contacts as Integration]);
  const { inboxes } = run.assembly;
  const record = await run.send({ subject: "C-7" });
  assert.equal((await run.whole(record)).cause, "identity");
  await assert.rejects(
    inboxes.release(record, ann),
    refusal("refused-move", /names no entity.*load\.entity/, /Edit it/),
  );
  await inboxes.edit(record, ann, set("about", "C-7"));
  assert.equal((await inboxes.release(record, ann)).state, "waiting");
  await run.settled();
  const whole = await run.whole(record);
  assert.deepEqual([whole.state, whole.entity], ["delivered", "C-7"]);
  assert.equal(seen.length, 1);
});
