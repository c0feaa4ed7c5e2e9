import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { integration, later, push } from "../../src/index.ts";
import { refusal, running, until } from "./person.ts";

const ann = { actor: "ann", why: "the shop says so" };

interface Customer {
  readonly id: string;
  readonly version?: number;
  readonly email?: unknown;
}

/** Orders are customers here, whose email addresses are one each; `deliver` does as `fate` says. */
function customers(fate: (customer: Customer) => void = () => {}) {
  const delivered: string[] = [];
  const contract = z.object({ id: z.string(), version: z.number().default(1), email: z.unknown().optional() });
  const made = integration("orders", {
    source: push(),
    contract,
    identify: ({ id, version }) => ({ id: `${id}@${version}`, entity: id }),
    unique: ({ email }) => (email === "breaks" ? JSON.parse("{") : email === "waits" ? Promise.resolve() : email),
    async deliver(customer) {
      fate(customer);
      delivered.push(`${customer.id}@${customer.version}`);
    },
  });
  return { made, delivered };
}

test("another customer with the same address waits for a person, who can let it go once the first has another one", async (t) => {
  const { made, delivered } = customers();
  const run = await running(t, [made]);
  const first = await run.send({ id: "C-1", email: "ann@example.com" });
  const second = await run.send({ id: "C-2", email: "ann@example.com" });
  await run.settled();
  const whole = await run.whole(second);
  assert.deepEqual([whole.state, whole.cause], ["quarantined", "same-as"]);
  assert.equal(whole.reason, `the entity "C-1" has the same value, since record ${first}: "ann@example.com"`);

  const { inboxes } = run.assembly;
  await assert.rejects(
    inboxes.release(second, ann),
    refusal("refused-move", /has the same value as the entity "C-1", since record .+: "ann@example.com"/),
  );
  assert.equal((await inboxes.release(second, ann, { recheck: true })).state, "quarantined");
  await run.send({ id: "C-1", version: 2, email: "ann@home.example" });
  await run.settled();
  await inboxes.release(second, ann);
  await run.settled();
  assert.deepEqual(delivered, ["C-1@1", "C-1@2", "C-2@1"]);
});

test("where both are right, a person lets it go beside the first", async (t) => {
  const { made, delivered } = customers();
  const run = await running(t, [made]);
  await run.send({ id: "C-1", email: "office@example.com" });
  const second = await run.send({ id: "C-2", email: "office@example.com" });
  await run.settled();
  const dry = await run.assembly.inboxes.release(second, ann, { sameAs: true, dryRun: true });
  assert.equal(dry.state, "waiting");
  await run.assembly.inboxes.release(second, ann, { sameAs: true });
  await run.settled();
  assert.deepEqual(delivered, ["C-1@1", "C-2@1"]);
  const third = await run.send({ id: "C-3", email: "office@example.com" });
  await run.settled();
  assert.match((await run.whole(third)).reason ?? "", /"C-1"/, "it is the first one's still");
});

test("an edit that takes the value away lets the record go", async (t) => {
  const { made, delivered } = customers();
  const run = await running(t, [made]);
  await run.send({ id: "C-1", email: "ann@example.com" });
  const second = await run.send({ id: "C-2", email: "ann@example.com" });
  await run.settled();
  const { inboxes } = run.assembly;
  await inboxes.edit(second, ann, {
    kind: "changes",
    changes: [{ kind: "set", path: "email", value: "bob@example.com" }],
  });
  await inboxes.release(second, ann);
  await run.settled();
  assert.deepEqual(delivered, ["C-1@1", "C-2@1"]);
  const third = await run.send({ id: "C-3", email: "bob@example.com" });
  await run.settled();
  assert.match((await run.whole(third)).reason ?? "", /"C-2"/);
});

test("a discarded record that is replayed is weighed again", async (t) => {
  let down = true;
  const { made, delivered } = customers(() => {
    if (down) throw later("1h", "down");
  });
  const run = await running(t, [made]);
  const first = await run.send({ id: "C-1", email: "ann@example.com" });
  const { inboxes } = run.assembly;
  await until(async () => (await run.whole(first)).cause === "retrying");
  await inboxes.end(first, ann);
  await inboxes.discard(first, ann);
  down = false;
  await run.send({ id: "C-2", email: "ann@example.com" });
  await run.settled();
  await assert.rejects(inboxes.replay(first, ann), refusal("refused-move", /entity "C-2"/));
  assert.deepEqual(delivered, ["C-2@1"]);
});

test("values are compared as JSON; nothing is nobody's; what cannot be asked goes to a person", async (t) => {
  const { made, delivered } = customers();
  const run = await running(t, [made]);
  for (const [at, email] of [undefined, null, "", undefined, null, ""].entries())
    await run.send({ id: `N-${at}`, email });
  await run.send({ id: "J-1", email: { a: 1, b: [2] } });
  const reordered = await run.send({ id: "J-2", email: { b: [2], a: 1.0 } });
  const threw = await run.send({ id: "T-1", email: "breaks" });
  const waits = await run.send({ id: "T-2", email: "waits" });
  await run.settled();
  assert.equal(delivered.length, 7);
  assert.equal((await run.whole(reordered)).cause, "same-as");
  assert.deepEqual([(await run.whole(threw)).cause, (await run.whole(waits)).cause], ["identity", "identity"]);
  assert.match((await run.whole(threw)).reason ?? "", /^unique threw: /);
  assert.match((await run.whole(waits)).reason ?? "", /returned a promise/);
});
