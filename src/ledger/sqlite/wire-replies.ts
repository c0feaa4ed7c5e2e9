import type { Call, Reply } from "../desk/calls.ts";
import { claimedAtIntake } from "../desk/claimed.ts";
import type { Claimed, ClaimResult, IntakeBatch, IntakeResult, Taken, WriteResult } from "../ledger.ts";
import { type Sheet, SheetReader, SheetWriter } from "./wire.ts";
import { putEffect, putEffects, takeEffect } from "./wire-effects.ts";

type Taking = Extract<IntakeResult, { kind: "taken" }>;

/** Packs the answers to a batch. */
export function packReplies(calls: readonly Call[], replies: readonly Reply[]): Sheet {
  const out = new SheetWriter();
  replies.forEach((reply, index) => {
    if ("fault" in reply) {
      out.put(reply.fault);
      return;
    }
    out.put(undefined);
    const { name } = calls[index] as Call;
    if (name === "write") putWritten(out, reply.answer as WriteResult);
    else if (name === "claim") putClaims(out, reply.answer as ClaimResult);
    else if (name === "intake") putTaken(out, reply.answer as IntakeResult);
    else out.put(reply.answer);
  });
  return out.sheet();
}

export function unpackReplies(calls: readonly Call[], packed: Sheet): Reply[] {
  const sheet = new SheetReader(packed);
  return calls.map((call): Reply => {
    const fault = sheet.next<Extract<Reply, { fault: unknown }>["fault"] | undefined>();
    if (fault !== undefined) return { fault };
    if (call.name === "write") return { answer: takeWritten(sheet) };
    if (call.name === "claim") return { answer: takeClaims(sheet) };
    if (call.name === "intake") return { answer: takeTaken(sheet, call.input) };
    return { answer: sheet.next() };
  });
}

function putWritten(out: SheetWriter, result: WriteResult): void {
  if (result.kind === "revoked") return out.put(result.why);
  out.put(undefined, result.existing.length);
  for (const effect of result.existing) {
    out.put(effect !== undefined);
    if (effect !== undefined) putEffect(out, effect);
  }
  out.put(result.settledAs?.state, result.settledAs?.cause);
}

function takeWritten(sheet: SheetReader): WriteResult {
  const why = sheet.next<string | undefined>();
  if (why !== undefined) return { kind: "revoked", why };
  const existing = sheet.list(() => (sheet.next<boolean>() ? takeEffect(sheet) : undefined));
  const state = sheet.next<Claimed["id"] | undefined>();
  const cause = sheet.next();
  return { kind: "written", existing, settledAs: state === undefined ? undefined : { state, cause } } as WriteResult;
}

function putClaims(out: SheetWriter, { claimed, nextAtMs }: ClaimResult): void {
  out.put(nextAtMs, claimed.length);
  for (const one of claimed) {
    out.put(
      one.record,
      one.integration,
      one.tenant,
      one.id,
      one.entity === one.id ? undefined : one.entity,
      one.key === one.entity ? undefined : one.key,
      one.keyHash,
      one.version,
      one.receivedAtMs,
      one.content,
      one.contentIsRaw,
      one.contract,
      one.attempts,
      one.spentMs,
      one.recovered,
      one.memory,
      one.overtaken,
      one.salt,
      one.loading,
      one.uncompared,
      one.undoing,
      one.trace,
    );
    out.hash(one.entityHash);
    putEffects(out, one.effects);
  }
}

function takeClaims(sheet: SheetReader): ClaimResult {
  const nextAtMs = sheet.next<number | undefined>();
  return { nextAtMs, claimed: sheet.list(() => takeClaimed(sheet)) };
}

function takeClaimed(sheet: SheetReader): Claimed {
  const record = sheet.next<string>();
  const integration = sheet.next<string>();
  const tenant = sheet.next<string>();
  const id = sheet.next<string>();
  const entity = sheet.next<string | undefined>() ?? id;
  return {
    record,
    integration,
    tenant,
    id,
    entity,
    key: sheet.next<string | undefined>() ?? entity,
    keyHash: sheet.next(),
    version: sheet.next(),
    receivedAtMs: sheet.next(),
    content: sheet.next(),
    contentIsRaw: sheet.next(),
    contract: sheet.next(),
    attempts: sheet.next(),
    spentMs: sheet.next(),
    recovered: sheet.next(),
    memory: sheet.next(),
    overtaken: sheet.next(),
    salt: sheet.next(),
    loading: sheet.next(),
    uncompared: sheet.next(),
    undoing: sheet.next(),
    trace: sheet.next(),
    entityHash: sheet.hash(),
    effects: sheet.list(() => takeEffect(sheet)),
  };
}

/** What was claimed as it came in is told by its key and memory: the caller has the rest. */
function putTaken(out: SheetWriter, result: IntakeResult): void {
  if (result.kind !== "taken") return out.put(result);
  out.put(undefined);
  for (const taken of result.arrivals) {
    for (const { record, state, duplicate } of taken) out.put(record, state, duplicate);
  }
  for (const { key, keyHash, memory } of result.claimed) out.put(key, keyHash, memory);
}

function takeTaken(sheet: SheetReader, batch: IntakeBatch): IntakeResult {
  const other = sheet.next<Exclude<IntakeResult, Taking> | undefined>();
  if (other !== undefined) return other;
  const arrivals = batch.arrivals.map(({ rows }) =>
    rows.map((): Taken => ({ record: sheet.next(), state: sheet.next(), duplicate: sheet.next() })),
  );
  const claimed: Claimed[] = [];
  batch.arrivals.forEach((arrival, arrivalAt) => {
    arrival.rows.forEach((row, rowAt) => {
      const taken = arrivals[arrivalAt]?.[rowAt];
      if (taken === undefined || taken.duplicate || taken.state !== "delivering") return;
      const place = { key: sheet.next<string>(), keyHash: sheet.next<number>() };
      claimed.push(claimedAtIntake(arrival, row, taken.record, place, sheet.next<Claimed["memory"]>()));
    });
  });
  return { kind: "taken", arrivals, claimed };
}
