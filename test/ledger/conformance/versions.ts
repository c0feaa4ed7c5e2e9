import assert from "node:assert/strict";
import type { Claimed, Settlement } from "../../../src/ledger/ledger.ts";
import { effectOf, type Order } from "./arrange.ts";
import type { Say } from "./conformance.ts";

const version = (number: number, parts: Partial<Order> = {}): Order => ({
  id: `C@${number}`,
  entity: "C",
  version: String(number).padStart(4, "0"),
  ...parts,
});

export function versions(say: Say): void {
  say("supersedes a waiting older version when a newer one comes", async (desk) => {
    const [one, two] = await desk.take([version(1), version(2)]);
    assert.equal(await desk.state(one?.record ?? ""), "superseded");
    const whole = await desk.whole(one?.record ?? "");
    assert.equal(whole.cause, "newer-version");
    assert.equal((await desk.claimOne()).record, two?.record);
    await desk.books({ received: 2, superseded: 1, delivering: 1 });
  });

  say("supersedes a waiting older version that stands in the queue of its key", async (desk) => {
    await desk.one({ id: "X", key: "k" });
    const first = await desk.claimOne();
    await desk.take([version(1, { key: "k" }), { id: "Y", key: "k" }], { claimUpTo: 5 });
    await desk.take([version(2, { key: "k" })], { claimUpTo: 5 });
    await desk.deliver(first);
    const delivered: string[] = [];
    for (let claimed = await desk.claim(); claimed.length > 0; claimed = await desk.claim()) {
      delivered.push(...claimed.map(({ id }) => id));
      await desk.deliver(claimed[0] as Claimed);
    }
    assert.deepEqual(delivered, ["Y", "C@2"]);
    assert.equal(await desk.ledger.unsettled(undefined), 0);
  });

  say("supersedes an older version that comes late, and never one of another entity", async (desk) => {
    const [two, one, other] = await desk.take([version(2), version(1), version(1, { id: "D@1", entity: "D" })]);
    assert.deepEqual([two?.state, one?.state, other?.state], ["waiting", "superseded", "waiting"]);
    assert.deepEqual(
      (await desk.claim()).map(({ id }) => id),
      ["C@2", "D@1"],
    );
  });

  say("supersedes nothing of the same version", async (desk) => {
    const taken = await desk.take([version(1), version(1, { id: "C@1b" })]);
    assert.deepEqual(
      taken.map(({ state }) => state),
      ["waiting", "waiting"],
    );
    assert.equal(await desk.state(taken[0]?.record ?? ""), "waiting");
  });

  say("remembers the newest version after it was delivered and pruned", async (desk) => {
    await desk.one(version(2));
    const claimed = await desk.claimOne();
    const entity = { entity: "C", entityHash: claimed.entityHash as Uint8Array };
    await desk.settle(claimed, "delivered", { memory: { entity, fingerprint: undefined, version: claimed.version } });
    assert.equal((await desk.one(version(1))).state, "superseded");
    desk.nowMs += 1_000_000;
    await desk.ledger.prune({
      payloadsBeforeMs: desk.nowMs,
      historyBeforeMs: desk.nowMs,
      marksBeforeMs: undefined,
      limit: 100,
    });
    assert.equal((await desk.one(version(1, { id: "C@1 again" }))).state, "superseded");
    assert.equal((await desk.one(version(3))).state, "waiting");
  });

  say("remembers a pruned version that was filtered or superseded", async (desk) => {
    await desk.one(version(2, { state: "filtered", cause: "not-accepted" }));
    desk.nowMs += 1_000_000;
    await desk.ledger.prune({ payloadsBeforeMs: 0, historyBeforeMs: desk.nowMs, marksBeforeMs: undefined, limit: 100 });
    assert.equal((await desk.one(version(1))).state, "superseded");
  });

  for (const ended of ["dead", "quarantined", "discarded"] as const) {
    say(`lets an older version go when the newest ended ${ended} with nothing begun`, async (desk) => {
      await desk.one(version(2));
      await desk.settle(await desk.claimOne(), ended);
      assert.equal((await desk.one(version(1))).state, "waiting");
    });

    say(`keeps an older version back when the newest ended ${ended} after something had begun`, async (desk) => {
      await desk.one(version(2));
      const claimed = await desk.claimOne();
      await desk.intend(claimed, "invoice");
      await desk.settle(claimed, ended);
      assert.equal((await desk.one(version(1))).state, "superseded");
    });
  }

  say("takes what was certainly not applied for nothing begun", async (desk) => {
    await desk.one(version(2));
    const claimed = await desk.claimOne();
    await desk.intend(claimed, "invoice", { state: "refused" });
    await desk.intend(claimed, "details", { state: "done", how: "natural" });
    await desk.settle(claimed, "dead");
    assert.equal((await desk.one(version(1))).state, "waiting");
  });

  say("supersedes no version that has begun what is not harmless to repeat", async (desk) => {
    const begun = await desk.one(version(1));
    const claimed = await desk.claimOne();
    await desk.intend(claimed, "invoice");
    await desk.settle(claimed, "waiting");
    await desk.one(version(2));
    assert.equal(await desk.state(begun.record), "waiting");
    const again = await desk.claimOne();
    assert.deepEqual([again.record, again.overtaken], [begun.record, true]);
  });

  say(
    "does not take a record out of a worker's hands, and supersedes it when it would be tried again",
    async (desk) => {
      await desk.one(version(1));
      const claimed = await desk.claimOne();
      await desk.one(version(2));
      assert.equal(await desk.state(claimed.record), "delivering");
      const result = await desk.write(claimed, { settlement: desk.settlement("waiting") });
      assert.deepEqual(result.kind === "written" && result.settledAs, { state: "superseded", cause: "newer-version" });
      assert.equal((await desk.claimOne()).id, "C@2");
    },
  );

  say("tries an overtaken record again when something of it has begun", async (desk) => {
    await desk.one(version(1));
    const claimed = await desk.claimOne();
    await desk.one(version(2));
    await desk.intend(claimed, "invoice");
    assert.equal(await desk.settle(claimed, "waiting"), "waiting");
    assert.deepEqual((await desk.claimOne()).id, "C@1");
  });

  say("compares versions again when a person lets a record go", async (desk) => {
    const old = await desk.one(version(1));
    const claimed = await desk.claimOne();
    await desk.settle(claimed, "dead");
    await desk.one(version(2));
    const result = await desk.move(old.record, "waiting");
    assert.deepEqual(result, { kind: "moved", state: "superseded", cause: "newer-version", duplicateOf: undefined });
    assert.equal((await desk.claimOne()).id, "C@2");
  });

  say("lets a record go that has begun, whatever newer version came", async (desk) => {
    await desk.one(version(1));
    const claimed = await desk.claimOne();
    await desk.intend(claimed, "invoice");
    await desk.settle(claimed, "held");
    await desk.one(version(2));
    const result = await desk.move(claimed.record, "waiting");
    assert.equal(result.kind === "moved" && result.state, "waiting");
    assert.equal((await desk.claimOne()).id, "C@1");
  });

  for (const begun of [false, true]) {
    say(
      `remembers a pruned version that was discarded ${begun ? "after something had begun" : "with nothing begun"} as it counted before`,
      async (desk) => {
        await desk.one(version(2));
        const claimed = await desk.claimOne();
        if (begun) await desk.intend(claimed, "invoice");
        await desk.settle(claimed, "discarded");
        desk.nowMs += 1_000_000;
        await desk.ledger.prune({
          payloadsBeforeMs: 0,
          historyBeforeMs: desk.nowMs,
          marksBeforeMs: undefined,
          limit: 100,
        });
        assert.equal((await desk.one(version(1))).state, begun ? "superseded" : "waiting");
      },
    );
  }

  say("supersedes older ones that wait when a newer version is let go by a person", async (desk) => {
    await desk.one(version(2));
    const newer = await desk.claimOne();
    await desk.settle(newer, "dead");
    const older = await desk.one(version(1));
    assert.equal(older.state, "waiting");
    await desk.move(newer.record, "waiting");
    assert.equal(await desk.state(older.record), "superseded");
    assert.equal((await desk.claimOne()).id, "C@2");
  });

  say("compares content with the last that was delivered, and only when nothing has begun since", async (desk) => {
    const fingerprint = new Uint8Array(16).fill(7);
    const deliver = async (id: string, remembered: Settlement["memory"] | "unchanged"): Promise<Claimed> => {
      await desk.one({ id, entity: "C" });
      const claimed = await desk.claimOne();
      if (remembered === "unchanged") await desk.settle(claimed, "filtered");
      else await desk.settle(claimed, "delivered", { memory: remembered });
      return claimed;
    };
    const entityHash = (await deliver("1", undefined)).entityHash as Uint8Array;
    const entity = { entity: "C", entityHash };
    const first = await deliver("2", { entity, fingerprint, version: undefined });
    assert.equal(first.memory, undefined);
    const second = await deliver("3", "unchanged");
    assert.deepEqual(second.memory, { fingerprint, begun: false });

    await desk.one({ id: "4", entity: "C" });
    const begins = await desk.claimOne();
    await desk.write(begins, { beginEntity: entity });
    await desk.settle(begins, "dead");
    await desk.one({ id: "5", entity: "C" });
    const after = await desk.claimOne();
    assert.deepEqual(after.memory, { fingerprint, begun: true });
    await desk.settle(after, "delivered", {
      memory: { entity, fingerprint: new Uint8Array(16).fill(8), version: undefined },
    });
    await desk.one({ id: "6", entity: "C" });
    assert.deepEqual((await desk.claimOne()).memory, { fingerprint: new Uint8Array(16).fill(8), begun: false });
  });

  say("makes entity effects of a superseded record no hindrance", async (desk) => {
    await desk.one(version(1));
    const claimed = await desk.claimOne();
    const entity = { entity: "C", entityHash: claimed.entityHash as Uint8Array };
    await desk.write(claimed, {
      intents: [{ entity, mode: "fresh", effect: effectOf(claimed, "invoice", { per: "entity" }) }],
    });
    await desk.one(version(2));
    assert.equal(
      await desk.settle(claimed, "waiting"),
      "superseded",
      "the effect is the entity's: the newer version goes on with it",
    );
  });
}
