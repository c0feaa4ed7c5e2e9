import type { RecordWhole, Unique } from "../ledger/ledger.ts";
import { decodeText } from "../model/charset.ts";
import { decode } from "../model/codec.ts";
import { WaybillError } from "../model/errors.ts";
import { hex, keyHash } from "../model/identity.ts";
import type { Cause, Issue } from "../model/record.ts";
import { entityOfKept } from "./arrivals.ts";
import { type Passed, type Reader, type ReadResult, readKept } from "./boundary.ts";
import { nextGeneration } from "./generation.ts";
import type { Asked, Known } from "./inbox-words.ts";
import { reasonOf } from "./issues.ts";
import { loadOf } from "./load-of.ts";
import { BreaksContract } from "./refused.ts";
import { uniqueOf } from "./unique.ts";

// Letting a record go: out of the quarantine by reading it again, or once more after it had ended. What ended it may not end it again by itself, so
// effects that were refused for good get a new generation: a destination that stores refusals under a key would only repeat the old one.

type Let = Omit<Asked, "what">;

/** Reads a quarantined record again with the present contract. @throws {BreaksContract} while it is still broken. */
export async function releaseOf(
  whole: RecordWhole,
  known: Known,
  reader: Reader,
  cause: Cause | undefined,
): Promise<Let> {
  if (isNotice(whole, known)) return loadAgain(whole, known);
  const read = await readAgain(whole, known, reader);
  if (read.kind === "broken") {
    const hint = "Edit it, change the contract, or discard the record and have it sent again.";
    throw new BreaksContract(`Record ${whole.record} still`, read.issues, hint);
  }
  return letGo(whole, read, cause);
}

/**
 * After a deploy: what passes goes, and what is still broken stays with the reasons that it has now. Undefined: it stays as it is.
 *
 * Records of a known id are left to a person: the contract is not what stopped them.
 */
export async function recheckOf(whole: RecordWhole, known: Known, reader: Reader): Promise<Asked | undefined> {
  if (whole.cause === "conflict" || whole.cause === "same-as") return undefined;
  if (isNotice(whole, known)) {
    const loaded = loadingOf(whole, known);
    return "issue" in loaded ? stays(whole, "identity", [loaded.issue]) : { ...loaded, what: "released" };
  }
  const read = await readAgain(whole, known, reader);
  if (read.kind === "passed") return { ...letGo(whole, read, whole.cause), what: "released" };
  // Its identity is known, so it is still the deploy that stopped it.
  return stays(whole, whole.cause === "contract-changed" ? whole.cause : read.cause, read.issues);
}

function stays(whole: RecordWhole, cause: Cause, issues: readonly Issue[]): Asked | undefined {
  if (cause === whole.cause && JSON.stringify(issues) === JSON.stringify(whole.issues)) return undefined;
  return {
    what: "rechecked",
    to: "quarantined",
    cause,
    reason: reasonOf(issues),
    issues,
    detail: { was: whole.reason },
  };
}

async function readAgain(whole: RecordWhole, { definition, release }: Known, reader: Reader): Promise<ReadResult> {
  const { record, source, tenant, raw } = whole;
  if (raw === undefined) {
    throw new WaybillError("refused-move", `What came as record ${record} is not kept any more.`, "Send it again.");
  }
  return readKept({ definition, tenant, contract: release, ...reader }, source, raw);
}

function letGo(whole: RecordWhole, read: Passed, cause: Cause | undefined): Let {
  return {
    to: read.state,
    cause: read.cause,
    reason: read.reason,
    identity: read.reading,
    salt: cause === "conflict" ? hex(read.reading.rawHash) : undefined,
    detail: { from: whole.state, cause },
    note: read.state === "filtered" ? `It meets the contract now, and is filtered: ${read.reason}.` : undefined,
  };
}

/** A thin notice holds no record yet: its entity is loaded when its turn comes. */
function isNotice(whole: RecordWhole, { definition }: Known): boolean {
  return whole.id === undefined && loadOf(definition, whole.source) !== undefined;
}

function loadAgain(whole: RecordWhole, known: Known): Let {
  const loaded = loadingOf(whole, known);
  if (!("issue" in loaded)) return loaded;
  throw new WaybillError(
    "refused-move",
    `The notice in record ${whole.record} names no entity, so there is nothing to load: ${loaded.issue.message}.`,
    "Edit it, mend its `load`, or discard it and let its source send another one.",
  );
}

/** What `load.entity` makes of the notice now. */
function loadingOf(whole: RecordWhole, { definition }: Known): Let | { readonly issue: Issue } {
  const again = { to: "waiting", cause: "loading", detail: { from: whole.state, cause: whole.cause } } as const;
  if (whole.key !== undefined) return again;
  const entity = entityOfKept(definition, whole.source, whole.raw ?? "");
  if (typeof entity !== "string") return entity;
  const { name } = definition;
  return { ...again, loading: { key: entity, keyHash: keyHash(name, whole.tenant, entity) } };
}

/** A record that had ended goes once more. */
export async function letGoAgain(whole: RecordWhole, known: Known, reader: Reader): Promise<Let> {
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
  if (quarantined !== undefined) return releaseOf(whole, known, reader, quarantined);
  const refused = whole.effects.filter((effect) => effect.state === "refused" && effect.madeBy === record);
  return {
    to: "waiting",
    effects: refused.map((effect) => nextGeneration(whole, effect)),
    unique: uniqueAgain(whole, known),
    detail: {
      from: state,
      cause,
      ...(refused.length === 0 ? {} : { newGenerationOf: refused.map(({ name }) => name) }),
    },
  };
}

/** What it gave up when it ended, and wants to have again. */
function uniqueAgain({ content, raw, tenant }: RecordWhole, { definition }: Known): Unique | undefined {
  const kept = content ?? raw;
  if (definition.unique === undefined || kept === undefined) return undefined;
  const unique = uniqueOf(definition, tenant, decode(typeof kept === "string" ? kept : decodeText(kept)));
  return unique === undefined || "issue" in unique ? undefined : unique;
}

/** The cause for which a discarded record was in the quarantine. */
function quarantinedBefore({ timeline }: RecordWhole): Cause | undefined {
  const last = timeline.findLast(({ what }) => what === "discarded");
  if (last?.detail === undefined) return undefined;
  const { from, cause } = JSON.parse(last.detail) as { from?: string; cause?: Cause };
  return from === "quarantined" ? cause : undefined;
}
