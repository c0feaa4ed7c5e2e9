import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Hands } from "../../src/model/share.ts";

const grab = (hands: Hands, integration: string, tenant = ""): number => {
  let taken = 0;
  for (; hands.room(integration, tenant) > 0; taken++) hands.take(integration, tenant);
  return taken;
};

test("One integration may take eight ninths of all hands, and a single hand is given to whoever asks", () => {
  assert.equal(grab(new Hands(288), "orders"), 256);
  assert.equal(grab(new Hands(1), "orders"), 1);
  assert.equal(grab(new Hands(8), "orders"), 8);
});

test("However greedy the others are, a newcomer finds room while a hand is free", () => {
  const greedy = fc.array(fc.record({ integration: fc.constantFrom("a", "b"), tenant: fc.constantFrom("", "x", "y") }));
  fc.assert(
    fc.property(fc.integer({ min: 18, max: 600 }), greedy, (slots, asks) => {
      const hands = new Hands(slots);
      for (const { integration, tenant } of asks) grab(hands, integration, tenant);
      if (hands.free > 0) assert.ok(hands.room("newcomer", "z") > 0);
      assert.equal(hands.free + hands.all().reduce((sum, { records }) => sum + records, 0), slots);
      if (slots >= 150) assert.ok(hands.free > 0, "two integrations do not fill all hands");
    }),
  );
});

test("What is given back can be taken again, and leaves no trace", () => {
  const hands = new Hands(50);
  const room = hands.room("a", "x");
  hands.take("a", "x");
  assert.equal(hands.held("a", "x"), 1);
  hands.giveBack("a", "x");
  assert.deepEqual([hands.room("a", "x"), hands.held("a", "x"), hands.all()], [room, 0, []]);
});

test("A share that is told is the share that was counted", () => {
  const hands = new Hands(100);
  for (let at = 0; at < 30; at++) hands.take("a", at % 2 === 0 ? "x" : "");
  const again = new Hands(hands.free, hands.all());
  for (const [integration, tenant] of [
    ["a", ""],
    ["a", "x"],
    ["b", "x"],
    ["b", ""],
  ] as const)
    assert.equal(again.room(integration, tenant), hands.room(integration, tenant));
});
