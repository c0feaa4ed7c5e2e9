import type { Definition } from "../define/definition.ts";
import { readRecord } from "../flow/boundary.ts";
import { WaybillError } from "../model/errors.ts";
import { recordMaker } from "../rehearse/data/record-maker.ts";
import { itemOfValue } from "../sources/item.ts";
import type { Clock } from "../world/clock.ts";
import type { Random } from "../world/random.ts";

// The record that is delivered to the sandbox: the one that was given, or a new one that the contract takes, made as a rehearsal makes its records.

/** A record as `deliver` gets it. */
export interface ProofRecord {
  readonly value: unknown;
  /** Made here: nothing of it can be at the destination before. */
  readonly isNew: boolean;
}

export interface RecordParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly redact: (text: string) => string;
  readonly release: string;
}

/** So many are made until one is not filtered out. */
const drawsMax = 50;
const sampleHint = "Give one as a well-behaved sender writes it: --sample FILE, with one record as JSON.";

/**
 * @param sample what to deliver; without it one is made from the contract.
 * @throws {WaybillError} `bad-usage` when none can be made, or the sample breaks the contract or is filtered out.
 */
export async function proofRecord(
  definition: Definition,
  tenant: string,
  parts: RecordParts,
  sample?: { readonly value: unknown },
): Promise<ProofRecord> {
  if (sample !== undefined) return { value: await read(definition, tenant, parts, sample.value), isNew: false };
  const maker = await recordMaker(definition).catch((error: unknown) => {
    if (!(error instanceof WaybillError)) throw error;
    throw new WaybillError(error.code, error.message, sampleHint);
  });
  for (let draw = 1; ; draw++) {
    try {
      return { value: await read(definition, tenant, parts, maker.good(parts.random)), isNew: true };
    } catch (error) {
      if (draw === drawsMax) throw error;
    }
  }
}

async function read(definition: Definition, tenant: string, parts: RecordParts, value: unknown): Promise<unknown> {
  const { clock, redact, release: contract } = parts;
  const came = await readRecord({ definition, tenant, contract, clock, redact }, itemOfValue(value, undefined, 0));
  const about = `integration "${definition.name}": the record`;
  if (came.kind === "broken")
    throw new WaybillError("bad-usage", `${about} breaks its contract: ${came.reason}`, sampleHint);
  if (came.state === "waiting") return came.output;
  throw new WaybillError("bad-usage", `${about} is filtered out by accept: ${came.reason ?? "it said no"}`, sampleHint);
}
