// A Waybill that dies at a named moment: as a power cut would have it, with SIGKILL, in the middle of whatever it does.

import { assemble } from "../../src/assembly/assemble.ts";
import { balanceOf } from "../../src/flow/books.ts";
import { isInDoubt } from "../../src/flow/step.ts";
import type { Ledger, RecordWhole } from "../../src/ledger/ledger.ts";
import type { State } from "../../src/model/record.ts";
import { pushFeed } from "../../src/sources/feeds.ts";
import { itemHandedIn } from "../../src/sources/push.ts";
import { createWorld } from "../../src/world/world.ts";
import { crashed, type Order } from "./integration.ts";
import type { Audit, AuditedRecord, DoubtfulEffect, Heard, Plan, Told } from "./messages.ts";

const plan = JSON.parse(process.argv[2] ?? "{}") as Plan;
let passed = 0;
const world = createWorld({
  passing(point) {
    if (plan.arm?.point === point && ++passed === plan.arm.nth) process.kill(process.pid, "SIGKILL");
  },
});
const assembly = await assemble({
  integrations: [crashed(plan.destination)],
  ledger: plan.ledger,
  release: "crash-test",
  world,
  emit(event) {
    if (event.event === "ledger.failed" || event.event === "intake.failed") console.error(JSON.stringify(event));
  },
});
const { ledger } = assembly;
const feed = pushFeed(assembly.known("orders").definition);
const say = (heard: Heard): void => void process.send?.(heard);

async function* everyRecord(states?: readonly State[]): AsyncIterable<RecordWhole> {
  let before: string | undefined;
  do {
    const page: Awaited<ReturnType<Ledger["find"]>> = await ledger.find({ states, before, limit: 100 });
    for (const row of page.rows) {
      const whole = await ledger.record(row.record);
      if (whole !== undefined) yield whole;
    }
    before = page.next;
  } while (before !== undefined);
}

async function inDoubt(): Promise<DoubtfulEffect[]> {
  const found: DoubtfulEffect[] = [];
  for await (const { record, entity = "", effects } of everyRecord(["waiting", "delivering"])) {
    for (const effect of effects) {
      if (isInDoubt(effect) && effect.madeBy === record)
        found.push({ record, entity, name: effect.name, how: effect.how });
    }
  }
  return found;
}

async function audit(): Promise<Audit> {
  const records: AuditedRecord[] = [];
  for await (const whole of everyRecord()) {
    records.push({
      record: whole.record,
      id: whole.id ?? "",
      entity: whole.entity ?? "",
      state: whole.state,
      cause: whole.cause,
      reason: whole.reason,
      content: JSON.parse(Buffer.from(whole.raw ?? new Uint8Array()).toString()) as Order,
      effects: whole.effects.map(({ name, state, how, madeBy }) => ({ name, state, how, madeBy })),
    });
  }
  const [books] = (await balanceOf(ledger, ["orders"], undefined)).integrations;
  if (books === undefined) throw new Error("There are no books.");
  return { books, records: records.reverse() };
}

process.on("message", async (told: Told) => {
  if ("send" in told) {
    try {
      await assembly.intake.take(feed, [itemHandedIn(told.send)]);
      say({ acknowledged: told.send });
    } catch (error) {
      say({ refused: told.send, why: String(error) });
    }
  } else if ("settle" in told) {
    try {
      await assembly.settled("orders", 30_000);
      say({ settled: true });
    } catch (error) {
      say({ settled: false, why: String(error) });
    }
  } else if ("audit" in told) say({ audit: await audit() });
  else {
    await assembly.stop();
    process.exit(0);
  }
});
process.on("disconnect", () => process.exit(0));

const doubts = await inDoubt();
await assembly.start();
say({ ready: true, inDoubt: doubts });
