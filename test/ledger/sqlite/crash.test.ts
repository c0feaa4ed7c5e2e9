import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openSqlite } from "../../../src/ledger/sqlite/open.ts";
import { Desk } from "../conformance/arrange.ts";
import type { Said } from "./guest.ts";
import { otherProcess } from "./processes.ts";

for (const acknowledgedMin of [200, 1_500, 4_000]) {
  test(`every acknowledged record is there after a kill in the middle of thousands (after ${acknowledgedMin})`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "waybill-crash-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const address = `sqlite:${join(folder, "ledger.db")}`;
    const victim = otherProcess();
    t.after(() => victim.kill());
    await victim.tell({ do: "open", address, role: "owner" });

    const acknowledged: string[] = [];
    const enough = new Promise<void>((resolve, reject) => {
      victim.process.on("message", (said: Said) => {
        if ("acknowledged" in said) acknowledged.push(...said.acknowledged);
        else reject(new Error(JSON.stringify(said)));
        if (acknowledged.length >= acknowledgedMin) resolve();
      });
    });
    victim.process.send({ do: "flood" });
    await enough;
    await victim.kill();

    const ledger = await openSqlite({ address, role: "owner", mustExist: true });
    t.after(() => ledger.close());
    const desk = new Desk(ledger);
    const missing: string[] = [];
    for (let at = 0; at < acknowledged.length; at += 250) {
      const asked = acknowledged.slice(at, at + 250);
      const taken = await desk.take(asked.map((id) => ({ id })));
      missing.push(...asked.filter((_, index) => taken[index]?.duplicate !== true));
    }
    assert.deepEqual(missing, [], "acknowledged records are lost");
    await desk.books({});

    // What was in hand is due again, with its intents; then everything can be delivered.
    desk.nowMs = Date.now() + 60_000;
    let left = await ledger.unsettled(undefined);
    assert.ok(left > 0, "the kill came while there was work");
    for (let claimed = await desk.claim(500); claimed.length > 0; claimed = await desk.claim(500)) {
      for (const one of claimed.filter(({ recovered }) => recovered > 0)) {
        assert.deepEqual(
          one.effects.filter(({ state }) => state !== "intended"),
          [],
        );
      }
      await Promise.all(claimed.map((one) => desk.deliver(one)));
    }
    left = await ledger.unsettled(undefined);
    assert.equal(left, 0);
    await desk.books({ waiting: 0, delivering: 0 });
  });
}
