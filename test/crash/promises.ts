import type { Count } from "../../examples/demo/destination.ts";
import { lines, type Order } from "./integration.ts";
import type { Audit, AuditedRecord, DoubtfulEffect } from "./messages.ts";

// What a user was promised, held against what the destination itself counted: by order, whatever keys its requests carried.

/** Every promise that was not kept, in words; empty when all were. */
export function brokenPromises(
  { books, records }: Audit,
  count: Count,
  doubts: readonly DoubtfulEffect[],
  { acknowledged }: { readonly acknowledged: readonly Order[] },
): string[] {
  const broken: string[] = [];
  if (!books.balanced) broken.push(`the books do not balance: ${JSON.stringify(books)}`);

  const byId = new Map(records.map((record) => [record.id, record]));
  for (const { id, edit } of acknowledged) {
    if (!byId.has(`${id}@${edit}`)) broken.push(`lost: ${id}@${edit} was acknowledged and is not in the ledger`);
  }

  for (const [what, counts] of [
    ["invoice", count.invoices],
    ["charge", count.charges],
    ["receipt", count.receipts],
    ["line", count.lines],
  ] as const) {
    for (const [ref, times] of Object.entries(counts)) {
      if (times > 1) broken.push(`doubled: the destination made ${times} of ${what} for ${ref}`);
    }
  }

  const last = new Map<string, AuditedRecord>();
  for (const record of records) {
    last.set(record.entity, record);
    broken.push(...brokenRecord(record, count));
  }
  for (const [ref, { content, id }] of last) {
    const expected = `${content.customer} ${content.total}`;
    if (count.details[ref] !== expected)
      broken.push(`${id} came last, and the details of ${ref} are ${count.details[ref]} instead of ${expected}`);
  }
  return [...broken, ...doubts.flatMap((doubt) => unresolved(doubt, records, count))];
}

function brokenRecord({ id, entity, state, cause, reason, effects }: AuditedRecord, count: Count): string[] {
  const made = {
    invoice: count.invoices[entity] ?? 0,
    charge: count.charges[entity] ?? 0,
    receipt: count.receipts[entity] ?? 0,
  };
  const reserved = lines.filter((line) => count.lines[`${id}/${line}`] === 1);
  if (state === "delivered") {
    if (reserved.length < lines.length)
      return [`lost: ${id} is delivered with ${reserved.length} of ${lines.length} lines`];
    return Object.entries(made)
      .filter(([, times]) => times === 0)
      .map(([what]) => `lost: ${id} is delivered, and the destination has no ${what} for ${entity}`);
  }
  const receipt = effects.find(({ name }) => name === "receipt");
  const isHeldForReceipt =
    state === "held" && (cause === "in-doubt" || cause === "entity-held") && receipt?.state !== "done";
  if (isHeldForReceipt && made.invoice === 1 && made.charge === 1) return [];
  return [`${id} is ${state} (${cause}: ${reason}), with ${JSON.stringify(made)} and ${JSON.stringify(effects)}`];
}

/** What was in doubt when a worker died was found out about, by its own rule, or is held. */
function unresolved(
  { record, entity, name, how }: DoubtfulEffect,
  records: readonly AuditedRecord[],
  count: Count,
): string[] {
  const now = records.find((one) => one.record === record);
  const effect = now?.effects.find((one) => one.name === name);
  const wrong = (why: string): string[] => [`${name} (${how}) of ${now?.id ?? record} was in doubt, and ${why}`];
  if (now === undefined || effect === undefined) return wrong("nobody knows of it any more");
  if (how === "atMostOnce") {
    return now.state === "held" && effect.state !== "done"
      ? []
      : wrong(`was not held: ${now.state}, the effect ${effect.state}`);
  }
  if (effect.state !== "done") return wrong(`was not resolved: ${effect.state}`);
  if (name.startsWith("lines")) return [];
  const counts = name === "invoice" ? count.invoices : count.charges;
  return counts[entity] === 1 ? [] : wrong(`was applied ${counts[entity] ?? 0} times`);
}
