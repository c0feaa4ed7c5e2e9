import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { integration, push } from "../../src/index.ts";
import { running } from "./person.ts";

const kim = { actor: "kim", why: "the customer says so" };

interface Order {
  readonly id: string;
  readonly customer?: unknown;
  readonly refuse?: boolean;
}

/** Orders that are found by their customer. */
const orders = () =>
  integration("orders", {
    source: push(),
    contract: z.object({ id: z.string(), customer: z.unknown().optional(), refuse: z.boolean().optional() }),
    identify: ({ id }) => ({ id }),
    search: ({ id, customer }) => [customer as string, id.length, null, ""],
    async deliver({ refuse }: Order) {
      if (refuse === true) throw new Error("no such customer");
    },
    retry: { giveUpAfter: "1ms" },
  });

test("an order is found by what its integration names: as people type it, until it is edited", async (t) => {
  const run = await running(t, [orders()]);
  const { inboxes, ledger } = run.assembly;
  const found = async (search: string): Promise<readonly unknown[]> =>
    (await ledger.find({ search, limit: 10 })).rows.map(({ record }) => record);
  const ann = await run.send({ id: "A-1", customer: "  Ann\u00a0SMITH " });
  const dead = await run.send({ id: "A-2", customer: "Bob Miller", refuse: true });
  await run.settled();
  assert.deepEqual([await found("ann smith"), await found("ANN"), await found("smith")], [[ann], [ann], []]);
  assert.deepEqual(await found("bob miller"), [dead]);
  await inboxes.edit(dead, kim, {
    kind: "changes",
    changes: [{ kind: "set", path: "customer", value: "Robert Miller" }],
  });
  assert.deepEqual([await found("robert"), await found("bob miller")], [[dead], []]);
});

test("a search that throws, or names what nobody can type, quarantines its record and says so", async (t) => {
  const run = await running(t, [orders()]);
  for (const [id, customer, says] of [
    ["B-1", { name: "Ann" }, /search threw: it names a value of type object; it names texts and numbers/],
    ["B-2", true, /search threw: it names a value of type boolean/],
  ] as const) {
    const whole = await run.whole(await run.send({ id, customer }));
    assert.deepEqual([whole.state, whole.cause], ["quarantined", "identity"]);
    assert.match(whole.reason ?? "", says);
  }
});
