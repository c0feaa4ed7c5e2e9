import type { Definition } from "../define/integration.ts";
import type { RecordWhole, StoredEffect } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import { hex, idempotencyKey } from "../model/identity.ts";
import type { Cause, Issue } from "../model/record.ts";
import type { Clock } from "../world/clock.ts";
import { readKept } from "./boundary.ts";
import type { Asked } from "./inbox-words.ts";

// Letting a record go: out of the quarantine by reading it again, or once more after it had ended. What ended it may not end it again by itself, so
// effects that were refused for good get a new generation: a destination that stores refusals under a key would only repeat the old one.

interface Known {
  readonly definition: Definition;
  readonly release: string;
}

type Let = Omit<Asked, "what" | "overtaken">;

/** Reads a quarantined record again with the present contract. @throws {WaybillError} `refused-move` while it is still broken. */
export async function releaseOf(
  whole: RecordWhole,
  known: Known,
  clock: Clock,
  cause: Cause | undefined,
): Promise<Let> {
  const { record, source, tenant, raw } = whole;
  if (known.definition.load !== undefined && whole.id === undefined) return loadAgain(whole);
  if (raw === undefined) {
    throw new WaybillError("refused-move", `What came as record ${record} is not kept any more.`, "Send it again.");
  }
  const gate = { definition: known.definition, tenant, contract: known.release, clock };
  const read = await readKept(gate, source, raw);
  if (read.kind === "broken") throw stillBroken(record, read.issues);
  const salt = cause === "conflict" ? hex(read.reading.rawHash) : undefined;
  return {
    to: read.state,
    cause: read.cause,
    reason: read.reason,
    identity: read.reading,
    salt,
    detail: { from: whole.state, cause },
    note: read.state === "filtered" ? `It meets the contract now, and is filtered: ${read.reason}.` : undefined,
  };
}

/** A thin notice holds no record yet: it is loaded again. */
function loadAgain(whole: RecordWhole): Let {
  if (whole.key !== undefined)
    return { to: "waiting", cause: "loading", detail: { from: whole.state, cause: whole.cause } };
  throw new WaybillError(
    "refused-move",
    `The notice in record ${whole.record} names no entity, so there is nothing to load.`,
    "Discard it, and let its source send another one.",
  );
}

/** A record that had ended goes once more. */
export async function letGoAgain(whole: RecordWhole, known: Known, clock: Clock): Promise<Let> {
  const { record, cause, state } = whole;
  if (state === "discarded" && cause === "duplicate") {
    throw new WaybillError(
      "refused-move",
      `Record ${record} was discarded as a ${whole.reason ?? "duplicate"}: delivering it would do the same twice.`,
      "Look at the record that it names.",
    );
  }
  // Out of the quarantine and discarded there: it has no place among the records yet, or its id belongs to another one.
  const quarantined = state === "discarded" ? quarantinedBefore(whole) : undefined;
  if (quarantined !== undefined) return releaseOf(whole, known, clock, quarantined);
  const refused = whole.effects.filter((effect) => effect.state === "refused" && effect.madeBy === record);
  return {
    to: "waiting",
    effects: refused.map((effect) => nextGeneration(whole, effect)),
    detail: {
      from: state,
      cause,
      ...(refused.length === 0 ? {} : { newGenerationOf: refused.map(({ name }) => name) }),
    },
  };
}

/** The cause for which a discarded record was in the quarantine. */
function quarantinedBefore({ timeline }: RecordWhole): Cause | undefined {
  const last = timeline.findLast(({ what }) => what === "discarded");
  if (last?.detail === undefined) return undefined;
  const { from, cause } = JSON.parse(last.detail) as { from?: string; cause?: Cause };
  return from === "quarantined" ? cause : undefined;
}

/**
 * The effect under a key that nobody has seen. The stored request still holds the old key: no release is said to have made it, so that the code
 * makes it anew.
 */
export function nextGeneration(whole: RecordWhole, effect: StoredEffect): StoredEffect {
  const generation = effect.generation + 1;
  return {
    ...effect,
    generation,
    state: "not-applied",
    release: "",
    idempotencyKey: idempotencyKey({
      integration: whole.integration,
      tenant: whole.tenant,
      of: effect.per,
      subject: (effect.per === "entity" ? whole.entity : whole.id) ?? "",
      effect: effect.name,
      generation,
      salt: whole.salt,
    }),
    result: undefined,
    answer: undefined,
    why: undefined,
    firstSentMs: 0,
    doneAtMs: undefined,
    // Known to the ledger, so it is not taken for one that was never asked for.
    attempts: Math.max(1, effect.attempts),
    uncompared: false,
  };
}

function stillBroken(record: string, issues: readonly Issue[]): WaybillError {
  const shown = issues
    .slice(0, 3)
    .map(({ path, message, found }) => `${path === "" ? "" : `${path}: `}${message} (found ${found})`);
  const more = issues.length > shown.length ? `; and ${issues.length - shown.length} more` : "";
  return new WaybillError(
    "refused-move",
    `Record ${record} still breaks the contract: ${shown.join("; ")}${more}.`,
    "Change the contract, or discard the record and have it sent again.",
  );
}
