import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Ledger, OpenOptions } from "../../../src/ledger/ledger.ts";
import { openSqlite } from "../../../src/ledger/sqlite/open.ts";
import { Desk } from "../conformance/arrange.ts";
import { type Other, otherProcess } from "./processes.ts";

interface Scene {
  readonly address: string;
  readonly folder: string;
  open(role: OpenOptions["role"], address?: string): Promise<Ledger>;
  other(): Other;
}

function scene(t: TestContext): Scene {
  const folder = mkdtempSync(join(tmpdir(), "waybill-owner-"));
  const address = `sqlite:${join(folder, "ledger.db")}`;
  const open: Ledger[] = [];
  const others: Other[] = [];
  t.after(async () => {
    await Promise.all([...open.map((ledger) => ledger.close()), ...others.map((other) => other.kill())]);
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    address,
    folder,
    async open(role, at = address) {
      const ledger = await openSqlite({ address: at, role, mustExist: false });
      open.push(ledger);
      return ledger;
    },
    other() {
      const other = otherProcess();
      others.push(other);
      return other;
    },
  };
}

test("a ledger has one owner, in whichever process, and the second is told what it can do", async (t) => {
  const { address, open, other } = scene(t);
  await open("owner");
  await assert.rejects(open("owner"), { code: "ledger-owned" });
  const second = other();
  const said = await second.tell({ do: "open", address, role: "owner" });
  assert.ok("code" in said);
  assert.equal(said.code, "ledger-owned");
  assert.match(said.hint, /waybill/);
});

test("a ledger is free at once when its owner is killed, and what it had in hand goes back", async (t) => {
  const { address, open, other } = scene(t);
  const first = other();
  await first.tell({ do: "open", address, role: "owner" });
  await first.tell({ do: "take", ids: ["A-1", "A-2"] });
  const claimed = await first.tell({ do: "claim" });
  await assert.rejects(open("owner"), { code: "ledger-owned" });
  await first.kill();

  const desk = new Desk(await open("owner"));
  desk.nowMs = Date.now() + 1;
  const again = await desk.claim();
  assert.deepEqual({ ok: again.map(({ record }) => record) }, claimed);
  assert.deepEqual(
    again.map(({ recovered }) => recovered),
    [1, 1],
  );
  const { timeline } = await desk.whole(again[0]?.record ?? "");
  assert.deepEqual(
    timeline.map(({ what }) => what),
    ["recovered"],
  );
});

test("a ledger is free when its owner has closed it", async (t) => {
  const { open } = scene(t);
  await (await open("owner")).close();
  await open("owner");
});

test("two names of one file have one owner", async (t) => {
  const { folder, open } = scene(t);
  await open("owner");
  symlinkSync(folder, `${folder}-link`);
  t.after(() => rmSync(`${folder}-link`));
  await assert.rejects(open("owner", `sqlite:${folder}-link/ledger.db`), { code: "ledger-owned" });
});

test("two ledgers in one folder have owners of their own", async (t) => {
  const { folder, open } = scene(t);
  await open("owner");
  await open("owner", `sqlite:${join(folder, "other.db")}`);
});

test("a guest becomes the owner when nobody else is", async (t) => {
  const { open } = scene(t);
  const owner = await open("owner");
  const guest = await open("guest");
  const desk = new Desk(owner);
  await desk.one({ id: "A-1" });
  await desk.claimOne();
  await assert.rejects(guest.own(desk.nowMs), { code: "ledger-owned" });
  assert.equal(guest.facts.owner, false);
  await assert.rejects(guest.claim({ limit: 1, nowMs: desk.nowMs, integrations: undefined }), {
    code: "ledger-failed",
  });
  await owner.close();
  await guest.own(desk.nowMs);
  assert.equal(guest.facts.owner, true);
  const recovered = await new Desk(guest).claimOne();
  assert.deepEqual([recovered.id, recovered.recovered], ["A-1", 1]);
});

test("guests read and write beside an owner, which notices", async (t) => {
  const { address, open, other } = scene(t);
  const ledger = await open("owner");
  const desk = new Desk(ledger);
  desk.nowMs = Date.now() + 60_000;
  const guest = other();
  await guest.tell({ do: "open", address, role: "guest" });

  const noticed = new Promise<void>((resolve) => ledger.onForeignWrite(() => resolve()));
  const taken = await guest.tell({ do: "take", ids: ["G-1", "G-2"] });
  await noticed;
  const claimed = await desk.claim();
  assert.deepEqual(
    claimed.map(({ id }) => id),
    ["G-1", "G-2"],
  );

  const busy = await guest.tell({ do: "discard", record: claimed[0]?.record ?? "" });
  assert.deepEqual(busy, { ok: { kind: "changed", state: "delivering", delivering: true } });
  await desk.settle(claimed[0] as never, "dead");
  const moved = await guest.tell({ do: "discard", record: claimed[0]?.record ?? "" });
  assert.ok("ok" in moved && (moved.ok as { kind: string }).kind === "moved");
  assert.equal(await desk.state(claimed[0]?.record ?? ""), "discarded");
  assert.ok("ok" in taken);
  assert.equal((await desk.one({ id: "G-1" })).duplicate, true);
});

test("an owner and guests that write at once lose nothing and balance", async (t) => {
  const { address, open, other } = scene(t);
  const desk = new Desk(await open("owner"));
  const guests = [other(), other()];
  await Promise.all(guests.map((guest) => guest.tell({ do: "open", address, role: "guest" })));
  const rounds = 20;
  const each = async (name: string, take: (ids: string[]) => Promise<unknown>): Promise<void> => {
    for (let round = 0; round < rounds; round++) await take([`${name}-${round}`, `shared-${round}`]);
  };
  await Promise.all([
    each("owner", (ids) =>
      desk.take(
        ids.map((id) => ({ id })),
        { claimUpTo: 1 },
      ),
    ),
    ...guests.map((guest, at) => each(`guest-${at}`, (ids) => guest.tell({ do: "take", ids }))),
  ]);
  await desk.books({ received: rounds * 6, duplicate: rounds * 2 });
  assert.equal(await desk.ledger.unsettled(undefined), rounds * 4);
});

test("long reads beside the work see what has been committed, and end before the ledger closes", async (t) => {
  const { open } = scene(t);
  const ledger = await open("owner");
  const desk = new Desk(ledger);
  for (let at = 0; at < 30; at++) {
    const taking = desk.take([{ id: `A-${at}` }, { id: `B-${at}`, state: "filtered", cause: "not-accepted" }]);
    await Promise.all([
      taking,
      ledger.balance(undefined),
      ledger.inbox(["dead"], undefined),
      ledger.refusals(undefined),
    ]);
    await desk.books({ received: 2 * (at + 1), waiting: at + 1, filtered: at + 1 });
    assert.equal(await ledger.unsettled("orders"), at + 1);
    assert.deepEqual(
      (await ledger.find({ limit: 1 })).rows.map(({ id }) => id),
      [`B-${at}`],
    );
  }
  const last = ledger.balance(undefined);
  await ledger.close();
  assert.equal((await last)[0]?.received, 60);
});
