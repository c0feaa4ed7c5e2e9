// Workers draw numbers without asking each other. Two things under one number would share their effects: what one has sent would count for the other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPostgres } from "../../../src/ledger/postgres/open.ts";
import { systemClock } from "../../../src/world/clock.ts";
import { systemRandom } from "../../../src/world/random.ts";
import { Desk, effectOf } from "../conformance/arrange.ts";
import { serverFor } from "./on-a-server.ts";

const server = await serverFor(18);
const count = 6;
/** Process numbers of one residue: these draw the same numbers for records. */
const alike = (at: number) => ({ ...systemRandom, next: () => (16 * (at + 1) + 0.5) / (Number.MAX_SAFE_INTEGER - 1) });

test("whoever makes entities in the same millisecond, each has a number of its own, and none that a record has", async (t) => {
  const ledgers = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      openPostgres(
        { address: server.url(), role: "guest", mustExist: false },
        { clock: systemClock, random: alike(at) },
      ),
    ),
  );
  t.after(() => Promise.all(ledgers.map((ledger) => ledger.close())));
  // All at one moment: by the desk's time, which stands still. Every second one has made something else before, so that an entity here meets a record there.
  const desks = ledgers.map((ledger) => new Desk(ledger));
  for (const [at, desk] of desks.entries()) if (at % 2 === 1) await desk.one({ id: `first-${at}` });
  for (let round = 0; round < 4; round++)
    await Promise.all(
      desks.map((desk, at) =>
        desk.take(
          Array.from({ length: 20 }, (_, nth) => {
            const id = `${round}-${at}-${nth}`;
            return { id, entity: `E-${id}`, key: `K-${id}` };
          }),
        ),
      ),
    );
  const owner = await openPostgres({ address: server.url(), role: "owner", mustExist: true });
  t.after(() => owner.close());
  const desk = new Desk(owner);
  for (let claimed = await desk.claim(); claimed.length > 0; claimed = await desk.claim())
    for (const one of claimed) {
      const entity = { entity: one.entity, entityHash: one.entityHash as Uint8Array };
      const effect = effectOf(one, "invoice", { per: "entity" });
      await desk.write(one, { intents: [{ entity, mode: "fresh", effect }] });
      await desk.deliver(one);
    }
  const made = count * 80 + count / 2;
  const [entities] = await server.ask(
    "select count(*)::integer as all, count(distinct entity)::integer as numbers from waybill.entities",
  );
  assert.deepEqual(entities, { all: made, numbers: made });
  const both = await server.ask(
    "select e.entity from waybill.entities e join waybill.records r on r.record = e.entity",
  );
  assert.deepEqual(both, []);
  const [effects] = await server.ask("select count(*)::integer as all from waybill.effects");
  assert.deepEqual(effects, { all: made });
});
