import type { EffectState, How, StoredEffect } from "../ledger.ts";
import { recordId } from "./numbers.ts";
import { isTrue, value } from "./stored.ts";

/** The columns of an effect after its name, as `effects` has them. */
export const effectColumns = `per, generation, state, how, result, answer, why, release, idempotency_key, first_sent, last_sent, done_at,
  attempts, made_by, uncompared`;

/** From its name, those columns, and its request; `release` reads the word. */
export function effectOf(row: readonly unknown[], release: (word: unknown) => string): StoredEffect {
  return {
    name: row[0] as string,
    per: row[1] as StoredEffect["per"],
    generation: row[2] as number,
    state: row[3] as EffectState,
    how: row[4] as How,
    result: value<string>(row[5]),
    answer: value<string>(row[6]),
    why: value<string>(row[7]),
    release: release(row[8]),
    idempotencyKey: row[9] as string,
    firstSentMs: row[10] as number,
    lastSentMs: row[11] as number,
    doneAtMs: value<number>(row[12]),
    attempts: row[13] as number,
    madeBy: recordId(row[14] as number),
    uncompared: isTrue(row[15]),
    // Pruned with the payload.
    request: value<string>(row[16]) ?? "",
  };
}
