// Who may not join those who work with a ledger, what is said, and that nothing has changed.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { openPostgres } from "../../../src/ledger/postgres/open.ts";
import { WaybillError } from "../../../src/model/errors.ts";
import { systemClock } from "../../../src/world/clock.ts";
import { systemRandom } from "../../../src/world/random.ts";
import { serverFor } from "./on-a-server.ts";

const server = await serverFor(15);

async function join(t: TestContext, schema: string, runs: readonly string[], offMs = 0): Promise<Ledger> {
  const clock = { ...systemClock, now: () => Date.now() + offMs };
  const options = { address: `${server.url()}?schema=${schema}`, role: "owner", mustExist: false } as const;
  const ledger = await openPostgres({ ...options, worker: { name: runs[0], runs } }, { clock, random: systemRandom });
  t.after(() => ledger.close());
  return ledger;
}

async function refused(joining: Promise<unknown>, code: WaybillError["code"], message: RegExp): Promise<void> {
  await assert.rejects(joining, (fault) => {
    assert.ok(fault instanceof WaybillError, String(fault));
    assert.equal(fault.code, code, fault.message);
    assert.match(`${fault.message} ${fault.hint}`, message);
    return true;
  });
}

test("another program on the same ledger is refused by name; another version of the same is not", async (t) => {
  const first = await join(t, "two", ["orders", "contacts"]);
  await refused(
    join(t, "two", ["labels", "stock"]),
    "ledger-owned",
    /Another program works with the ledger .*the worker orders runs orders, contacts, and this one runs labels, stock.*schema=NAME/,
  );
  assert.deepEqual(await server.ask("select runs from two.workers"), [{ runs: '["orders","contacts"]' }]);
  const next = await join(t, "two", ["contacts", "labels"]);
  await Promise.all([first.close(), next.close()]);
  await join(t, "two", ["stock"]);
});

test("a machine whose clock is off by more than a minute does not join, and by how much is said", async (t) => {
  await join(t, "late", ["orders"], 20_000);
  await refused(
    join(t, "late", ["orders"], -180_000),
    "bad-configuration",
    /clock of this machine is 3m behind that of the server.*could be made twice.*timedatectl/,
  );
  await refused(join(t, "late", ["orders"], 90_000), "bad-configuration", /1m 30s ahead of that of the server/);
  assert.deepEqual(await server.ask("select count(*)::integer as n from late.workers"), [{ n: 1 }]);
});

test("a machine whose clock is off by seconds joins, and how much is known", async (t) => {
  const ledger = await join(t, "seconds", ["orders"], -20_000);
  const aheadMs = ledger.clockAheadMs() ?? 0;
  assert.ok(Math.abs(aheadMs - 20_000) < 3_000, `${aheadMs} ms`);
});

test("a server without a synchronous standby is named, with what would be lost", async (t) => {
  const ledger = await join(t, "risky", ["orders"]);
  const named = async (): Promise<string> => (await ledger.risks()).map(({ problem }) => problem).join(" ");
  assert.match(
    await named(),
    /no synchronous standby: if its primary is lost with its disk, records that were acknowledged last are lost/,
  );
  await using _ = await server.standby("one");
  await server.configure({ synchronous_standby_names: "ANY 1 (one)" });
  try {
    for (let tries = 0; tries < 100 && /standby/.test(await named()); tries++) await sleep(50);
    assert.doesNotMatch(await named(), /standby/);
  } finally {
    await server.configure({ synchronous_standby_names: "" });
  }
});
