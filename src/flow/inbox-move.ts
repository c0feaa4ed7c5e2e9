import type { EffectWrite, Ledger, Move, MoveResult, RecordWhole, StoredEffect } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import { hex, nameHash } from "../model/identity.ts";
import { encodeJson } from "../model/json.ts";
import type { State } from "../model/record.ts";
import type { Asked, Foreseen, InboxParts, Moved, MoveOptions, Person } from "./inbox-words.ts";
import { Overtaken, SameAs } from "./refused.ts";

/** Makes a person's move by compare-and-set. @throws {WaybillError} `refused-move` or `unknown-record`, in words for that person. */
export async function moveRecord(
  { ledger, clock, integrations, emit, onWaiting }: InboxParts,
  whole: RecordWhole,
  person: Person,
  asked: Asked,
  options: MoveOptions,
): Promise<Moved> {
  const { record, integration, tenant } = whole;
  const strict = integrations.get(integration)?.definition.order === "strict";
  const move = moveOf(whole, person, asked, { strict, overtaken: options.overtaken === true, atMs: clock.now() });
  const result = await (options.dryRun === true ? foreseen(ledger, move, options.foreseen) : ledger.move(move));
  if (result.kind !== "moved") throw refusalOf(record, result);
  const { state, cause } = result;
  if (options.dryRun !== true) {
    emit({ event: "record.moved", integration, tenant, record, state, actor: person.actor, why: person.why });
    if (state === "waiting" || asked.freeEntity === true) onWaiting?.();
  }
  const note = noteOf(asked, result);
  const undoes = asked.undoes === undefined ? {} : { undoes: asked.undoes };
  return {
    record,
    state,
    ...(cause === undefined ? {} : { cause }),
    ...(note === undefined ? {} : { note }),
    ...undoes,
  };
}

/** What would come of it, also of two in the same dry run that have one id between them. */
async function foreseen(ledger: Ledger, move: Move, others: Foreseen | undefined): Promise<MoveResult> {
  const result = await ledger.foresee(move);
  const { identity, salt, record } = move;
  if (result.kind !== "moved" || identity === undefined || salt !== undefined || others === undefined) return result;
  if (result.state !== "waiting" && result.state !== "filtered") return result;
  const mark = hex(identity.idMark);
  const fingerprint = hex(identity.identity.fingerprint);
  const first = others.get(mark);
  if (first === undefined) {
    others.set(mark, { record, fingerprint });
    return result;
  }
  return identity.sameId === "ignore" || first.fingerprint === fingerprint
    ? { kind: "moved", state: "discarded", cause: "duplicate", duplicateOf: first.record }
    : { kind: "moved", state: "quarantined", cause: "conflict", duplicateOf: undefined };
}

function moveOf(
  whole: RecordWhole,
  person: Person,
  asked: Asked,
  { atMs, strict, overtaken }: Pick<Move, "atMs" | "strict" | "overtaken">,
): Move {
  const detail = encodeJson({ why: person.why, ...asked.detail });
  return {
    record: whole.record,
    revision: whole.revision,
    to: asked.to,
    cause: asked.cause,
    reason: asked.reason,
    issues: asked.issues,
    atMs,
    timeline: [{ atMs, what: asked.what, actor: person.actor, detail }],
    effects: (asked.effects ?? []).map((effect) => written(whole, effect)),
    identity: asked.identity,
    edited: asked.edited,
    loading: asked.loading,
    strict,
    uncompared: asked.uncompared === true,
    freeEntity: asked.freeEntity === true,
    overtaken,
    salt: asked.salt ?? whole.salt,
    sameAs: asked.sameAs,
    unique: asked.unique,
    entity: whole.entity,
  };
}

function written(whole: RecordWhole, effect: StoredEffect): EffectWrite {
  const { integration, tenant, entity } = whole;
  const ofEntity = effect.per === "entity" && entity !== undefined;
  return {
    entity: ofEntity ? { entity, entityHash: nameHash(integration, tenant, entity) } : undefined,
    effect,
    name: effect.name,
  };
}

function refusalOf(record: string, result: Exclude<MoveResult, { kind: "moved" }>): WaybillError {
  switch (result.kind) {
    case "unknown":
      return new WaybillError("unknown-record", `There is no record "${record}" any more.`);
    case "changed":
      return changed(record, result.delivering ? "delivering" : result.state);
    case "overtaken":
      return new Overtaken(record, result.by);
    case "same-as":
      return new SameAs(record, result);
    case "pruned":
      return new WaybillError(
        "refused-move",
        `The payload of record ${record} is pruned: there is nothing left to deliver.`,
        "Ask its source to send it again; `keep.payloads` in the configuration says how long payloads are kept.",
      );
  }
}

/** Somebody or something was there first. */
export function changed(record: string, state: State): WaybillError {
  return state === "delivering"
    ? new WaybillError(
        "refused-move",
        `Record ${record} is being delivered right now.`,
        "Ask again when it has settled.",
      )
    : new WaybillError(
        "refused-move",
        `Record ${record} changed while it was looked at: it is ${state} now.`,
        `Look at it again with \`waybill show ${record}\`.`,
      );
}

function noteOf(
  asked: Asked,
  { state, cause, duplicateOf }: Extract<MoveResult, { kind: "moved" }>,
): string | undefined {
  if (duplicateOf !== undefined && state === "discarded") return `It is a duplicate of ${duplicateOf}.`;
  if (state === "quarantined" && cause === "same-as") {
    return "It meets the contract, and another entity has its unique value: it stays in the quarantine for that.";
  }
  if (state === "quarantined" && asked.what === "released") {
    return "Its id came before with other content, so it is a conflict now. Releasing it once more delivers it beside the first, under keys of its own.";
  }
  if (state === "superseded") return "A newer version of its entity has come, so it is superseded.";
  return asked.note;
}
