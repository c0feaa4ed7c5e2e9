// A hundred records in one call, three of them refused, and the answer of the whole call lost: what counts is what the destination applied.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { assemble } from "../../../src/assembly/assemble.ts";
import { balanceOf } from "../../../src/flow/books.ts";
import type { RecordRow } from "../../../src/ledger/ledger.ts";
import { Destination, type DestinationOptions } from "../../crash/scenes/destination.ts";
import { type SceneName, sceneOf } from "../../crash/scenes/integrations.ts";

const refs = Array.from({ length: 100 }, (_, at) => `O-${at}`);
const refused = ["O-7", "O-50", "O-99"];

interface Delivered {
  readonly destination: Destination;
  readonly rows: readonly RecordRow[];
}

/** Sends the hundred at once, so that they meet in one call, and waits until each is settled or held. */
async function deliver(t: TestContext, scene: SceneName, options: Partial<DestinationOptions>): Promise<Delivered> {
  const destination = await new Destination({ seed: 1, keys: scene === "batch-by-key", ...options }).open();
  const folder = mkdtempSync(join(tmpdir(), "waybill-hundred-"));
  const how = { url: destination.url, most: 100, linger: "200ms" } as const;
  const ledger = `sqlite:${join(folder, "ledger.db")}`;
  const assembly = await assemble({ integrations: [sceneOf(scene, how)], ledger });
  t.after(async () => {
    await assembly.stop();
    destination.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await assembly.start();
  const { definition } = assembly.known("scene");
  await Promise.all(refs.map((id) => assembly.intake.send(definition, { id })));
  await assembly.settled("scene", 30_000);
  assert.ok((await balanceOf(assembly.ledger, ["scene"], undefined)).balanced);
  const { rows } = await assembly.ledger.find({ limit: 200 });
  assert.equal(rows.length, 100);
  assert.equal(destination.batches[0]?.refs.length, 100, "they went in one call");
  return { destination, rows };
}

const idsIn = (rows: readonly RecordRow[], state: string): string[] =>
  rows.flatMap((row) => (row.state === state ? [row.id ?? ""] : [])).sort();
const without = (some: readonly string[]): string[] => refs.filter((ref) => !some.includes(ref)).sort();

function madeOnce({ invoices }: Destination, wanted: readonly string[]): void {
  assert.deepEqual([...invoices.keys()].sort(), wanted);
  assert.ok([...invoices.values()].every((times) => times === 1));
}

for (const scene of ["batch-by-key", "batch-by-lookup"] as const)
  test(`three of a hundred are refused and the answer of the whole call is lost: 97 are applied once, three are dead and say why (${scene})`, async (t) => {
    const fate = (ref: string) => (refused.includes(ref) ? "refused" : "made");
    const { destination, rows } = await deliver(t, scene, { fate, loseBatch: 1 });
    assert.equal(destination.lost, 1);
    madeOnce(destination, without(refused));
    assert.deepEqual(idsIn(rows, "delivered"), without(refused));
    assert.deepEqual(idsIn(rows, "dead"), [...refused].sort());
    for (const { id, reason } of rows.filter(({ state }) => state === "dead"))
      assert.match(reason ?? "", new RegExp(`"invoice" was refused: ${id} has no customer`));
    // Under keys the same bytes go again; where items are looked up, only those go again that are not there.
    if (scene === "batch-by-key") assert.equal(destination.replayed, 1);
    else
      assert.deepEqual(
        destination.batches
          .slice(1)
          .flatMap((one) => one.refs)
          .sort(),
        [...refused].sort(),
      );
  });

const silent = ["O-3", "O-4"];
const silence = (ref: string, times: number) =>
  times > 1 || !silent.includes(ref) ? "made" : ref === "O-3" ? "made-unspoken" : "lost-unspoken";

test("an answer that lacks two of a hundred leaves those two in doubt: looked up, each is made once", async (t) => {
  const { destination, rows } = await deliver(t, "batch-by-lookup", { fate: silence });
  madeOnce(destination, without([]));
  assert.deepEqual(idsIn(rows, "delivered"), without([]));
  assert.deepEqual(destination.batches[1]?.refs, ["O-4"], "only what was not there went again");
});

test("an answer that lacks two of a hundred holds those two where nothing can find them, and sends nothing again", async (t) => {
  const { destination, rows } = await deliver(t, "batch-by-key", { fate: silence });
  assert.deepEqual(idsIn(rows, "held"), silent);
  assert.deepEqual(idsIn(rows, "delivered"), without(silent));
  assert.equal(destination.batches.length, 1);
  assert.equal(destination.replayed, 0);
});

test("an answer with one item too many is believed of none: looked up, each is found, and nothing is made twice", async (t) => {
  const tooMany = () => [{ ref: "O-1", id: "inv-other" }];
  const { destination, rows } = await deliver(t, "batch-by-lookup", { tooMany });
  madeOnce(destination, without([]));
  assert.deepEqual(idsIn(rows, "delivered"), without([]));
  assert.equal(destination.batches.length, 1);

  const keyed = await deliver(t, "batch-by-key", { tooMany });
  assert.deepEqual(idsIn(keyed.rows, "held"), without([]));
  assert.match(keyed.rows[0]?.reason ?? "", /speaks of 101 items, and 100 were sent/);
  assert.equal(keyed.destination.batches.length, 1);
});
