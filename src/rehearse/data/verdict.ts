import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Definition } from "../../define/definition.ts";
import { identify, type Names } from "../../flow/identify.ts";
import { said } from "../../model/errors.ts";
import { copyOf, type Path } from "./places.ts";

// What the boundary would say of a record, as far as making records needs it: contract, identity, accept. The boundary itself also names, hashes and stores,
// which costs ten times as much.

export interface Fault {
  readonly path: Path;
  readonly message: string;
}

export type Verdict =
  | { readonly passed: true; readonly names: Names; readonly accepted: boolean }
  | { readonly passed: false; readonly faults: readonly Fault[] };

/** A promise only where the contract answers with one. Never throws, never rejects. */
export function verdictOn(definition: Definition, record: unknown): Verdict | Promise<Verdict> {
  try {
    // A contract may change what it is given.
    const checked = definition.contract["~standard"].validate(copyOf(record));
    if (!(checked instanceof Promise)) return afterContract(definition, checked);
    return checked.then(
      (result) => afterContract(definition, result),
      (error: unknown) => failed(`the contract threw: ${said(error)}`),
    );
  } catch (error) {
    return failed(`the contract threw: ${said(error)}`);
  }
}

function afterContract(definition: Definition, checked: StandardSchemaV1.Result<unknown>): Verdict {
  if (checked.issues !== undefined)
    return {
      passed: false,
      faults: checked.issues.map(({ message, path = [] }) => ({
        path: path.map((segment) => (typeof segment === "object" ? segment.key : segment)) as (string | number)[],
        message,
      })),
    };
  const names = identify(definition, checked.value);
  if ("issue" in names) return failed(names.issue.message);
  return { passed: true, names, accepted: isAccepted(definition, checked.value) };
}

function isAccepted(definition: Definition, output: unknown): boolean {
  try {
    return definition.accept === undefined || definition.accept(output) === true;
  } catch {
    return false;
  }
}

function failed(message: string): Verdict {
  return { passed: false, faults: [{ path: [], message }] };
}
