import type { Forgotten, Ledger, RecordRow } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import type { State } from "../model/record.ts";
import type { Clock } from "../world/clock.ts";
import type { Inboxes, Person } from "./inboxes.ts";

// Forgetting an entity: what the ledger holds of it goes, and the books stay. First everything is looked at, then everything that is not final is
// discarded, where that is asked for, and only then is anything erased: nobody is left half forgotten because of a record in the middle.

export interface ForgetParts {
  readonly ledger: Pick<Ledger, "find" | "forget" | "post">;
  readonly inboxes: Pick<Inboxes, "end" | "discard">;
  readonly clock: Clock;
}

export interface ForgetOptions {
  readonly entity: string;
  readonly integration?: string | undefined;
  /** Whose it is. Without it: of every tenant. */
  readonly tenant?: string | undefined;
  /** What is not final is discarded first, and what is in doubt is forgotten with its doubt. */
  readonly anyway: boolean;
  readonly dryRun: boolean;
}

/** How many there are; what stands in the way is named. */
export interface ForgetResult extends Forgotten {
  readonly dryRun: boolean;
  readonly discarded: number;
}

const stepRecords = 100;
const pageRecords = 500;
const finals: readonly State[] = ["delivered", "superseded", "filtered", "discarded"];

/**
 * Erases payloads, requests, results, calls and samples of one entity.
 *
 * @throws {WaybillError} `unknown-record` when there is none; `refused-move` when something is not final or in doubt, or waits in the outbox, unless `anyway`.
 */
export async function forgetEntity(parts: ForgetParts, person: Person, options: ForgetOptions): Promise<ForgetResult> {
  const { ledger, inboxes, clock } = parts;
  const { entity, dryRun, anyway } = options;
  const rows = await allOf(ledger, options);
  const step = { entity, atMs: clock.now(), ...person, anyway };
  const { outbox } = await ledger.forget({ ...step, records: [], dryRun: true });
  if (outbox > 0 && !anyway && !dryRun) throw notTakenIn(outbox);
  if (rows.length === 0)
    throw new WaybillError(
      "unknown-record",
      "No record has that entity.",
      "npx waybill records --search TEXT finds records; what waits in the quarantine without an identity is discarded there.",
    );
  const open = rows.filter(({ state }) => !finals.includes(state));
  if (open.length > 0 && !anyway && !dryRun) throw notFinal(open.map(({ record }) => record));
  if (!dryRun) for (const row of open) await endFirst(inboxes, row, person);
  const looked = await eachStep(ledger, rows, { ...step, dryRun: true });
  const discarded = open.length;
  if (dryRun) return { ...looked, outbox, dryRun, discarded };
  if (looked.notFinal.length > 0) throw notFinal(looked.notFinal);
  if (looked.inDoubt.length > 0) throw stillInDoubt(looked.inDoubt);
  const done = await eachStep(ledger, rows, { ...step, dryRun: false });
  const { records, payloads, effects, calls, samples } = done;
  const detail = JSON.stringify({ records, payloads, effects, calls, samples, discarded });
  const entry = {
    what: "forgotten" as const,
    about: options.integration ?? "",
    actor: person.actor,
    why: person.why,
    detail,
  };
  await ledger.post({ post: "entry", atMs: clock.now(), ...entry });
  return { ...done, outbox, dryRun, discarded };
}

async function allOf(ledger: ForgetParts["ledger"], options: ForgetOptions): Promise<readonly RecordRow[]> {
  const { entity, integration, tenant } = options;
  const rows: RecordRow[] = [];
  let before: string | undefined;
  do {
    const page = await ledger.find({ entity, integration, tenant, order: "oldest", limit: pageRecords, before });
    rows.push(...page.rows);
    before = page.next;
  } while (before !== undefined);
  return rows;
}

/** A waiting record is ended, and then it is an inbox's like the others. What it made stays there. */
async function endFirst(inboxes: ForgetParts["inboxes"], { record, state }: RecordRow, person: Person): Promise<void> {
  if (state === "waiting" || state === "delivering") await inboxes.end(record, person);
  await inboxes.discard(record, person, { keepEffects: true });
}

async function eachStep(
  ledger: ForgetParts["ledger"],
  rows: readonly RecordRow[],
  step: Omit<Parameters<Ledger["forget"]>[0], "records">,
): Promise<Omit<Forgotten, "outbox">> {
  const total = { records: 0, payloads: 0, effects: 0, calls: 0, samples: 0 };
  const notFinal: string[] = [];
  const inDoubt: string[] = [];
  for (let at = 0; at < rows.length; at += stepRecords) {
    const records = rows.slice(at, at + stepRecords).map(({ record }) => record);
    const one = await ledger.forget({ ...step, records });
    for (const name of ["records", "payloads", "effects", "calls", "samples"] as const) total[name] += one[name];
    notFinal.push(...one.notFinal);
    inDoubt.push(...one.inDoubt);
  }
  return { ...total, notFinal, inDoubt };
}

function notFinal(records: readonly string[]): WaybillError {
  return new WaybillError(
    "refused-move",
    `Nothing was forgotten: ${named(records)} still to be settled, or shares what came with one that is.`,
    "Wait, settle it in its inbox, or say --anyway: then what is not final is discarded first, and what it made stays there.",
  );
}

/** What it is about is known only once it is read: taken out unread, a record of somebody else could be lost. */
function notTakenIn(count: number): WaybillError {
  return new WaybillError(
    "refused-move",
    `Nothing was forgotten: ${count === 1 ? "1 record that was" : `${count} records that were`} sent within a transaction may be about it, and ${count === 1 ? "is" : "are"} still to be taken in.`,
    "Wait until a worker has taken it in (npx waybill balance says what waits), or say --anyway and forget again afterwards.",
  );
}

function stillInDoubt(records: readonly string[]): WaybillError {
  return new WaybillError(
    "refused-move",
    `Nothing was forgotten: an effect of ${records.slice(0, 3).join(", ")} is in doubt, and could not be looked up afterwards.`,
    "Say what came of it with `waybill held resolve`, or say --anyway.",
  );
}

function named(records: readonly string[]): string {
  const some = records.slice(0, 3).join(", ");
  return records.length === 1 ? `${some} is` : `${some}${records.length > 3 ? " and others" : ""} are`;
}
