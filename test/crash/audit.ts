import { balanceOf } from "../../src/flow/books.ts";
import { isInDoubt } from "../../src/flow/step.ts";
import type { Ledger, RecordFilter, RecordWhole } from "../../src/ledger/ledger.ts";
import type { Order } from "./integration.ts";
import type { Audit, AuditedRecord, DoubtfulEffect } from "./messages.ts";

// What a ledger holds, as whoever checks the promises needs it.

export async function* everyRecord(
  ledger: Ledger,
  filter: Pick<RecordFilter, "states" | "integration"> = {},
): AsyncIterable<RecordWhole> {
  let before: string | undefined;
  do {
    const page: Awaited<ReturnType<Ledger["find"]>> = await ledger.find({ ...filter, before, limit: 100 });
    for (const row of page.rows) {
      const whole = await ledger.record(row.record);
      if (whole !== undefined) yield whole;
    }
    before = page.next;
  } while (before !== undefined);
}

export async function inDoubtIn(ledger: Ledger): Promise<DoubtfulEffect[]> {
  const found: DoubtfulEffect[] = [];
  for await (const { record, entity = "", effects } of everyRecord(ledger, { states: ["waiting", "delivering"] })) {
    for (const effect of effects) {
      if (isInDoubt(effect) && effect.madeBy === record)
        found.push({ record, entity, name: effect.name, how: effect.how });
    }
  }
  return found;
}

export async function auditOf(ledger: Ledger): Promise<Audit> {
  const records: AuditedRecord[] = [];
  for await (const whole of everyRecord(ledger, { integration: "orders" })) {
    records.push({
      record: whole.record,
      id: whole.id ?? "",
      entity: whole.entity ?? "",
      state: whole.state,
      cause: whole.cause,
      reason: whole.reason,
      content: JSON.parse(Buffer.from(whole.raw ?? new Uint8Array()).toString()) as Order,
      effects: whole.effects.map(({ name, state, how, madeBy }) => ({ name, state, how, madeBy })),
      timeline: whole.timeline.map(({ what }) => what),
    });
  }
  const [books] = (await balanceOf(ledger, ["orders"], undefined)).integrations;
  if (books === undefined) throw new Error("There are no books.");
  return { books, records: records.reverse() };
}
