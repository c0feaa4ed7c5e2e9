import type { Call } from "../desk/calls.ts";
import type { Arrival, Hash, IntakeBatch, IntakeRow, RunWrite } from "../ledger.ts";
import { type Sheet, SheetReader, SheetWriter } from "./wire.ts";
import { putEffectWrite, putEntity, putIntent, takeEffectWrite, takeEntity, takeIntent } from "./wire-effects.ts";

/** Packs a batch for the thread. What is rare, and what is small, travels as it is. */
export function packCalls(calls: readonly Call[]): Sheet {
  const out = new SheetWriter();
  out.put(calls.length);
  for (const call of calls) {
    out.put(call.name);
    if (call.name === "write") putRun(out, call.input);
    else if (call.name === "intake") putBatch(out, call.input);
    else out.put(call.input);
  }
  return out.sheet();
}

export function unpackCalls(packed: Sheet): Call[] {
  const sheet = new SheetReader(packed);
  return sheet.list((): Call => {
    const name = sheet.next<Call["name"]>();
    if (name === "write") return { name, input: takeRun(sheet) };
    if (name === "intake") return { name, input: takeBatch(sheet) };
    return { name, input: sheet.next() } as Call;
  });
}

function putRun(out: SheetWriter, run: RunWrite): void {
  const { record, keyHash, integration, tenant, intents, effects, timeline, beginEntity, reread, settlement } = run;
  out.put(record, keyHash, integration, tenant, intents.length);
  for (const intent of intents) putIntent(out, intent);
  out.put(effects.length);
  for (const effect of effects) putEffectWrite(out, effect);
  out.put(timeline.length === 0 ? undefined : timeline);
  putEntity(out, beginEntity);
  out.put(reread, settlement !== undefined);
  if (settlement === undefined) return;
  const { to, cause, reason, issues, atMs, nextAtMs, attempts, spentMs, strict, memory, identity, uniqueOf } =
    settlement;
  out.put(to, cause, reason, issues, atMs, nextAtMs, attempts, spentMs, strict, memory, identity, uniqueOf);
}

function takeRun(sheet: SheetReader): RunWrite {
  return {
    record: sheet.next(),
    keyHash: sheet.next(),
    integration: sheet.next(),
    tenant: sheet.next(),
    intents: sheet.list(() => takeIntent(sheet)),
    effects: sheet.list(() => takeEffectWrite(sheet)),
    timeline: sheet.next<RunWrite["timeline"] | undefined>() ?? [],
    beginEntity: takeEntity(sheet),
    reread: sheet.next(),
    settlement: sheet.next<boolean>()
      ? {
          to: sheet.next(),
          cause: sheet.next(),
          reason: sheet.next(),
          issues: sheet.next(),
          atMs: sheet.next(),
          nextAtMs: sheet.next(),
          attempts: sheet.next(),
          spentMs: sheet.next(),
          strict: sheet.next(),
          memory: sheet.next(),
          identity: sheet.next(),
          uniqueOf: sheet.next(),
        }
      : undefined,
  };
}

function putBatch(out: SheetWriter, { arrivals, cursor, claimUpTo }: IntakeBatch): void {
  out.put(cursor, claimUpTo, arrivals.length);
  let before: Arrival | undefined;
  let rowBefore: IntakeRow | undefined;
  for (const arrival of arrivals) {
    const { source, raw, rows, origin, trace } = arrival;
    // Names and texts that many have in common go once.
    const sameSource = before?.source === source && before.origin?.text === origin?.text;
    if (sameSource) out.cells.push(true, raw, origin?.line, trace, rows.length);
    else out.cells.push(false, source, origin?.text, raw, origin?.line, trace, rows.length);
    before = arrival;
    for (const row of rows) {
      putRow(out, row, rowBefore);
      rowBefore = row;
    }
  }
}

/** What a plain row has in common with the one before it. */
function isAlike(row: IntakeRow, before: IntakeRow | undefined): boolean {
  return (
    before !== undefined &&
    row.integration === before.integration &&
    row.tenant === before.tenant &&
    row.receivedAtMs === before.receivedAtMs &&
    row.state === before.state &&
    row.cause === before.cause &&
    row.reason === before.reason &&
    row.issues === before.issues &&
    row.contract === before.contract &&
    row.sameId === before.sameId &&
    row.strict === before.strict &&
    row.compared === before.compared &&
    row.loading === before.loading &&
    row.unique === before.unique
  );
}

function takeBatch(sheet: SheetReader): IntakeBatch {
  return {
    cursor: sheet.next(),
    claimUpTo: sheet.next(),
    arrivals: takeArrivals(sheet),
  };
}

function takeArrivals(sheet: SheetReader): Arrival[] {
  let source = "";
  let text: string | undefined;
  let rowBefore: IntakeRow | undefined;
  return sheet.list((): Arrival => {
    if (!sheet.next<boolean>()) {
      source = sheet.next();
      text = sheet.next();
    }
    const raw = sheet.next<Arrival["raw"]>();
    const line = sheet.next<number | undefined>();
    const trace = sheet.next<string | undefined>();
    const rows = sheet.list(() => {
      rowBefore = takeRow(sheet, rowBefore);
      return rowBefore;
    });
    return { source, raw, origin: text === undefined || line === undefined ? undefined : { text, line }, trace, rows };
  });
}

function putRow(out: SheetWriter, row: IntakeRow, before: IntakeRow | undefined): void {
  const { identity } = row;
  if (isAlike(row, before)) out.cells.push(true, row.content, identity !== undefined);
  else putWholeRow(out, row);
  out.hash(row.idMark);
  out.hash(row.contentMark);
  out.hash(row.rawHash);
  if (identity === undefined) return;
  const { id, entity, key, keyGiven, keyHash, version } = identity;
  // Most entities and keys are the id.
  const entityCell = entity === id ? undefined : entity;
  out.cells.push(id, entityCell, key === entity ? undefined : key, keyGiven, keyHash, version);
  // As are their hashes.
  out.hash(identity.entityHash === row.idMark ? undefined : identity.entityHash);
  out.hash(identity.fingerprint);
  out.cells.push(identity.search);
}

function putWholeRow(out: SheetWriter, row: IntakeRow): void {
  out.cells.push(
    false,
    row.content,
    row.identity !== undefined,
    row.integration,
    row.tenant,
    row.receivedAtMs,
    row.state,
    row.cause,
    row.reason,
    row.issues,
    row.contract,
    row.sameId,
    row.strict,
    row.compared,
    row.loading,
    row.unique,
  );
}

function takeRow(sheet: SheetReader, before: IntakeRow | undefined): IntakeRow {
  const alike = sheet.next<boolean>();
  const content = sheet.next<string | undefined>();
  const identified = sheet.next<boolean>();
  const common = alike && before !== undefined ? before : takeCommon(sheet);
  const idMark = sheet.hash();
  const contentMark = sheet.hash();
  const rawHash = sheet.hash() as Uint8Array;
  const identity = identified ? takeIdentity(sheet, idMark) : undefined;
  return { ...common, content, idMark, contentMark, rawHash, identity };
}

type Common = Omit<IntakeRow, "content" | "idMark" | "contentMark" | "rawHash" | "identity">;

function takeCommon(sheet: SheetReader): Common {
  return {
    integration: sheet.next<string>(),
    tenant: sheet.next<string>(),
    receivedAtMs: sheet.next<number>(),
    state: sheet.next<IntakeRow["state"]>(),
    cause: sheet.next<IntakeRow["cause"]>(),
    reason: sheet.next<IntakeRow["reason"]>(),
    issues: sheet.next<IntakeRow["issues"]>(),
    contract: sheet.next<string>(),
    sameId: sheet.next<IntakeRow["sameId"]>(),
    strict: sheet.next<boolean>(),
    compared: sheet.next<IntakeRow["compared"]>(),
    loading: sheet.next<IntakeRow["loading"]>(),
    unique: sheet.next<IntakeRow["unique"]>(),
  };
}

function takeIdentity(sheet: SheetReader, idMark: Hash | undefined): NonNullable<IntakeRow["identity"]> {
  const id = sheet.next<string>();
  const entity = sheet.next<string | undefined>() ?? id;
  return {
    id,
    entity,
    key: sheet.next<string | undefined>() ?? entity,
    keyGiven: sheet.next(),
    keyHash: sheet.next(),
    version: sheet.next(),
    entityHash: (sheet.hash() ?? idMark) as Hash,
    fingerprint: sheet.hash() as Uint8Array,
    search: sheet.next(),
  };
}
