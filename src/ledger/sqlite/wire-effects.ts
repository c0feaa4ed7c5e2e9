import type { EffectWrite, EntityRef, Intent, StoredEffect } from "../ledger.ts";
import type { SheetReader, SheetWriter } from "./wire.ts";

export function putEffect(out: SheetWriter, effect: StoredEffect): void {
  out.put(
    effect.name,
    effect.per,
    effect.generation,
    effect.state,
    effect.how,
    effect.request,
    effect.result,
    effect.answer,
    effect.why,
    effect.release,
    effect.idempotencyKey,
    effect.firstSentMs,
    effect.lastSentMs,
    effect.doneAtMs,
    effect.attempts,
    effect.madeBy,
    effect.uncompared,
  );
}

export function takeEffect(sheet: SheetReader): StoredEffect {
  return {
    name: sheet.next(),
    per: sheet.next(),
    generation: sheet.next(),
    state: sheet.next(),
    how: sheet.next(),
    request: sheet.next(),
    result: sheet.next(),
    answer: sheet.next(),
    why: sheet.next(),
    release: sheet.next(),
    idempotencyKey: sheet.next(),
    firstSentMs: sheet.next(),
    lastSentMs: sheet.next(),
    doneAtMs: sheet.next(),
    attempts: sheet.next(),
    madeBy: sheet.next(),
    uncompared: sheet.next(),
  };
}

export function putEffects(out: SheetWriter, effects: readonly StoredEffect[]): void {
  out.put(effects.length);
  for (const effect of effects) putEffect(out, effect);
}

export function putEntity(out: SheetWriter, entity: EntityRef | undefined): void {
  out.put(entity?.entity);
  if (entity !== undefined) out.hash(entity.entityHash);
}

export function takeEntity(sheet: SheetReader): EntityRef | undefined {
  const entity = sheet.next<string | undefined>();
  return entity === undefined ? undefined : { entity, entityHash: sheet.hash() as Uint8Array };
}

export function putIntent(out: SheetWriter, { entity, mode, effect }: Intent): void {
  putEntity(out, entity);
  out.put(mode);
  putEffect(out, effect);
}

export function takeIntent(sheet: SheetReader): Intent {
  return { entity: takeEntity(sheet), mode: sheet.next(), effect: takeEffect(sheet) };
}

export function putEffectWrite(out: SheetWriter, { entity, name, effect }: EffectWrite): void {
  putEntity(out, entity);
  out.put(name, effect !== undefined);
  if (effect !== undefined) putEffect(out, effect);
}

export function takeEffectWrite(sheet: SheetReader): EffectWrite {
  const entity = takeEntity(sheet);
  const name = sheet.next<string>();
  return { entity, name, effect: sheet.next<boolean>() ? takeEffect(sheet) : undefined };
}
