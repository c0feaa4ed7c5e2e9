import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import fc from "fast-check";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { systemClock } from "../../../src/world/clock.ts";
import { systemRandom } from "../../../src/world/random.ts";
import { arrivalOf, Desk } from "../conformance/arrange.ts";
import { openSqliteHere } from "../here.ts";

test("a record that came once is known for ever, wherever its mark stands and whichever process asks", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-marks-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  let lives = 0;

  const step = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({
        by: fc.constantFrom("owner" as const, "guest" as const),
        ids: fc.array(fc.nat(300), { maxLength: 12 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ by: "failing" as const, ids: [] as number[] }) },
    { weight: 1, arbitrary: fc.constant({ by: "reopened" as const, ids: [] as number[] }) },
    { weight: 1, arbitrary: fc.constant({ by: "pruned" as const, ids: [] as number[] }) },
  );
  const life = fc.record({
    generation: fc.integer({ min: 1, max: 40 }),
    slice: fc.integer({ min: 1, max: 20 }),
    steps: fc.array(step, { minLength: 20, maxLength: 60 }),
  });

  await fc.assert(
    fc.asyncProperty(life, async ({ generation, slice, steps }) => {
      const path = join(folder, `${lives++}`, "ledger.db");
      const open = (role: "owner" | "guest"): Ledger =>
        openSqliteHere(
          { address: `sqlite:${path}`, role, mustExist: false },
          { clock: systemClock, random: systemRandom },
          {
            youngMarks: { generation, slice },
          },
        );
      let owner = open("owner");
      const guest = open("guest");
      const known = new Map<string, string>();
      for (const { by, ids } of steps) {
        const desk = new Desk(by === "guest" ? guest : owner);
        if (by === "reopened") {
          await owner.close();
          owner = open("owner");
        } else if (by === "pruned") {
          await owner.prune({ payloadsBeforeMs: 0, historyBeforeMs: 0, marksBeforeMs: desk.nowMs + 1, limit: 7 });
        } else if (by === "failing") {
          const good = arrivalOf([{ id: "never" }], desk.nowMs);
          const [row] = arrivalOf([{ id: "bad" }], desk.nowMs).rows;
          const bad = { ...good, rows: [{ ...row, rawHash: new Uint8Array(2) } as never] };
          await assert.rejects(owner.intake({ arrivals: [good, bad], cursor: undefined, claimUpTo: 0 }));
        } else {
          const taken = await desk.take(ids.map((id) => ({ id: `${id}` })));
          taken.forEach(({ record, duplicate }, at) => {
            const id = `${ids[at]}`;
            assert.deepEqual(
              [duplicate, record],
              [known.has(id), known.get(id) ?? record],
              `record ${id}, by the ${by}`,
            );
            known.set(id, record);
          });
        }
      }
      await owner.close();
      await guest.close();
      const database = new DatabaseSync(path, { readOnly: true });
      const marks = database
        .prepare(
          "select count(distinct mark) as marks from (select mark from marks union all select mark from young_marks)",
        )
        .get() as { marks: number };
      assert.equal(marks.marks, known.size);
      database.close();
    }),
    { seed, numRuns: 12 },
  );
});
