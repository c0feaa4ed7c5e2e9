import type { EffectWrite, MoveResult, RecordWhole, StoredEffect } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import { entityHash } from "../model/identity.ts";
import type { State } from "../model/record.ts";
import type { Asked, InboxParts, Moved, Person } from "./inbox-words.ts";

/** Makes a person's move by compare-and-set. @throws {WaybillError} `refused-move` or `unknown-record`, in words for that person. */
export async function moveRecord(
  { ledger, clock, integrations, emit, onWaiting }: InboxParts,
  whole: RecordWhole,
  person: Person,
  asked: Asked,
): Promise<Moved> {
  const { record } = whole;
  const atMs = clock.now();
  const result = await ledger.move({
    record,
    revision: whole.revision,
    to: asked.to,
    cause: asked.cause,
    reason: asked.reason,
    atMs,
    timeline: [
      { atMs, what: asked.what, actor: person.actor, detail: JSON.stringify({ why: person.why, ...asked.detail }) },
    ],
    effects: (asked.effects ?? []).map((effect) => written(whole, effect)),
    identity: asked.identity,
    strict: integrations.get(whole.integration)?.definition.order === "strict",
    uncompared: asked.uncompared === true,
    freeEntity: asked.freeEntity === true,
    overtaken: asked.overtaken === true,
    salt: asked.salt ?? whole.salt,
  });
  if (result.kind !== "moved") throw refusalOf(record, result);
  const { state, cause, duplicateOf } = result;
  emit({
    event: "record.moved",
    integration: whole.integration,
    tenant: whole.tenant,
    record,
    state,
    actor: person.actor,
    why: person.why,
  });
  if (state === "waiting" || asked.freeEntity === true) onWaiting?.();
  const note = noteOf(asked, state, duplicateOf);
  return { record, state, ...(cause === undefined ? {} : { cause }), ...(note === undefined ? {} : { note }) };
}

function written(whole: RecordWhole, effect: StoredEffect): EffectWrite {
  const { integration, tenant, entity } = whole;
  const ofEntity = effect.per === "entity" && entity !== undefined;
  return {
    entity: ofEntity ? { entity, entityHash: entityHash(integration, tenant, entity) } : undefined,
    effect,
    name: effect.name,
  };
}

function refusalOf(record: string, result: Exclude<MoveResult, { kind: "moved" }>): WaybillError {
  switch (result.kind) {
    case "unknown":
      return new WaybillError("unknown-record", `There is no record "${record}" any more.`);
    case "changed":
      return result.delivering || result.state === "delivering"
        ? new WaybillError(
            "refused-move",
            `Record ${record} is being delivered right now.`,
            "Ask again when it has settled.",
          )
        : new WaybillError(
            "refused-move",
            `Record ${record} changed while it was looked at: it is ${result.state} now.`,
            `Look at it again with \`waybill show ${record}\`.`,
          );
    case "overtaken": {
      const many = result.by.length === 1 ? "A newer record of its key has" : "Newer records of its key have";
      return new WaybillError(
        "refused-move",
        `${many} been delivered since record ${record}: ${result.by.join(", ")}.`,
        "It would go out after them. If that is right, ask again with --overtaken.",
      );
    }
  }
}

function noteOf(asked: Asked, state: State, duplicateOf: string | undefined): string | undefined {
  if (duplicateOf !== undefined && state === "discarded") return `It is a duplicate of ${duplicateOf}.`;
  if (state === "quarantined" && asked.what === "released") {
    return "Its id came before with other content, so it is a conflict now. Releasing it once more delivers it beside the first, under keys of its own.";
  }
  if (state === "superseded") return "A newer version of its entity has come, so it is superseded.";
  return asked.note;
}
