import type { Claimed, Settlement } from "../ledger/ledger.ts";
import { canonicalJson } from "../model/canonical.ts";
import { decode } from "../model/codec.ts";
import { said } from "../model/errors.ts";
import { digest } from "../model/identity.ts";
import { loadNotice, readAgain, settledEarly } from "./reread.ts";
import type { Run } from "./run.ts";
import { mayBeApplied } from "./step.ts";

/** A record whose turn has come, as `deliver` gets it, and the fingerprint of what `changedOnly` looks at. */
export interface Ready {
  readonly record: unknown;
  readonly changed: Uint8Array | undefined;
}

/** What may settle a record before `deliver` is asked: a newer version, a changed contract, nothing changed. */
export async function begin(run: Run): Promise<Ready | { readonly settlement: Settlement }> {
  const { claimed, definition } = run;
  if (claimed.loading) return { settlement: await loadNotice(run) };
  if (claimed.overtaken) {
    return { settlement: settledEarly(run, "superseded", "newer-version", "a newer version of its entity has come") };
  }
  let content: unknown;
  if (claimed.contract !== run.release && !begun(claimed)) {
    const again = await readAgain(run);
    if ("settlement" in again) return again;
    content = again.content;
  } else {
    content = decode(claimed.content);
  }
  if (definition.changedOnly === undefined) return { record: content, changed: undefined };
  let changed: Uint8Array;
  try {
    changed = digest(canonicalJson(definition.changedOnly(content)));
  } catch (error) {
    return { settlement: settledEarly(run, "dead", "permanent", `changedOnly threw: ${said(error)}`) };
  }
  const { memory } = claimed;
  if (
    memory?.fingerprint !== undefined &&
    !memory.begun &&
    // A person wants it made once more.
    !claimed.uncompared &&
    Buffer.compare(memory.fingerprint, changed) === 0 &&
    !begun(claimed)
  ) {
    return { settlement: settledEarly(run, "filtered", "unchanged", "nothing that is sent has changed") };
  }
  if (memory?.begun !== true) await run.writer.beginEntity(run.entity);
  return { record: content, changed };
}

function begun(claimed: Claimed): boolean {
  return claimed.effects.some(mayBeApplied);
}
