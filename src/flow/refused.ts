import type { RecordId } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import type { Issue } from "../model/record.ts";

// Refusals of a person's move that say more than their words.

/** Newer records of its key were delivered since. */
export class Overtaken extends WaybillError {
  readonly by: readonly RecordId[];

  constructor(record: RecordId, by: readonly RecordId[]) {
    const many = by.length === 1 ? "A newer record of its key has" : "Newer records of its key have";
    super(
      "refused-move",
      `${many} been delivered since record ${record}: ${by.join(", ")}.`,
      "It would go out after them. If that is right, ask again with --overtaken.",
    );
    this.by = by;
  }
}

/** Another entity has a value that only one may have. */
export class SameAs extends WaybillError {
  constructor(record: RecordId, of: { readonly record: RecordId; readonly entity: string; readonly value: string }) {
    super(
      "refused-move",
      `Record ${record} has the same value as the entity ${JSON.stringify(of.entity)}, since record ${of.record}: ${of.value}.`,
      "Discard or edit this one, or let a later record of the other entity take the value away. If both are right: release it with --same-as.",
    );
  }
}

/** What it holds, or would hold, breaks the contract. */
export class BreaksContract extends WaybillError {
  readonly issues: readonly Issue[];
  /** The same without what was found, which differs from record to record. */
  readonly rules: string;

  constructor(what: string, issues: readonly Issue[], hint: string) {
    const shown = issues.slice(0, 3).map(({ path, message }) => `${path === "" ? "" : `${path}: `}${message}`);
    const more = issues.length > shown.length ? `; and ${issues.length - shown.length} more` : "";
    const withFound = shown.map((text, at) => `${text} (found ${issues[at]?.found})`);
    super("refused-move", `${what} breaks the contract: ${withFound.join("; ")}${more}.`, hint);
    this.issues = issues;
    this.rules = `${what} breaks the contract: ${shown.join("; ")}${more}.`;
  }
}
